"""Long work in the background: submit, progress, cancel, last error."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

from core.errors import SecondLookError
from core.types.runs import JobState, JobStatus, Progress

_LOG = logging.getLogger(__name__)
_IDLE = Progress("", 0, 0, "")
_LOOK_SECONDS = 0.2


class Job:
    """One piece of resumable work at a time, run in a thread from a generator of `Progress`.

    The generator is closed when cancelled, so its own `finally` keeps what was done.
    """

    def __init__(self, work: Callable[[], Iterator[Progress]]) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._cancel = threading.Event()
        self._thread: threading.Thread | None = None
        self._state: JobState = "idle"
        self._progress = _IDLE
        self._error: str | None = None
        self._started = self._ended = 0.0
        self._stage_started = 0.0
        self._stage_base = 0

    def start(self, after_s: float = 0.0) -> None:
        """Start the work, or do nothing while it runs or once it is done.

        Args:
            after_s: Seconds until its first step; it counts as running, and can be cancelled.
        """
        with self._changed:
            if self._state in ("running", "done"):
                return
            self._cancel.clear()
            self._state, self._error, self._progress = "running", None, _IDLE
            self._started = time.monotonic()
            self._thread = threading.Thread(
                target=self._run, args=(after_s,), name="second-look-job", daemon=True
            )
            self._thread.start()
            self._changed.notify_all()

    def cancel(self, *, wait: bool = False) -> None:
        """Stop within one step; `wait` returns only once the thread has ended."""
        self._cancel.set()
        if wait and self._thread is not None:
            self._thread.join()

    def status(self) -> JobStatus:
        """Return a snapshot; seconds left are told from the pace of the current stage."""
        with self._changed:
            now = time.monotonic() if self._state == "running" else self._ended
            p = self._progress
            return JobStatus(
                state=self._state,
                stage=p.stage,
                done=p.done,
                total=p.total,
                unit=p.unit,
                seconds=max(0.0, now - self._started),
                seconds_left=self._left(now),
                error=self._error,
            )

    def watch(self) -> Iterator[JobStatus]:
        """Yield a snapshot on every change, at most five a second, the last one after the end."""
        last: JobStatus | None = None
        while True:
            status = self.status()
            if last is None or _mark(status) != _mark(last):
                last = status
                yield status
            if status.state != "running":
                return
            with self._changed:
                self._changed.wait(1.0)
            time.sleep(_LOOK_SECONDS)

    def _left(self, now: float) -> float | None:
        done = self._progress.done - self._stage_base
        if self._state != "running" or done <= 0:
            return None
        pace = (now - self._stage_started) / done
        return pace * (self._progress.total - self._progress.done)

    def _run(self, after_s: float) -> None:
        if self._cancel.wait(after_s):
            self._end("cancelled")
            return
        steps = self._work()
        state: JobState = "done"
        try:
            for progress in steps:
                self._advance(progress)
                if self._cancel.is_set():
                    state = "cancelled"
                    break
        except SecondLookError as error:
            state, self._error = "failed", str(error)
            _LOG.warning("%s", error)
        except Exception:  # noqa: BLE001 - the thread's last line: a bug is logged and shown as one
            state, self._error = "failed", "An internal error stopped the work; see the log."
            _LOG.exception("background work failed")
        finally:
            close = getattr(steps, "close", None)
            if close is not None:
                close()
            self._end(state)

    def _end(self, state: JobState) -> None:
        with self._changed:
            self._state, self._ended = state, time.monotonic()
            self._changed.notify_all()

    def _advance(self, progress: Progress) -> None:
        with self._changed:
            if progress.stage != self._progress.stage:
                self._stage_started = time.monotonic()
                self._stage_base = progress.done
            self._progress = progress
            self._changed.notify_all()


def _mark(status: JobStatus) -> tuple[object, ...]:
    """Return what of a snapshot is worth another one."""
    return (status.state, status.stage, status.done, status.error)
