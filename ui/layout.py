"""The page as Gradio serves it: header, job bar, sidebar, and a place for each screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import gradio as gr

from ui.frame.screen import FRAME, header, popovers, sidebar
from ui.screens import SCREENS
from ui.server.api import add_api
from ui.shared import job_bar
from ui.shared.panes import pane
from ui.shared.screen import Page, Screen, make_page

if TYPE_CHECKING:
    from core.workbench import Workbench

TITLE = "Second Look"


@dataclass(frozen=True, slots=True)
class Nav:
    """The screens' tabs: name in the address, and text."""

    template: ClassVar[str] = "frame/nav.html"
    tabs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tab:
    """The place of a screen, which `assets/js/parts.js` fills when it is first opened."""

    template: ClassVar[str] = "frame/tab.html"
    screen: str


def build_app(workbench: "Workbench", screens: Sequence[Screen] = SCREENS) -> gr.Blocks:
    """Return the page: all components first, then all events."""
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        drawing = make_page(workbench, (*screens, FRAME))
        pane(header(drawing), elem_id="sl-header")
        pane(popovers(drawing), elem_id="sl-popovers")
        bar_parts = job_bar.build(drawing)
        with gr.Row(elem_id="sl-body"):
            with gr.Column(elem_id="sl-side-column"):
                pane(sidebar(drawing), elem_id="sl-sidebar")
            with gr.Column(elem_id="sl-main"):
                tabs = tuple((screen.name, screen.title) for screen in screens)
                pane(drawing.html(Nav(tabs)), elem_id="sl-tabs")
                for screen in screens:
                    _place(drawing, screen)

        add_api(workbench)
        job_bar.wire(drawing, bar_parts)
    page.queue(max_size=64, default_concurrency_limit=2)
    page.state_session_capacity = 200
    return page


def _place(drawing: Page, screen: Screen) -> None:
    with gr.Column(elem_id=f"sl-view-{screen.name}", elem_classes="sl-view"):
        pane(drawing.html(Tab(screen.name)), elem_id=f"sl-screen-{screen.name}")
