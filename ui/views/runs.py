"""Runs: the saved evaluations, one of them, two of them compared, and what to take away."""

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
from ui.figures.ap_scatter import ap_scatter
from ui.figures.run_scatter import HEIGHT_PX, run_scatter
from ui.render.query_panel import render_nothing
from ui.render.run_comparison import render_comparison, render_comparison_tables, render_differences
from ui.render.run_exports import render_exports
from ui.render.runs import render_no_runs, render_run, render_run_list, render_run_tables
from ui.render.text import ThumbnailUrls
from ui.selection import ViewState
from ui.views.shared import QUIET, Shared, read_state

if TYPE_CHECKING:
    from core.types.runs import RunReport
    from core.workbench import Workbench


@dataclass(frozen=True, slots=True)
class Runs:
    """Components of the view; `body` is hidden where there is no run to show."""

    rows: gr.HTML
    head: gr.HTML
    versus: gr.HTML
    body: gr.Row
    figure: gr.HTML
    exports: gr.HTML
    tables: gr.HTML

    @property
    def detail(self) -> list[Component | BlockContext]:
        """Everything `show_run` returns, in order."""
        return [self.head, self.versus, self.body, self.figure, self.exports, self.tables]


def build() -> Runs:
    """Make the view's components, empty."""
    with gr.Row(elem_id="sl-runs", elem_classes="sl-split"):
        with gr.Column(elem_classes="sl-ru-left"):
            rows = pane(elem_id="sl-run-list")
        with gr.Column(elem_classes="sl-ru-right"):
            head = pane(elem_id="sl-run")
            versus = pane(elem_id="sl-run-versus")
            with gr.Row(elem_classes="sl-ru-row", visible=False) as body:
                with gr.Column(elem_classes="sl-wide"):
                    figure = plot(
                        opens="query",
                        height_px=HEIGHT_PX,
                        label="AP before against AP after, or AP in two runs, a mark per query",
                        elem_id="sl-run-plot",
                    )
                with gr.Column(elem_classes="sl-narrow"):
                    exports = pane(elem_id="sl-run-exports")
            tables = pane(elem_id="sl-run-tables")
    return Runs(rows, head, versus, body, figure, exports, tables)


def wire(workbench: "Workbench", parts: Runs, shared: Shared) -> None:
    """Show list and run on every change; while there is no run, look again as work goes on."""
    shared.on["run_list"].change(
        partial(show_list, workbench),
        [shared.address, parts.rows],
        parts.rows,
        trigger_mode="always_last",
        **QUIET,
    )
    show = partial(show_run, workbench, shared.urls)
    shared.on["runs"].change(
        show, shared.address, parts.detail, trigger_mode="always_last", **QUIET
    )
    shared.on["first_run"].change(
        partial(show_first, workbench, shared.urls),
        [shared.address, parts.head],
        parts.detail,
        trigger_mode="always_last",
        **QUIET,
    )


def show_list(workbench: "Workbench", address: str | None, shown: str | None) -> object:
    """Return the list of runs, where it differs from the one shown.

    Inputs: address, rows. Outputs: rows.
    """
    state = read_state(workbench, address)
    if state.view != "runs":
        return gr.skip()
    try:
        found = workbench.saved.entries()
    except SecondLookError as error:
        return render_nothing(messages.error_text(error), error=True)
    chosen = state.run or next((e.run_id for e in found.entries if e.report is not None), None)
    html = render_run_list(found, chosen, state.against, workbench.jobs.status())
    return gr.skip() if html == shown else html


def show_run(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None
) -> tuple[object, ...]:
    """Return the chosen run, or the newest, and its comparison where another one is named.

    Inputs: address. Outputs: head, versus, body, figure, exports, tables.
    """
    state = read_state(workbench, address)
    if state.view != "runs":
        return (gr.skip(),) * 6
    try:
        return _run(workbench, urls, state)
    except SecondLookError as error:
        return _nothing(render_nothing(messages.error_text(error), error=True))


def show_first(
    workbench: "Workbench", urls: ThumbnailUrls, address: str | None, shown: str | None
) -> tuple[object, ...]:
    """Show again what stands there while there is no run; leave an open run alone.

    Inputs: address, head. Outputs: head, versus, body, figure, exports, tables.
    """
    if "data-run-shown" in (shown or ""):
        return (gr.skip(),) * 6
    return show_run(workbench, urls, address)


def _run(workbench: "Workbench", urls: ThumbnailUrls, state: ViewState) -> tuple[object, ...]:
    entries = workbench.saved.entries().entries
    newest = next((e.run_id for e in entries if e.report is not None), None)
    run_id = state.run or newest
    if run_id is None:
        with_truth = workbench.info.has_ground_truth
        return _nothing(render_no_runs(workbench.jobs.status(), with_truth=with_truth))
    report = workbench.saved.report(run_id)
    repeats = next((e.n_repeats for e in entries if e.run_id == run_id), 1)
    against = state.against if state.against != run_id else None
    exports = render_exports(
        run_id, against, workbench.saved.command(run_id), workbench.saved.python(run_id)
    )
    head = render_run(report, repeats)
    if against is None:
        figure = ap_scatter(report.outcomes, report.summary.n_queries, HEIGHT_PX)
        tables = render_run_tables(report)
        return head, "", gr.Row(visible=True), figure_json(figure), exports, tables
    return (head, *_compared(workbench, urls, report, against, exports))


def _compared(
    workbench: "Workbench", urls: ThumbnailUrls, report: "RunReport", against: str, exports: str
) -> tuple[object, ...]:
    try:
        found = workbench.saved.compare(against, report.run_id)
    except SecondLookError as error:  # the open run stays in sight
        problem = render_nothing(messages.error_text(error), error=True)
        figure = ap_scatter(report.outcomes, report.summary.n_queries, HEIGHT_PX)
        tables = render_run_tables(report)
        return problem, gr.Row(visible=True), figure_json(figure), exports, tables
    differences = render_differences(found, urls)
    return (
        render_comparison(found),
        gr.Row(visible=True),
        figure_json(run_scatter(found)),
        exports,
        differences + render_comparison_tables(found),
    )


def _nothing(head: str) -> tuple[object, ...]:
    return head, "", gr.Row(visible=False), "", "", ""
