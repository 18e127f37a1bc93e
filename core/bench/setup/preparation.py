"""The jobs facet: the bench prepared in the background, index first."""

import threading
import time
from collections.abc import Iterator

from core.bench.evaluation import RunsFacet
from core.bench.jobs import JobBoard
from core.bench.session import Session
from core.bench.setup.cost import make_plan
from core.types.jobs import BoardState, JobKind, JobView, Work
from core.types.runs import JobState, JobStatus, Progress
from core.types.setting import JobPlan

_LOOK_SECONDS = 0.2
_STATES: dict[BoardState, JobState] = {
    "queued": "running",
    "running": "running",
    "done": "done",
    "stopped": "cancelled",
    "failed": "failed",
}
_IDLE = JobStatus("idle", "", 0, 0, "", 0.0, None, None)


class JobsFacet:
    """Index first, then evaluate at the default depth; watched by any number of pages.

    `start_plan` states first what that will take and waits for `start_preparation`, unless nothing
    is left to compute. Both are long jobs of the board, of the kinds `plan` and `prepare`.
    """

    def __init__(self, session: Session, runs: RunsFacet, board: JobBoard) -> None:
        self._session = session
        self._runs = runs
        self._board = board
        self._lock = threading.Lock()
        self._plan: JobPlan | None = None

    def start_preparation(self, after_s: float = 0.0) -> None:
        """Start or resume, in `after_s` seconds; nothing while it runs or once it is done."""
        with self._lock:
            planning = self._board.view("plan")
            if planning is None or planning.state == "done":
                self._plan = None
                self._ask("prepare", self._prepare, after_s=after_s)
            else:
                self._ask("plan", self._make_plan)  # goes on after a stop or a failure

    def start_plan(self) -> None:
        """Measure what the preparation will take; it starts by itself if nothing is missing."""
        with self._lock:
            self._ask("plan", self._make_plan, again=True)

    def plan(self) -> JobPlan | None:
        """Return what the preparation will take while it waits to be started, or None."""
        return self._plan

    def status(self) -> JobStatus:
        """Return a snapshot of the plan's stages, then `load model`, `index` and `evaluate`."""
        found = self._current()
        if found is None:
            return _IDLE
        return JobStatus(
            state=_STATES[found.state],
            stage=found.progress.stage,
            done=found.progress.done,
            total=found.progress.total,
            unit=found.progress.unit,
            seconds=found.seconds,
            seconds_left=found.seconds_left,
            error=found.error,
        )

    def watch(self) -> Iterator[JobStatus]:
        """Yield on change, at most five times a second; ends after the job has ended."""
        last: tuple[object, ...] | None = None
        while True:
            revision = self._board.revision()
            status = self.status()
            mark = (status.state, status.stage, status.done, status.error)
            if mark != last:
                last = mark
                yield status
            if status.state != "running":
                return
            self._board.wait(revision, 1.0)
            time.sleep(_LOOK_SECONDS)

    def cancel(self, *, wait: bool = False) -> None:
        """Stop within one batch; what was done is kept and `start_preparation` resumes."""
        for key in ("plan", "prepare"):
            self._board.stop(key, wait=wait)

    def _ask(
        self, kind: JobKind, work: Work[object], *, again: bool = False, after_s: float = 0.0
    ) -> None:
        name = self._session.corpus.name
        self._board.ask(kind, kind, name, work, again=again, after_s=after_s)

    def _current(self) -> JobView | None:
        planning = self._board.view("plan")
        is_over = planning is None or planning.state == "done"
        return self._board.view("prepare") if is_over else planning

    def _make_plan(self) -> Iterator[Progress]:
        plan = yield from make_plan(self._session, self._runs)
        if plan.n_to_encode or plan.n_to_score:
            self._plan = plan
        else:
            self._ask("prepare", self._prepare)

    def _prepare(self) -> Iterator[Progress]:
        yield from self._runs.build_index()
        if self._session.measurable:
            yield from self._runs.evaluate(self._session.pipeline.depth)
