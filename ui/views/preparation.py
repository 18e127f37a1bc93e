"""The bar above the tabs while the index and the first evaluation are made."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import gradio as gr

from core.errors import SecondLookError
from core.types.runs import JobStatus
from ui import messages
from ui.components.panes import action_pane
from ui.render.plan import render_plan
from ui.render.progress import render_job, render_problem
from ui.views.shared import QUIET, STREAMING, Shared

if TYPE_CHECKING:
    from core.workbench import Workbench

REFRESH_S = 1.5
BAR_S = 0.4


@dataclass(frozen=True, slots=True)
class Preparation:
    """Components of the preparation bar."""

    bar: gr.HTML


def build(workbench: "Workbench") -> Preparation:
    """Make the bar as it stands when the page is built."""
    return Preparation(action_pane(bar_of(workbench), elem_id="sl-preparation"))


def wire(workbench: "Workbench", parts: Preparation, shared: Shared, page: gr.Blocks) -> None:
    """Follow the job from the page's load, and stop or resume it on request."""
    follow = partial(follow_job, workbench)
    outputs = [parts.bar, shared.revision]
    page.load(follow, None, outputs, concurrency_limit=16, concurrency_id="follow", **STREAMING)
    parts.bar.stop(partial(stop_job, workbench), None, None, **QUIET)
    resumed = parts.bar.resume(partial(resume_job, workbench), None, parts.bar, **QUIET)
    resumed.then(follow, None, outputs, concurrency_id="follow", **STREAMING)


def follow_job(
    workbench: "Workbench", now: Callable[[], float] = time.monotonic
) -> Iterator[tuple[object, object]]:
    """Yield the bar as the job moves on, and a new revision when there is more to show.

    Inputs: none. Outputs: bar, revision. Ends with the job.
    """
    bar_at = revision_at = float("-inf")
    status = workbench.jobs.status()
    for status in workbench.jobs.watch():
        if now() - bar_at < BAR_S:
            continue
        bar_at = now()
        fresh = status.stage == "evaluate" and now() - revision_at >= REFRESH_S
        if fresh:
            revision_at = now()
        yield render_job(status), revision_of(status) if fresh else gr.skip()
    yield bar_of(workbench), revision_of(workbench.jobs.status())


def bar_of(workbench: "Workbench") -> str:
    """Return the bar as the work stands: under way, stopped, or stated and waiting for a start."""
    plan = workbench.jobs.plan()
    return render_job(workbench.jobs.status()) if plan is None else render_plan(plan)


def revision_of(status: JobStatus) -> str:
    """Return a text that differs whenever there may be new outcomes to show."""
    return f"{status.state}:{status.stage}:{status.done}"


def stop_job(workbench: "Workbench") -> None:
    """Stop the preparation within one batch; what is done is kept. Inputs, Outputs: none."""
    workbench.jobs.cancel()


def resume_job(workbench: "Workbench") -> str:
    """Go on with the preparation. Inputs: none. Outputs: bar."""
    try:
        workbench.jobs.start_preparation()
    except SecondLookError as error:
        return render_problem(messages.error_text(error))
    return bar_of(workbench)
