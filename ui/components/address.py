"""The hidden text field that holds the selection, and what the page's script is told about it."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

import gradio as gr

from ui.selection import View, names_of

ELEM_ID = "sl-address"
READ_JS = "() => window.location.search.slice(1)"
SYNC_JS = "(address) => { window.SecondLook.sync(address); return []; }"
Signal = Literal["revision", "missing_pair", "upload", "address"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page that is drawn anew when its text changes.

    The text is made of the fields of some groups and of signals that `assets/app.js` computes. A
    part of a view is left alone while another is in front.
    """

    view: View | None
    groups: str
    signals: tuple[Signal, ...] = ("revision",)


PARTS = {
    "pair": Part("pair", "ranking pair", ("missing_pair",)),
}
"""By the name of the hidden field `sl-on-NAME` that carries the text to the server."""


def events_table() -> dict[str, dict[str, Any]]:
    """Return what the script writes into which hidden field, and when."""
    return {
        name: asdict(part) | {"fields": names_of(*part.groups.split())}
        for name, part in PARTS.items()
    }


def hidden_text(elem_id: str) -> gr.Textbox:
    """Return a text field that is in the page, so that JavaScript can write it, but not seen."""
    return gr.Textbox("", visible="hidden", elem_id=elem_id, show_label=False, max_lines=1)
