"""The job bar of every screen: what the bench works on, whoever asked for it.

Gradio streams it, with the signals that tell the page's script that there is more to show.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, ClassVar

import gradio as gr

from core.types.jobs import KINDS, JobView
from core.types.runs import JobStatus
from core.types.setting import JobPlan
from ui.shared import plan_words
from ui.shared.panes import hidden_text, pane
from ui.shared.screen import Page
from ui.shared.text import clock_text

LOOK_S = 0.15
"""How often the bench is looked at while it works."""
OUTCOMES_S = 1.5
"""Outcomes over all queries are announced at most this often while an evaluation runs."""
QUICK_S = 0.4
"""A job of a screen that is over sooner never stands in the bar, which would push the page."""
_STAGES = {
    "load model": "Loading the model",
    "index": "Reading and encoding images",
    "neighbours": "Finding each image's neighbours",
    "count pairs": "Counting what is scored already",
    "measure pace": "Measuring the pace of a few images and pairs",
    "evaluate": "Scoring queries",
    "score terms": "Scoring the terms of evidence",
    "ask": "Asking about first results",
    "fit": "Fitting weights",
    "score": "Scoring this query's pairs",
    "measure": "Measuring coverage and clutter in the pictures",
}
_PREPARATION = ("plan", "prepare")
_SIGNALS_JS = """(text) => {
  document.dispatchEvent(new CustomEvent("sl-signals", { detail: text }));
  return [];
}"""

Action = tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """One job in the bar: its stage, counts and remark, the share done in [0, 1], and buttons."""

    stage: str
    counts: str
    about: str
    share: float
    action: Action
    more: Action | None = None


@dataclass(frozen=True, slots=True)
class JobBar:
    """The plan that waits for its start, and a line per job."""

    template: ClassVar[str] = "shared/job_bar.html"
    plan: JobPlan | None
    lines: tuple[Line, ...]
    plan_words: ModuleType = plan_words


@dataclass(frozen=True, slots=True)
class BarParts:
    """Components of the bar: `watch` is written by the script when there may be work to follow."""

    bar: gr.HTML
    watch: gr.Textbox
    signals: gr.Textbox


def build(page: Page) -> BarParts:
    """Make the bar as it stands when the page is built."""
    bar = pane(bar_of(page, ""), elem_id="sl-preparation")
    return BarParts(bar, hidden_text("sl-watch"), hidden_text("sl-signals"))


def wire(page: Page, parts: BarParts) -> None:
    """Follow the bench's work from when the script says so until it rests."""
    parts.watch.change(
        partial(follow, page),
        parts.watch,
        [parts.bar, parts.signals],
        concurrency_limit=None,
        trigger_mode="always_last",
        show_progress="hidden",
        api_visibility="private",
    )
    parts.signals.change(
        None,
        parts.signals,
        None,
        js=_SIGNALS_JS,
        queue=False,
        show_progress="hidden",
        api_visibility="private",
    )


def signals_now(page: Page, owner: str) -> str:
    """Return the signals as JSON, as a page that begins to follow the work now gets them first."""
    return _Announcer(page, owner).signals(0.0, is_last=False)


async def follow(page: Page, watch: str) -> AsyncIterator[tuple[object, object]]:
    """Yield the bar and the signals whenever they change, until nothing is under way.

    Inputs: watch, which holds the browser tab's id and a number. Outputs: bar, signals.
    """
    owner = watch.rpartition("|")[0]
    announcer = _Announcer(page, owner)
    shown: tuple[str, str] | None = None
    loop = asyncio.get_running_loop()
    while True:
        is_active = announcer.is_active()
        now = (bar_of(page, owner), announcer.signals(loop.time(), is_last=not is_active))
        if now != shown:
            shown = now
            yield now
        if not is_active:
            return
        await asyncio.sleep(LOOK_S)


class _Announcer:
    """Makes the signals: of each kind of job a text that differs when there is more to show."""

    def __init__(self, page: Page, owner: str) -> None:
        self._workbench = page.workbench
        self._owner = owner
        self._keys: dict[str, None] = {}
        self._outcomes = ""
        self._told_s = float("-inf")

    def is_active(self) -> bool:
        preparing = self._workbench.jobs.status().state == "running"
        return preparing or any(view.is_active for view in self._views())

    def _views(self) -> list[JobView]:
        """Return the owner's jobs, also those that they have left: a stop is told to its end."""
        board = self._workbench.board
        self._keys |= dict.fromkeys(view.key for view in board.views(self._owner))
        found = (board.view(key) for key in self._keys)
        return [view for view in found if view is not None]

    def signals(self, now_s: float, *, is_last: bool) -> str:
        """Return the signals as JSON, by kind; `outcomes` follows the preparation, more rarely."""
        found = {"outcomes": self._of_outcomes(now_s, is_last=is_last)}
        for view in self._views():
            mark = f"{view.key}:{view.state}:{view.progress.stage}:{view.progress.done}"
            found[view.kind] = f"{found.get(view.kind, '')}|{mark}"
        return json.dumps(found)

    def _of_outcomes(self, now_s: float, *, is_last: bool) -> str:
        status = self._workbench.jobs.status()
        is_due = status.stage == "evaluate" and now_s - self._told_s >= OUTCOMES_S
        if is_last or is_due or status.state != "running":
            self._told_s = now_s
            self._outcomes = f"{status.state}:{status.stage}:{status.done}"
        return self._outcomes


def bar_of(page: Page, owner: str) -> str:
    """Return the bar as the work stands: under way, stopped, or stated and waiting for a start."""
    workbench = page.workbench
    plan = workbench.jobs.plan()
    lines = [] if plan is not None else _preparation_lines(workbench.jobs.status())
    views = (view for view in workbench.board.views(owner) if view.kind not in _PREPARATION)
    lines += [job_line(view) for view in views if _is_listed(view)]
    return page.html(JobBar(plan, tuple(lines)))


def _is_listed(view: JobView) -> bool:
    if view.state == "running":
        return view.seconds >= QUICK_S
    return KINDS[view.kind].lane == "long" and view.state in ("queued", "stopped", "failed")


def job_line(view: JobView) -> Line:
    """Return a job of a screen as a line, with the button that stops it or goes on."""
    progress = view.progress
    stage = f"{KINDS[view.kind].words}: {view.title}"
    counts = f"{progress.done:,} of {progress.total:,} {progress.unit}" if progress.total else ""
    share = progress.done / progress.total if progress.total else 0.0
    if view.state == "queued":
        return Line(stage, counts, "waits for its turn", share, stop_button(view.key))
    if view.state == "running":
        left = clock_text(view.seconds_left)
        return Line(stage, counts, left and f"about {left} left", share, stop_button(view.key))
    about = view.error or "stopped; what is measured is kept"
    drop = {"data-job-drop": view.key, "aria-label": f"Drop: {stage}"}
    run_on = ("Run on", {"data-job-resume": view.key})
    return Line(stage, counts, about, share, run_on, ("Drop", drop))


def stop_button(key: str) -> Action:
    """Return the button that stops a job."""
    return ("Stop", {"data-job-stop": key})


def _preparation_lines(status: JobStatus) -> list[Line]:
    """Return the preparation's line; none where there is nothing to say."""
    if status.state in ("idle", "done"):
        return []
    stage = _STAGES.get(status.stage, status.stage) or "Starting"
    counts = f"{status.done:,} of {status.total:,} {status.unit}" if status.total > 1 else ""
    share = min(1.0, status.done / status.total) if status.total else 0.0
    start: dict[str, str] = {"data-job-start": "jobs/prepare"}
    if status.state == "running":
        left = clock_text(status.seconds_left)
        about = left and f"about {left} left"
        return [Line(stage, counts, about, share, ("Stop", {"data-job-start": "jobs/pause"}))]
    if status.state == "failed":
        text = status.error or "it stopped with an error"
        return [Line(f"{stage} failed", counts, text, share, ("Try again", start))]
    return [Line(stage, counts, "stopped; what is done is kept", share, ("Resume", start))]


def signals_of(text: str) -> dict[str, Any]:
    """Return the signals that a text holds, for tests."""
    return json.loads(text)
