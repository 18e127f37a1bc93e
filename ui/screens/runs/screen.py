"""What the Runs screen shows: the list, the open run or a comparison, and its scatter."""

from dataclasses import dataclass
from typing import ClassVar

import plotly.graph_objects as go
from markupsafe import Markup

from core.errors import SecondLookError
from core.types.runs import JobStatus, RunReport
from core.types.saved import RunComparison, RunList
from ui import messages
from ui.screens.runs import words
from ui.screens.runs.figure import HEIGHT_PX, run_scatter
from ui.selection import ViewState
from ui.shared.figures.ap_scatter import ap_scatter
from ui.shared.screen import Page, Part, Screen


@dataclass(frozen=True, slots=True)
class ListContext:
    """The runs, newest first; each can be opened, and compared with the open one."""

    template: ClassVar[str] = "runs/list.html"
    found: RunList
    chosen: str | None
    against: str | None
    under_way: str


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run, and its comparison where another one is named; `problem` is why there is none.

    `unlike` says that the sliders show another setting than the run holds; `shown_run` is the run
    that holds what they show.
    """

    template: ClassVar[str] = "runs/run.html"
    report: RunReport
    headline: str
    unlike: str
    shown_run: str | None
    n_repeats: int
    found: RunComparison | None
    problem: str
    exports: tuple[words.Export, ...]
    command: str | None
    python: str | None
    figure_px: int


def show_list(page: Page, state: ViewState) -> Markup | None:
    """Return the list of runs; None while there is none."""
    found = page.workbench.saved.entries()
    if not found.entries:
        return None
    chosen = state.run or _newest(found)
    under_way = words.under_way(page.workbench.jobs.status())
    return page.html(ListContext(found, chosen, state.against, under_way))


def show_run(page: Page, state: ViewState) -> Markup:
    """Return the chosen run, or the newest, and its comparison where another one is named."""
    workbench = page.workbench
    found = workbench.saved.entries()
    run_id = state.run or _newest(found)
    if run_id is None:
        return _no_runs(page, workbench.jobs.status())
    report = workbench.saved.report(run_id)
    against, comparison, problem = _other(state, run_id), None, ""
    if against is not None:
        try:
            comparison = workbench.saved.compare(against, run_id)
        except SecondLookError as error:  # the open run stays in sight
            problem = messages.error_text(error)
    shown = workbench.saved.run_of(state.fusion)
    return page.html(
        RunContext(
            report=report,
            headline=workbench.saved.headline(run_id),
            unlike=workbench.saved.unlike(run_id, state.fusion),
            shown_run=None if shown is None else shown.run_id,
            n_repeats=next((e.n_repeats for e in found.entries if e.run_id == run_id), 1),
            found=comparison,
            problem=problem,
            exports=words.exports(run_id, against),
            command=workbench.saved.command(run_id),
            python=workbench.saved.python(run_id),
            figure_px=HEIGHT_PX,
        )
    )


def plot(page: Page, state: ViewState) -> go.Figure | None:
    """Return AP before against after of the run, or AP in two runs; None without a run."""
    saved = page.workbench.saved
    run_id = state.run or _newest(saved.entries())
    if run_id is None:
        return None
    report = saved.report(run_id)
    against = _other(state, run_id)
    if against is not None:
        try:
            return run_scatter(saved.compare(against, run_id))
        except SecondLookError:  # `show_run` says why there is no comparison
            pass
    return ap_scatter(report.outcomes, report.summary.n_queries, HEIGHT_PX)


def _newest(found: RunList) -> str | None:
    return next((entry.run_id for entry in found.entries if entry.report is not None), None)


def _other(state: ViewState, run_id: str) -> str | None:
    return state.against if state.against != run_id else None


def _no_runs(page: Page, job: JobStatus) -> Markup:
    if not page.workbench.info.has_ground_truth:
        return page.nothing(messages.NO_GROUND_TRUTH)
    if job.state == "running":
        return page.nothing(f"{messages.FIRST_RUN} {words.reached(job)}".strip())
    return page.nothing(messages.NO_RUNS)


SCREEN = Screen(
    "runs",
    (
        Part("list", show_list, "run", ("outcomes", "runs", "evaluate")),
        Part("run", show_run, "run ranking", ("outcomes", "runs"), is_patient=True),
        Part("plot", plot, "run", is_later=True),
    ),
    words,
)
