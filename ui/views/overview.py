"""Overview: key figures, AP before against after, classes, what moved most in pictures."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError, SettingsError
from ui import messages
from ui.components.panes import pane
from ui.components.plot import figure_json, plot
from ui.render.moves import N_CARDS, N_CHANGES, N_MOVED, render_changes, render_moved
from ui.render.overview import render_classes, render_figures, render_mosaic
from ui.render.parts import caption
from ui.render.query_panel import render_nothing
from ui.shared.figures.ap_scatter import HEIGHT_PX, ap_scatter
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls, class_rules
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Overview:
    """Components of the view; `mosaic` stands in until the scatter has a point."""

    figures: gr.HTML
    mosaic: gr.HTML
    body: gr.Row
    scatter: gr.HTML
    classes: gr.HTML
    moved: gr.HTML
    changes: gr.HTML

    @property
    def outputs(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        return [self.figures, self.mosaic, self.body, self.scatter, self.classes, self.changes]


def build() -> Overview:
    """Make the view's components, empty."""
    figures = pane(elem_id="sl-kpis")
    mosaic = pane(elem_id="sl-mosaic")
    with gr.Row(elem_id="sl-overview", elem_classes="sl-split", visible=False) as body:
        with gr.Column(elem_classes="sl-wide"):
            pane(caption(*messages.SCATTER_HEADING), elem_id="sl-scatter-heading")
            scatter = plot(
                opens="query",
                height_px=HEIGHT_PX,
                label="AP before against AP after, one mark per query",
                elem_id="sl-scatter",
                figure="ap-scatter",
                table="metrics",
            )
        with gr.Column(elem_classes="sl-narrow"):
            classes = pane(elem_id="sl-classes")
            moved = pane(elem_id="sl-moves")
    changes = pane(elem_id="sl-changes")
    return Overview(figures, mosaic, body, scatter, classes, moved, changes)


def wire(workbench: "Workbench", parts: Overview, shared: Shared) -> None:
    """Show the view again when the selection or the outcomes change."""
    shared.on["overview"].change(
        partial(show, workbench, shared.urls),
        shared.address,
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )
    shared.on["moves"].change(
        partial(show_moved, workbench, shared.urls),
        shared.address,
        parts.moved,
        trigger_mode="always_last",
        **QUIET,
    )


def show(workbench: "Workbench", urls: ThumbnailUrls, address: str | None) -> tuple[object, ...]:
    """Return the whole view for the selection.

    Inputs: address. Outputs: figures, mosaic, body, scatter, classes, changes.
    """
    state = read_state(workbench, address)
    if state.view != "overview":
        return (gr.skip(),) * 6
    fusion = state.fusion
    try:
        is_final = workbench.jobs.status().state != "running"
        summary = workbench.runs.summary(fusion, intervals=is_final)
        outcomes = workbench.runs.outcomes(fusion)
        rescues, harms = workbench.moves.queries(fusion, N_CHANGES, N_CARDS)
    except SecondLookError as error:
        problem = render_nothing(messages.error_text(error), error=True)
        return problem, "", gr.Row(visible=False), "", "", ""
    info = workbench.info
    n_queries, standing = info.n_queries, workbench.runs.state(fusion)
    if not outcomes:
        figures = render_figures(None, n_queries, standing) if standing.is_measurable else ""
        mosaic = render_mosaic(workbench.queries.rows(fusion), urls, standing.text)
        return figures, mosaic, gr.Row(visible=False), "", "", ""
    return (
        render_figures(summary, n_queries, standing),
        "",
        gr.Row(visible=True),
        figure_json(ap_scatter(outcomes, n_queries)),
        render_classes(summary, class_rules(info.easy, info.change)),
        render_changes(rescues, harms, urls, info.change),
    )


def show_moved(workbench: "Workbench", urls: ThumbnailUrls, address: str | None) -> object:
    """Return the positives that two scorers move most.

    Inputs: address. Outputs: moved.
    """
    state = read_state(workbench, address)
    if state.view != "overview":
        return gr.skip()
    fusion = state.fusion
    entries = workbench.scorers.entries()
    try:
        found = workbench.moves.positives(state.score_a, state.score_b, fusion, N_MOVED)
    except SettingsError as error:  # an address may name a scorer of another workspace
        known = workbench.moves.positives(None, None, fusion, 0)
        problem = render_nothing(messages.error_text(error), error=True)
        return problem + render_moved(known, entries, urls)
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    return render_moved(found, entries, urls)
