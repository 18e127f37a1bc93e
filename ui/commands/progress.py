"""Progress of long work on stderr, one line that a terminal rewrites and a log keeps short."""

import sys
import time
from collections.abc import Iterator

from core.types.runs import Progress

_LOG_SECONDS = 5.0
_SILENT_SECONDS = 1.0


def follow(steps: Iterator[Progress]) -> None:
    """Run the work to its end while telling how far it is and how long it will take.

    An interrupt closes the generator, which keeps what was done.
    """
    line = _Line()
    try:
        for progress in steps:
            line.show(progress)
    finally:
        close = getattr(steps, "close", None)
        if close is not None:
            close()
        line.end()


class Opening:
    """Tells how far a corpus is read while it is opened, once that takes more than a second."""

    def __init__(self) -> None:
        self._line = _Line()
        self._started = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        """Show a step."""
        if time.monotonic() - self._started > _SILENT_SECONDS:
            self._line.show(progress)
            if progress.total and progress.done == progress.total:
                self._line.end()


class _Line:
    def __init__(self) -> None:
        self._tty = sys.stderr.isatty()
        self._stage = ""
        self._started = self._shown = 0.0
        self._base = 0

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        new_stage = progress.stage != self._stage
        if new_stage:
            self._stage, self._started, self._base = progress.stage, now, progress.done
        last = progress.done == progress.total
        if not (self._tty or new_stage or last or now - self._shown > _LOG_SECONDS):
            return
        self._shown = now
        text = f"{progress.stage}: {progress.done}/{progress.total} {progress.unit}"
        text += self._left(progress, now)
        sys.stderr.write(f"\r\033[K{text}" if self._tty else f"{text}\n")
        sys.stderr.flush()

    def end(self) -> None:
        if self._tty:
            sys.stderr.write("\n")

    def _left(self, progress: Progress, now: float) -> str:
        done = progress.done - self._base
        if done <= 0 or progress.done == progress.total:
            return ""
        seconds = (now - self._started) / done * (progress.total - progress.done)
        return f", about {seconds:.0f} s left"
