"""The page as a table of contents: header, job bar, sidebar, one tab per view."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import gradio as gr

from ui.components.address import ELEM_ID, PARTS, READ_JS, SYNC_JS, hidden_text
from ui.components.panes import pane
from ui.frame.screen import FRAME, header, popovers, sidebar
from ui.render.parts import tag
from ui.screens import SCREENS
from ui.selection import VIEWS, View
from ui.server.api import add_api
from ui.shared import job_bar
from ui.shared.screen import Screen, make_page, read_state, thumbnail_urls
from ui.views import (
    pair,
)
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench

TITLE = "Second Look"


@dataclass(frozen=True, slots=True)
class Nav:
    """The screens' tabs: name in the address, and text."""

    template: ClassVar[str] = "frame/nav.html"
    tabs: tuple[tuple[str, str], ...]


_Wire = Callable[["Workbench", Any, Shared], None]
_Part = tuple[Callable[[], Any], _Wire]
"""What makes a view's components, and what connects them."""


def build_app(workbench: "Workbench", screens: Sequence[Screen] = SCREENS) -> gr.Blocks:
    """Return the page: all components first, then all events."""
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        shared = Shared(
            hidden_text(ELEM_ID),
            {name: hidden_text(f"sl-on-{name}") for name in PARTS},
            thumbnail_urls(workbench),
        )
        drawing = make_page(workbench, (*screens, FRAME))
        pane(header(drawing), elem_id="sl-header")
        pane(popovers(drawing), elem_id="sl-popovers")
        bar_parts = job_bar.build(drawing)
        with gr.Row(elem_id="sl-body"):
            with gr.Column(elem_id="sl-side-column"):
                pane(sidebar(drawing), elem_id="sl-sidebar")
            with gr.Column(elem_id="sl-main"):
                by_name = {screen.name: screen for screen in screens}
                views = _views()
                pane(
                    drawing.html(Nav(tuple((v, v.capitalize()) for v in VIEWS))), elem_id="sl-tabs"
                )
                built = [
                    _screen_view(by_name[view]) if view in by_name else _view(view, views[view])
                    for view in VIEWS
                ]

        shared.address.change(None, shared.address, None, js=SYNC_JS, **QUIET)
        for wire, components in itertools.chain.from_iterable(built):
            wire(workbench, components, shared)
        add_api(workbench)
        read = partial(read_address, workbench)
        page.load(read, shared.address, shared.address, js=READ_JS, **QUIET)
        job_bar.wire(drawing, bar_parts)
    page.queue(max_size=64, default_concurrency_limit=2)
    page.state_session_capacity = 200
    return page


def _views() -> dict[View, tuple[_Part, ...]]:
    """Return the tabs in their order, with what each is made of."""
    return {
        "pair": ((pair.build, pair.wire),),
    }


def _view(view: View, parts: tuple[_Part, ...]) -> list[tuple[_Wire, Any]]:
    with gr.Column(elem_id=f"sl-view-{view}", elem_classes="sl-view"):
        return [(wire, build()) for build, wire in parts]


def _screen_view(screen: Screen) -> list[tuple[_Wire, Any]]:
    """Make the place that `assets/js/parts.js` fills when the screen is first opened."""
    with gr.Column(elem_id=f"sl-view-{screen.name}", elem_classes="sl-view"):
        pane(
            tag("div", class_="sl-screen", data_screen=screen.name),
            elem_id=f"sl-screen-{screen.name}",
        )
    return []


def read_address(workbench: "Workbench", address: str | None) -> str:
    """Return the selection that the page's address names, checked against the corpus.

    Inputs, Outputs: address.
    """
    return read_state(workbench, address).to_address()
