"""The job board: long work that pages ask for, run in threads that outlive the pages."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from core.bench.board_job import BoardJob, Record
from core.errors import SecondLookError, WorkspaceError
from core.types.jobs import BoardState, JobKind, JobView, Lane, Step, Work
from core.types.runs import Progress

_LOG = logging.getLogger(__name__)
AT_ONCE = 2
"""Jobs of the lane `now` that run at once: while one reads images, another asks the model."""
MOST_KEPT = 32
"""Jobs of a lane that have ended and are kept with their values."""
_BUG = "An internal error stopped the work; see the log."


class JobBoard:
    """What the bench computes, waits to compute and has computed; safe for several threads.

    A job belongs to everybody who asked for it and did not leave it. The lane `now` runs a few jobs
    at once, the newest first and one per owner; the lane `long` runs one, the oldest first.

    Args:
        at_once: Jobs of the lane `now` that run at once.
        kept: Ended jobs of each lane that are kept with their values.
        now: Seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        *,
        at_once: int = AT_ONCE,
        kept: int = MOST_KEPT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._kept = kept
        self._now = now
        self._changed = threading.Condition()
        self._jobs: OrderedDict[str, BoardJob] = OrderedDict()  # used longest ago first
        self._revision = 0
        self._n_asked = 0
        self._is_closed = False

    def ask(
        self,
        kind: JobKind,
        key: str,
        title: str,
        work: Work[object],
        *,
        owner: str = "",
        place: str = "",
        again: bool = False,
        after_s: float = 0.0,
        record: Record | None = None,
    ) -> str:
        """Start a job, or go on with it if it was stopped or failed; return its key.

        Nothing is started while it runs or once it is done. In the lane `now`, the owner leaves
        their other jobs of this kind.

        Args:
            kind: One of `KINDS`.
            key: Names what is computed.
            title: What it is about, in a few words.
            work: Begins it, or goes on from what is stored.
            owner: A browser tab or visitor; empty = the bench itself.
            place: Address of the page that shows its result.
            again: Run it once more if it is done.
            after_s: Seconds until its first step; it counts as running, and can be stopped.
            record: Where it is kept until it is done or dismissed.

        Raises:
            WorkspaceError: The bench was closed, or the disk is full or read-only.
        """
        with self._changed:
            if self._is_closed:
                raise WorkspaceError("This bench is closed; open it again.")
            job = self._jobs.get(key) or BoardJob(key, kind)
            if record is not None and job.starts(again=again):
                record.begin(place)
            self._n_asked += 1
            self._jobs[key] = job
            job.title, job.place, job.work = title, place or job.place, work
            job.number, job.after_s, job.record = self._n_asked, after_s, record
            job.take_up(again=again)
            self._jobs.move_to_end(key)
            job.owners.add(owner)
            if job.spec.lane == "now" and owner:
                self._supersede(job, owner)
            self._fill()
        return key

    def stop(self, key: str, owner: str = "", *, wait: bool = False) -> bool:
        """Leave a job, which stops within one step once nobody else asked for it.

        A long job is stopped for everybody by whoever did not ask for it: those who did may be
        gone, for a tab that is closed tells nobody.

        Args:
            key: Of the job; one that is not under way is left as it is.
            owner: Who leaves it; empty = stop it for everybody.
            wait: Return only once its thread has ended.

        Returns:
            Whether it stops.
        """
        with self._changed:
            job = self._jobs.get(key)
            if job is None or not job.is_active:
                return False
            is_theirs = owner in job.owners or job.spec.lane == "now"
            job.owners -= {owner, ""} if owner and is_theirs else set(job.owners)
            thread = job.thread
            if not job.owners:
                self._halt(job)
            self._fill()
            stops = not job.owners
        if stops and wait and thread is not None:
            thread.join()
        return stops

    def go_on(self, key: str, owner: str = "") -> bool:
        """Go on with a job that was stopped or failed, as it was asked for; return whether it does.

        Raises:
            WorkspaceError: The bench was closed.
        """
        with self._changed:
            job = self._jobs.get(key)
        if job is None or job.state not in ("stopped", "failed"):
            return False
        about = (job.kind, key, job.title, job.work)
        self.ask(*about, owner=owner, place=job.place, record=job.record)
        return True

    def restore(
        self,
        kind: JobKind,
        key: str,
        title: str,
        work: Work[object],
        *,
        place: str,
        progress: Progress,
        record: Record,
    ) -> None:
        """List a job that an earlier server did not finish as stopped, as far as it came."""
        with self._changed:
            job = self._jobs.setdefault(key, BoardJob(key, kind))
            job.title, job.place, job.work = title, place, work
            job.progress, job.record = progress, record
            self._tell()

    def dismiss(self, key: str) -> None:
        """Take a job that has ended off the list; the value of one that is done stays.

        One that was stopped or failed is forgotten, also by the next server.
        """
        with self._changed:
            job = self._jobs.get(key)
            if job is None or job.is_active:
                return
            job.hidden = True
            if job.state != "done":
                del self._jobs[key]
            if job.record is not None:
                job.record.remove()
            self._tell()

    def views(self, owner: str | None = None) -> tuple[JobView, ...]:
        """Return the jobs, those asked for last first.

        Args:
            owner: Of the lane `now`, only what this owner asked for; None = every job.
        """
        with self._changed:
            now = self._now()
            listed = [
                job
                for job in self._jobs.values()
                if not job.hidden
                and (owner is None or job.spec.lane == "long" or owner in job.owners)
            ]
            listed.sort(key=lambda job: -job.number)
            return tuple(job.view(now) for job in listed)

    def view(self, key: str) -> JobView | None:
        """Return how one job stands, listed or not; None where the board does not hold it."""
        with self._changed:
            job = self._jobs.get(key)
            return None if job is None else job.view(self._now())

    def result(self, key: str) -> object | None:
        """Return the last value of a job, also while it runs; None before it and once dropped."""
        with self._changed:
            job = self._jobs.get(key)
            if job is None:
                return None
            self._jobs.move_to_end(key)
            return job.value

    def revision(self) -> int:
        """Return a number that grows with every change of the board."""
        with self._changed:
            return self._revision

    def wait(self, revision: int, timeout: float) -> int:
        """Return the revision once it is above `revision`, after `timeout` seconds, or at close."""
        with self._changed:
            self._changed.wait_for(lambda: self._revision > revision or self._is_closed, timeout)
            return self._revision

    def close(self, *, wait: bool = True) -> None:
        """Stop every job within one step and take no more; `wait` for their threads to end."""
        with self._changed:
            self._is_closed = True
            threads = [job.thread for job in self._jobs.values() if job.thread is not None]
            for job in self._jobs.values():
                if job.is_active:
                    self._halt(job)
            self._tell()
        for thread in threads:
            if wait and thread is not threading.current_thread():
                thread.join()

    def _supersede(self, job: BoardJob, owner: str) -> None:
        for other in self._jobs.values():
            if other is job or other.kind != job.kind or not other.is_active:
                continue
            other.owners.discard(owner)
            if not other.owners:
                other.hidden = True
                self._halt(other)

    def _halt(self, job: BoardJob) -> None:
        job.again = False
        job.stop.set()
        if job.state == "queued":
            job.end("stopped", None, self._now())

    def _fill(self) -> None:
        """Start what may run now, forget what ended longest ago, and tell of the change."""
        lanes: tuple[Lane, ...] = ("now", "long")
        for lane in lanes:
            while not self._is_closed and (job := self._next(lane)) is not None:
                job.begin(self._now())
                job.thread = threading.Thread(
                    target=self._run, args=(job,), name=f"second-look-{job.kind}", daemon=True
                )
                job.thread.start()
            ended = [
                key
                for key, job in self._jobs.items()
                if job.spec.lane == lane and not job.is_active
            ]
            for key in ended[: max(0, len(ended) - self._kept)]:
                del self._jobs[key]
        self._tell()

    def _next(self, lane: Lane) -> BoardJob | None:
        of_lane = [job for job in self._jobs.values() if job.spec.lane == lane]
        running = [job for job in of_lane if job.state == "running"]
        queued = [job for job in of_lane if job.state == "queued"]
        if lane == "long":
            return None if running else min(queued, key=lambda job: job.number, default=None)
        if len(running) >= self._at_once:
            return None
        busy = {owner for job in running for owner in job.owners if owner}
        free = [job for job in queued if job.owners - busy]
        return max(free, key=lambda job: job.number, default=None)

    def _tell(self) -> None:
        self._revision += 1
        self._changed.notify_all()

    def _run(self, job: BoardJob) -> None:
        state, error = self._follow(job)
        with self._changed:
            job.end(state, error, self._now())
            if job.again:
                job.queue()
            self._fill()

    def _follow(self, job: BoardJob) -> tuple[BoardState, str | None]:
        """Work until the end, a stop or an error, and return how it ended."""
        if job.stop.wait(job.after_s) and not self._goes_on(job):
            return "stopped", None
        try:
            steps = job.work()
            try:
                for step in steps:
                    if not self._goes_on(job, step):
                        return "stopped", None
            finally:
                _close(steps)
        except SecondLookError as error:
            _LOG.warning("%s", error)
            return "failed", str(error)
        except Exception:  # noqa: BLE001 - the thread's last line: a bug is logged and shown as one
            _LOG.exception("background work failed")
            return "failed", _BUG
        return "done", None

    def _goes_on(self, job: BoardJob, step: Step[object] | None = None) -> bool:
        """Note a step, and return whether there is to be another one."""
        with self._changed:
            if step is not None:
                job.advance(step, self._now())
            job.is_ending = job.stop.is_set()
            self._tell()
            return not job.is_ending


def _close(steps: Iterator[Step[object]]) -> None:
    close = getattr(steps, "close", None)
    if close is not None:
        close()
