"""The jobs facet: the one long job of a workspace, prepared in the background."""

import threading
from collections.abc import Iterator

from core.bench.evaluation import RunsFacet
from core.bench.jobs import Job
from core.bench.session import Session
from core.bench.setup.cost import make_plan
from core.types.runs import JobStatus, Progress
from core.types.setting import JobPlan


class JobsFacet:
    """Index first, then evaluate at the default depth; watched by any number of pages.

    `start_plan` states first what that will take and waits for `start_preparation`, unless nothing
    is left to compute.
    """

    def __init__(self, session: Session, runs: RunsFacet) -> None:
        self._session = session
        self._runs = runs
        self._lock = threading.Lock()
        self._plan: JobPlan | None = None
        self._planning: Job | None = None
        self._job = Job(self._prepare)

    def start_preparation(self, after_s: float = 0.0) -> None:
        """Start or resume, in `after_s` seconds; nothing while it runs or once it is done."""
        with self._lock:
            planning = self._planning
            if planning is None or planning.status().state == "done":
                self._plan = None
                self._job.start(after_s)
            else:
                planning.start()  # goes on after a stop or a failure

    def start_plan(self) -> None:
        """Measure what the preparation will take; it starts by itself if nothing is missing."""
        with self._lock:
            self._planning = Job(self._make_plan)
            self._planning.start()

    def plan(self) -> JobPlan | None:
        """Return what the preparation will take while it waits to be started, or None."""
        return self._plan

    def status(self) -> JobStatus:
        """Return a snapshot of the plan's stages, then `load model`, `index` and `evaluate`."""
        return self._current().status()

    def watch(self) -> Iterator[JobStatus]:
        """Yield on change, at most five times a second; ends after the job has ended."""
        if self._planning is not None and self._current() is self._planning:
            yield from self._planning.watch()
        yield from self._current().watch()

    def cancel(self, *, wait: bool = False) -> None:
        """Stop within one batch; what was done is kept and `start_preparation` resumes."""
        if self._planning is not None:
            self._planning.cancel(wait=wait)
        self._job.cancel(wait=wait)

    def _current(self) -> Job:
        planning = self._planning
        is_over = planning is None or planning.status().state == "done"
        return self._job if planning is None or is_over else planning

    def _make_plan(self) -> Iterator[Progress]:
        plan = yield from make_plan(self._session, self._runs)
        if plan.n_to_encode or plan.n_to_score:
            self._plan = plan
        else:
            self._job.start()

    def _prepare(self) -> Iterator[Progress]:
        yield from self._runs.build_index()
        if self._session.measurable:
            yield from self._runs.evaluate(self._session.pipeline.depth)
