"""Failures: where AP is lost, and the queries, slices and labels behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError
from core.types.annotation import QueueSpec
from ui import messages
from ui.components.address import hidden_text
from ui.components.panes import action_pane, pane
from ui.render.failures import render_ledger, render_slices, render_suspects
from ui.render.failures_grid import render_changes, render_grid
from ui.render.overview import render_classes
from ui.render.progress import render_problem, render_scoring, render_unmeasured
from ui.render.query_panel import render_nothing
from ui.shared.screen import read_state
from ui.shared.text import ThumbnailUrls, class_rules
from ui.views.shared import QUIET, STREAMING, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Failures:
    """Components of the view; `measured` changes when pictures were measured."""

    ledger: gr.HTML
    body: gr.Row
    measuring: gr.HTML
    grid: gr.HTML
    changes: gr.HTML
    classes: gr.HTML
    slices: gr.HTML
    suspects: gr.HTML
    measured: gr.Textbox

    @property
    def outputs(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        panels = [self.grid, self.changes, self.classes, self.slices, self.suspects]
        return [self.ledger, self.body, self.measuring, *panels]


def build() -> Failures:
    """Make the view's components, empty."""
    ledger = pane(elem_id="sl-fl-ledger")
    with gr.Row(elem_id="sl-failures", visible=False) as body:
        with gr.Column(elem_classes="sl-wide"):
            classes = pane(elem_id="sl-fl-classes")
            grid = pane(elem_id="sl-fl-grid")
            measuring = action_pane(elem_id="sl-fl-measuring")
            changes = pane(elem_id="sl-fl-changes")
        with gr.Column(elem_classes="sl-narrow"):
            slices = pane(elem_id="sl-fl-slices")
            suspects = pane(elem_id="sl-fl-suspects")
    measured = hidden_text("sl-fl-measured")
    return Failures(ledger, body, measuring, grid, changes, classes, slices, suspects, measured)


def wire(workbench: "Workbench", parts: Failures, shared: Shared) -> None:
    """Show the view on every change of selection or outcomes; measure pictures on request."""
    gr.on(
        [shared.on["failures"].change, parts.measured.change],
        partial(show, workbench, shared.urls),
        shared.address,
        parts.outputs,
        trigger_mode="always_last",
        **QUIET,
    )
    running = parts.measuring.resume(
        partial(measure, workbench),
        shared.address,
        [parts.measuring, parts.measured],
        concurrency_id="measure",
        concurrency_limit=1,
        **STREAMING,
    )
    stopped = parts.measuring.stop(None, None, None, cancels=[running], **QUIET)
    stopped.then(partial(show, workbench, shared.urls), shared.address, parts.outputs, **QUIET)


def show(workbench: "Workbench", urls: ThumbnailUrls, address: str | None) -> tuple[object, ...]:
    """Return the whole view for the selection.

    Inputs: address. Outputs: ledger, body, measuring, grid, changes, classes, slices, suspects.
    """
    state = read_state(workbench, address)
    if state.view != "failures":
        return (gr.skip(),) * 8
    fusion = state.fusion
    hidden = (gr.Row(visible=False), "", "", "", "", "", "")
    info = workbench.info
    if not info.has_ground_truth:
        return render_nothing(messages.NO_GROUND_TRUTH), *hidden
    try:
        is_final = workbench.jobs.status().state != "running"
        report = workbench.failures.report(fusion, state.bounds, slices=is_final)
        if not report.n_evaluated:
            return render_nothing(workbench.runs.state(state.fusion).text), *hidden
        summary = workbench.runs.summary(fusion, intervals=False)
        suspects = workbench.annotations.queue(QueueSpec("suspect"), fusion) if is_final else None
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True), *hidden
    return (
        render_ledger(report),
        gr.Row(visible=True),
        render_unmeasured(report.n_to_measure),
        render_grid(report.grid),
        render_changes(report.changes),
        render_classes(summary, class_rules(info.easy, info.change)),
        render_slices(report.slices, running=not is_final),
        render_suspects(suspects, urls),
    )


def measure(workbench: "Workbench", address: str | None) -> Iterator[tuple[object, object]]:
    """Measure coverage and clutter in pictures, with progress; what is done is kept.

    Inputs: address. Outputs: measuring, measured.
    """
    state = read_state(workbench, address)
    try:
        done = 0
        for progress in workbench.failures.measure(state.depth):
            done = progress.done
            yield render_scoring(progress), gr.skip()
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip()
        return
    yield "", f"measured {done}"
