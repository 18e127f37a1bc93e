"""Failures: the descriptor map, its selections, and what of it is joined by lines."""

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError
from ui import messages
from ui.components.panes import pane
from ui.components.plot import figure_json, plot
from ui.figures.descriptor_map import HEIGHT_PX, descriptor_map
from ui.render.descriptor_map import render_controls, render_focus, render_note, render_selections
from ui.render.query_panel import render_nothing
from ui.selection import ViewState
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class MapParts:
    """Components of the map."""

    controls: gr.HTML
    problem: gr.HTML
    body: gr.Column
    figure: gr.HTML
    focus: gr.HTML
    selections: gr.HTML

    @property
    def outputs(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        texts = [self.focus, self.selections]
        return [self.controls, self.problem, self.body, self.figure, *texts]


def build() -> MapParts:
    """Make the map's components, empty."""
    with gr.Column(elem_id="sl-map"):
        controls = pane(elem_id="sl-map-head")
        problem = pane(elem_id="sl-map-problem")
        with gr.Column(elem_id="sl-map-body", visible=False) as body:
            figure = plot(
                opens="nothing",
                height_px=HEIGHT_PX,
                label="Descriptor map",
                elem_id="sl-fl-map",
                figure="descriptor-map",
            )
            focus = pane(elem_id="sl-map-focus")
            selections = pane(elem_id="sl-map-selections")
    return MapParts(controls, problem, body, figure, focus, selections)


def wire(workbench: "Workbench", parts: MapParts, shared: Shared) -> None:
    """Draw the map again when the selection, its look or the outcomes change."""
    shared.on["map"].change(
        partial(show, workbench, shared.urls),
        shared.address,
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )


def show(workbench: "Workbench", urls: ThumbnailUrls, address: str | None) -> tuple[object, ...]:
    """Return the map for the selection.

    Inputs: address. Outputs: controls, problem, body, figure, focus, selections.
    """
    state = read_state(workbench, address)
    if state.view != "failures":
        return (gr.skip(),) * 6
    hidden = (gr.Column(visible=False), "", "", "")
    controls = render_controls(state, (), urls)
    try:
        drawn = workbench.maps.map(state.projection)
        if drawn is None:
            return controls, render_nothing(messages.NO_INDEX_TO_MAP), *hidden
        colours = workbench.maps.colours(drawn)
        state = replace(state, colour=state.colour or next(iter(colours), ""))
        controls = render_controls(state, colours, urls)
        return controls, "", gr.Column(visible=True), *_drawn(workbench, state)
    except SecondLookError as error:
        return controls, render_nothing(messages.error_text(error), error=True), *hidden


def _drawn(workbench: "Workbench", state: ViewState) -> tuple[str, str, str]:
    """Return the figure and the words below it; `state.colour` is one that there is."""
    fusion = state.fusion
    drawn = workbench.maps.map(state.projection)
    assert drawn is not None, "asked before"
    labels = workbench.maps.labels(drawn, state.colour, fusion)
    links = workbench.maps.links(drawn, state.query, state.slice, fusion)
    figure = descriptor_map(drawn, labels, links, by_class=state.colour == "class")
    chosen = state.slice
    members = None if chosen is None else len(workbench.failures.members(chosen, fusion))
    focus = render_focus(links, state, workbench.runs.outcomes(fusion), members)
    selections = render_selections(workbench.maps.selections(fusion), state)
    return figure_json(figure), focus + render_note(drawn), selections
