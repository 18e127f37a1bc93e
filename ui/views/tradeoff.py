"""The Overview's trade-offs: quality against memory and against time, at a memory budget."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError
from ui import messages
from ui.components.panes import pane
from ui.components.plot import figure_json, plot
from ui.figures.tradeoff import HEIGHT_PX, quality_by_memory, quality_by_time
from ui.render.parts import caption
from ui.render.query_panel import render_nothing
from ui.render.tradeoff import render_choice, render_no_table
from ui.shared.screen import read_state
from ui.views.shared import QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Tradeoff:
    """Components of the section; `body` is shown where there is a table."""

    head: gr.HTML
    body: gr.Row
    memory: gr.HTML
    time: gr.HTML

    @property
    def outputs(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        return [self.head, self.body, self.memory, self.time]


def build() -> Tradeoff:
    """Make the section's components, empty."""
    head = pane(elem_id="sl-tradeoff")
    with gr.Row(elem_id="sl-tradeoff-plots", elem_classes="sl-split") as body:
        with gr.Column(elem_classes="sl-wide"):
            pane(caption(*messages.MEMORY_HEADING), elem_id="sl-memory-heading")
            memory = plot(
                opens="nothing",
                height_px=HEIGHT_PX,
                label="mAP against bytes per image, one mark per compression and scorer",
                elem_id="sl-memory",
                figure="tradeoff-memory",
                table="tradeoffs",
            )
        with gr.Column(elem_classes="sl-wide"):
            pane(caption(*messages.TIME_HEADING), elem_id="sl-time-heading")
            time = plot(
                opens="nothing",
                height_px=HEIGHT_PX,
                label="mAP against seconds per query, one line per scorer over depth",
                elem_id="sl-time",
                figure="tradeoff-time",
                table="tradeoffs",
            )
    return Tradeoff(head, body, memory, time)


def wire(workbench: "Workbench", parts: Tradeoff, shared: Shared) -> None:
    """Show the section again when the budget changes or the page is loaded."""
    shared.on["tradeoff"].change(
        partial(show, workbench),
        shared.address,
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )


def show(workbench: "Workbench", address: str | None) -> tuple[object, ...]:
    """Return the section for the selection's budget.

    Inputs: address. Outputs: head, body, memory, time.
    """
    state = read_state(workbench, address)
    if state.view != "overview":
        return (gr.skip(),) * 4
    hidden = (gr.Row(visible=False), "", "")
    if not workbench.info.has_ground_truth:
        return "", *hidden
    try:
        choice = workbench.tradeoff.choice(state.budget)
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True), *hidden
    if choice is None:
        command = workbench.tradeoff.command()
        return "" if command is None else render_no_table(command), *hidden
    return (
        render_choice(choice),
        gr.Row(visible=True),
        figure_json(quality_by_memory(choice)),
        figure_json(quality_by_time(choice)),
    )
