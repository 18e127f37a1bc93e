"""Perturb, a set of queries: the mean curve of one perturbation, and the report of all ten."""

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import gradio as gr
from gradio.blocks import BlockContext
from gradio.components import Component

from core.errors import SecondLookError
from core.types.jobs import Step
from core.types.runs import Progress
from ui import messages
from ui.components.address import hidden_text
from ui.components.panes import action_pane, pane
from ui.components.plot import figure_json, plot
from ui.figures.set_response import HEIGHT_PX, set_plot
from ui.render.parts import caption
from ui.render.perturb_set import (
    cost_text,
    render_modes,
    render_offer,
    render_report,
    render_set_controls,
    render_set_done,
    render_set_table,
)
from ui.render.progress import render_problem, render_scoring
from ui.set_requests import set_key, set_request
from ui.shared.screen import read_state
from ui.views.shared import ON_MODEL, QUIET, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench

T = TypeVar("T")
STEP_S = 0.1
"""Levels that come faster, read from the cache, share a step of the bar."""


@dataclass(frozen=True, slots=True)
class PerturbSet:
    """Components of the section; `asked` names the set, `started` repeats it a moment later."""

    modes: gr.HTML
    body: gr.Row
    controls: gr.HTML
    bar: gr.HTML
    response: gr.HTML
    table: gr.HTML
    report_bar: gr.HTML
    report: gr.HTML
    asked: gr.Textbox

    @property
    def of_show(self) -> list[Component | BlockContext]:
        """Everything `show` returns, in order."""
        return [self.body, self.controls, *self.of_curves, *self.of_report]

    @property
    def of_curves(self) -> list[Component | BlockContext]:
        """Everything `measure` yields, in order."""
        return [self.bar, self.response, self.table]

    @property
    def of_report(self) -> list[Component | BlockContext]:
        """Everything `make_report` yields, in order."""
        return [self.report_bar, self.report]


def build() -> PerturbSet:
    """Make the section's components, empty."""
    modes = pane(elem_id="sl-pt-modes")
    with gr.Row(elem_id="sl-perturb-set", elem_classes="sl-split", visible=False) as body:
        with gr.Column(elem_classes="sl-pt-left"):
            controls = pane(elem_id="sl-pts-controls")
        with gr.Column(elem_classes="sl-pt-right"):
            bar = action_pane(elem_id="sl-pts-bar")
            response = plot(
                opens="nothing",
                height_px=HEIGHT_PX,
                label="Mean score against strength, and share of pairs above their line",
                elem_id="sl-pts-response",
                figure="response-set",
            )
            table = pane(elem_id="sl-pts-table")
            pane(
                caption(
                    "Robustness report",
                    "all ten perturbations on this set, as figure, page and CSV",
                ),
                elem_id="sl-pts-report-heading",
            )
            report_bar = action_pane(elem_id="sl-pts-report-bar")
            report = pane(elem_id="sl-pts-report")
    asked = hidden_text("sl-pts-asked")
    return PerturbSet(modes, body, controls, bar, response, table, report_bar, report, asked)


def wire(workbench: "Workbench", parts: PerturbSet, shared: Shared) -> None:
    """Show the set that the selection names; measure it and make its report when asked to."""
    shared.on["perturb_set"].change(
        partial(ask, workbench),
        [shared.address, parts.asked],
        [parts.modes, parts.asked],
        trigger_mode="always_last",
        **QUIET,
    )
    measured = parts.bar.resume(
        partial(measure, workbench), shared.address, parts.of_curves, **ON_MODEL
    )
    reported = parts.report_bar.resume(
        partial(make_report, workbench), shared.address, parts.of_report, **ON_MODEL
    )
    for bar, running in ((parts.bar, measured), (parts.report_bar, reported)):
        stopped = bar.stop(None, None, None, cancels=[running], **QUIET)
        stopped.then(show_stopped, None, bar, **QUIET)
    parts.asked.change(None, None, None, cancels=[measured, reported], **QUIET).then(
        partial(show, workbench),
        shared.address,
        parts.of_show,
        trigger_mode="always_last",
        **QUIET,
    )


def ask(workbench: "Workbench", address: str | None, asked: str) -> tuple[object, object]:
    """Return the switch between one pair and a set, and which set the selection names.

    Inputs: address, asked. Outputs: modes, asked.
    """
    state = read_state(workbench, address)
    if state.view != "perturb":
        return gr.skip(), gr.skip()
    key = set_key(state)
    return render_modes(state), gr.skip() if key == asked else key


def show(workbench: "Workbench", address: str | None) -> tuple[object, ...]:
    """Return the section before anything is measured: choosers and what it costs.

    Inputs: address. Outputs: body, controls, bar, response, table, report bar, report.
    """
    state = read_state(workbench, address)
    if not set_key(state):
        return gr.Row(visible=False), "", "", "", "", "", ""
    sweeps = workbench.set_sweeps
    offered = workbench.robustness.rivals.offered()
    controls = render_set_controls(state, sweeps.slices(), offered)
    one, ten = (set_request(state, is_report=is_report) for is_report in (False, True))
    try:
        offers = [
            render_offer(cost_text(sweeps.cost(request)), button)
            for request, button in ((one, "Measure"), (ten, "Make the report"))
        ]
    except SecondLookError as error:
        problem = render_problem(messages.error_text(error))
        return gr.Row(visible=True), controls, problem, "", "", "", ""
    return gr.Row(visible=True), controls, offers[0], "", "", offers[1], ""


def measure(
    workbench: "Workbench", address: str | None, now: Callable[[], float] = time.monotonic
) -> Iterator[tuple[object, ...]]:
    """Yield the mean curve as it grows, query by query; closing it stops within one level.

    Inputs: address. Outputs: bar, response, table.
    """
    state = read_state(workbench, address)
    key = set_key(state)
    if not key:
        yield gr.skip(), gr.skip(), gr.skip()
        return
    try:
        request = set_request(state, is_report=False)
        for step in _paced(workbench.set_sweeps.grow(request, now=now), now):
            if isinstance(step, Progress):
                yield render_scoring(step), gr.skip(), gr.skip()
                continue
            progress, report = step
            bar = render_scoring(progress)
            (response,) = report.responses
            figure = figure_json(set_plot(response.spec, response.responses, key))
            table = render_set_table(response, len(report.instances))
            is_done = progress.stage == "sweep" and progress.done == progress.total
            yield render_set_done(report) if is_done else bar, figure, table
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip(), gr.skip()


def make_report(
    workbench: "Workbench", address: str | None, now: Callable[[], float] = time.monotonic
) -> Iterator[tuple[object, ...]]:
    """Yield the report's figure as it grows; at the end its files are kept in the workspace.

    Inputs: address. Outputs: report bar, report.
    """
    state = read_state(workbench, address)
    if not set_key(state):
        yield gr.skip(), gr.skip()
        return
    sweeps = workbench.set_sweeps
    try:
        request = set_request(state, is_report=True)
        for step in _paced(sweeps.make_report(request, now), now):
            if isinstance(step, Progress):
                yield render_scoring(step), gr.skip()
                continue
            progress, made = step
            receipt_id = made.report.receipt.receipt_id if made.files else ""
            page = render_report(sweeps.figure(made.report), receipt_id, made.files)
            yield render_set_done(made.report) if made.files else render_scoring(progress), page
    except SecondLookError as error:
        yield render_problem(messages.error_text(error)), gr.skip()


def show_stopped() -> str:
    """Return the bar after Stop, with a button to go on. Outputs: bar or report bar."""
    return render_offer("Stopped; what is measured is kept.", "Run on")


def _paced(steps: Generator[Step[T]], now: Callable[[], float]) -> Iterator[Step[T]]:
    """Leave out what only moves the bar, but for one step in `STEP_S`."""
    told = now()
    try:
        for step in steps:
            if isinstance(step, Progress) and now() - told < STEP_S:
                continue
            told = now()
            yield step
    finally:
        steps.close()
