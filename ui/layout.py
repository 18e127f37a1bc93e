"""The page as a table of contents: header, preparation bar, sidebar, one tab per view."""

from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from ui.components.address import ELEM_ID, READ_JS, SYNC_JS, hidden_text
from ui.components.panes import pane
from ui.render.frame import render_header, render_popovers
from ui.views import (
    annotate,
    failures,
    folders,
    overview,
    perturb,
    preparation,
    queries,
    sidebar,
)
from ui.views.shared import QUIET, Shared, read_state, thumbnail_urls

if TYPE_CHECKING:
    from core.workbench import Workbench

TITLE = "Second Look"


def build_app(workbench: "Workbench") -> gr.Blocks:
    """Return the page: all components first, then all events."""
    with gr.Blocks(
        title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    ) as page:
        shared = Shared(
            hidden_text(ELEM_ID),
            hidden_text("sl-on-view"),
            hidden_text("sl-on-ranking"),
            hidden_text("sl-on-overview"),
            hidden_text("sl-on-list"),
            hidden_text("sl-on-query"),
            hidden_text("sl-on-failures"),
            hidden_text("sl-revision"),
            hidden_text("sl-scored"),
            thumbnail_urls(workbench),
        )
        pane(render_header(workbench.info), elem_id="sl-header")
        pane(render_popovers(), elem_id="sl-popovers")
        preparation_parts = preparation.build(workbench)
        with gr.Row(elem_id="sl-body"):
            with gr.Column(elem_id="sl-side-column"):
                sidebar_parts = sidebar.build(workbench)
                chooser = folders.build(workbench)
            with gr.Column(elem_id="sl-main"), gr.Tabs(elem_id="sl-tabs") as tabs:
                with gr.Tab("Overview", id="overview", render_children=True) as overview_tab:
                    overview_parts = overview.build()
                with gr.Tab("Queries", id="queries", render_children=True) as queries_tab:
                    queries_parts = queries.build()
                with gr.Tab("Perturb", id="perturb", render_children=True) as perturb_tab:
                    perturb_parts = perturb.build()
                with gr.Tab("Failures", id="failures", render_children=True) as failures_tab:
                    failures_parts = failures.build()
                with gr.Tab("Annotate", id="annotate", render_children=True) as annotate_tab:
                    annotate_parts = annotate.build(shared.urls)

        shared.address.change(None, shared.address, None, js=SYNC_JS, **QUIET)
        shared.on_view.change(partial(select_tab, workbench), shared.address, tabs, **QUIET)
        named = (
            (overview_tab, "overview"),
            (queries_tab, "queries"),
            (perturb_tab, "perturb"),
            (failures_tab, "failures"),
            (annotate_tab, "annotate"),
        )
        for tab, view in named:
            tab.select(None, None, None, js=f"() => window.SecondLook.tab('{view}')", **QUIET)
        sidebar.wire(workbench, sidebar_parts, shared)
        folders.wire(workbench, chooser)
        overview.wire(workbench, overview_parts, shared)
        queries.wire(workbench, queries_parts, shared)
        perturb.wire(workbench, perturb_parts, shared)
        failures.wire(workbench, failures_parts, shared)
        annotate.wire(workbench, annotate_parts, shared)
        read = partial(read_address, workbench)
        page.load(read, shared.address, shared.address, js=READ_JS, **QUIET)
        preparation.wire(workbench, preparation_parts, shared, page)
    page.queue(max_size=64, default_concurrency_limit=2)
    page.state_session_capacity = 200
    return page


def read_address(workbench: "Workbench", address: str | None) -> str:
    """Return the selection that the page's address names, checked against the corpus.

    Inputs, Outputs: address.
    """
    return read_state(workbench, address).to_address()


def select_tab(workbench: "Workbench", address: str | None) -> gr.Tabs:
    """Bring the selection's view to the front. Inputs: address. Outputs: tabs."""
    return gr.Tabs(selected=read_state(workbench, address).view)
