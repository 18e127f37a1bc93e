"""Handles that more than one view uses, and the one way to read a selection."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

import gradio as gr

from core.errors import UnknownImageError
from ui.render.frame import least_depth
from ui.render.text import ThumbnailUrls
from ui.selection import Limits, ViewState, parse_address

if TYPE_CHECKING:
    from core.workbench import Workbench, WorkbenchInfo


class Streaming(TypedDict):
    """The type of `STREAMING`."""

    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


class OnModel(Streaming):
    """The type of `ON_MODEL`."""

    concurrency_id: str
    trigger_mode: Literal["multiple"]


class Quiet(TypedDict):
    """The type of `QUIET`."""

    queue: bool
    show_progress: Literal["hidden"]
    api_visibility: Literal["private"]


STREAMING: Streaming = {"show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every generator: queued, without Gradio's own progress, no public API."""
ON_MODEL: OnModel = {**STREAMING, "concurrency_id": "model", "trigger_mode": "multiple"}
"""Arguments of a generator that calls the model: one at a time, and none is dropped."""
QUIET: Quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
"""Arguments of every event that only renders: no queue, no veil over the panel, no public API."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What views have in common; the fields are hidden and carry events across views.

    `address` holds the selection and is its single source. The fields `on`, one for each of
    `PARTS`, are written from it by `assets/app.js` and change only when a view has something else
    to show, so that a click costs one request and not one per view. Each has one listener only, as
    has every field of a view that is heard under `always_last`: Gradio 6.31 answers a second change
    of such a field by dispatching the whole event again, so that two listeners can keep each other
    going for ever.
    `revision` changes when there may be new outcomes, and its one listener is the page's script,
    which passes it on in these fields; `scored` when pairs of the chosen query were scored.
    """

    address: gr.Textbox
    on: Mapping[str, gr.Textbox]
    revision: gr.Textbox
    scored: gr.Textbox
    urls: ThumbnailUrls


def default_state(info: "WorkbenchInfo") -> ViewState:
    """Return the selection of an empty address."""
    return ViewState(depth=info.default_depth, lam=info.lam, gamma=info.gamma)


def read_state(workbench: "Workbench", address: str | None) -> ViewState:
    """Return the selection that the page's hidden field names, checked against the corpus."""
    info = workbench.info

    def is_query(image_id: str) -> bool:
        try:
            return workbench.queries.record(image_id).role != "database"
        except UnknownImageError:
            return False

    return parse_address(
        address or "", Limits(is_query, info.max_depth, default_state(info), least_depth(info))
    )


def thumbnail_urls(workbench: "Workbench") -> ThumbnailUrls:
    """Return the addresses of thumbnails, versioned by what the corpus is."""
    state = default_state(workbench.info)
    receipt = workbench.runs.receipt(state.fusion)
    return ThumbnailUrls(receipt.fields.get("corpus fingerprint", receipt.receipt_id)[:12])
