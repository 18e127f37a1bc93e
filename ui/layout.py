"""The page as a table of contents: header, job bar, sidebar, one tab per view."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

import gradio as gr

from ui.components.address import ELEM_ID, READ_JS, SYNC_JS, hidden_text
from ui.components.panes import pane
from ui.frame.screen import FRAME, header, popovers, sidebar
from ui.render.parts import tag
from ui.screens import SCREENS
from ui.selection import VIEWS
from ui.server.api import add_api
from ui.shared import job_bar
from ui.shared.screen import Screen, make_page, read_state
from ui.views.shared import QUIET

if TYPE_CHECKING:
    from core.workbench import Workbench

TITLE = "Second Look"


@dataclass(frozen=True, slots=True)
class Nav:
    """The screens' tabs: name in the address, and text."""

    template: ClassVar[str] = "frame/nav.html"
    tabs: tuple[tuple[str, str], ...]


def build_app(workbench: "Workbench", screens: Sequence[Screen] = SCREENS) -> gr.Blocks:
    """Return the page: all components first, then all events."""
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        address = hidden_text(ELEM_ID)
        drawing = make_page(workbench, (*screens, FRAME))
        pane(header(drawing), elem_id="sl-header")
        pane(popovers(drawing), elem_id="sl-popovers")
        bar_parts = job_bar.build(drawing)
        with gr.Row(elem_id="sl-body"):
            with gr.Column(elem_id="sl-side-column"):
                pane(sidebar(drawing), elem_id="sl-sidebar")
            with gr.Column(elem_id="sl-main"):
                pane(
                    drawing.html(Nav(tuple((v, v.capitalize()) for v in VIEWS))), elem_id="sl-tabs"
                )
                for screen in screens:
                    _place(screen)

        address.change(None, address, None, js=SYNC_JS, **QUIET)
        add_api(workbench)
        read = partial(read_address, workbench)
        page.load(read, address, address, js=READ_JS, **QUIET)
        job_bar.wire(drawing, bar_parts)
    page.queue(max_size=64, default_concurrency_limit=2)
    page.state_session_capacity = 200
    return page


def _place(screen: Screen) -> None:
    """Make the place that `assets/js/parts.js` fills when the screen is first opened."""
    with gr.Column(elem_id=f"sl-view-{screen.name}", elem_classes="sl-view"):
        pane(
            tag("div", class_="sl-screen", data_screen=screen.name),
            elem_id=f"sl-screen-{screen.name}",
        )


def read_address(workbench: "Workbench", address: str | None) -> str:
    """Return the selection that the page's address names, checked against the corpus.

    Inputs, Outputs: address.
    """
    return read_state(workbench, address).to_address()
