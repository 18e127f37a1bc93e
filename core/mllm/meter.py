"""How far a download of a model is: files, bytes, and how long it has stood still."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from huggingface_hub.utils import tqdm  # pyright: ignore[reportPrivateImportUsage]

from core.types.runs import Progress

_MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Moved:
    """Bytes downloaded of all, and seconds since the last one came."""

    done: int
    total: int
    still_s: float


class Stopped(Exception):  # noqa: N818 - a wish, no error
    """A download was stopped by its user."""


class Meter:
    """Counts what a download moves, tells it, and can stop it.

    Args:
        watch: Is told megabytes done of all; called from the thread that waits.
    """

    def __init__(self, watch: Callable[[Progress], None] = lambda _: None) -> None:
        self._watch = watch
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._bars: list[Any] = []
        self._files, self._total = 0, 0
        self._done, self._since = 0, time.monotonic()

    def expect(self, files: int, n_bytes: int) -> None:
        """Say how much is coming."""
        self._files, self._total = files, n_bytes
        self._since = time.monotonic()

    def stop(self) -> None:
        """Let the download end at its next byte."""
        self._stop.set()

    def tell(self) -> Moved:
        """Tell the watcher, and return how far the download is."""
        with self._lock:
            done = min(self._total, max((int(bar.n) for bar in self._bars), default=0))
            now = time.monotonic()
            if done != self._done:
                self._done, self._since = done, now
            moved = Moved(done, self._total, now - self._since)
        if self._total >= _MB:
            stage = f"download model ({self._files} files)"
            self._watch(Progress(stage, done // _MB, self._total // _MB, "MB"))
        return moved

    def bar_class(self) -> type[Any]:
        """Return the class of progress bar that counts for this meter and draws nothing."""
        meter = self

        class Bar(tqdm):  # pyright: ignore[reportUntypedBaseClass]
            """Counts bytes for a meter."""

            def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
                super().__init__(*args, **{**options, "disable": True})
                self.n = options.get("initial") or 0
                self.counts_bytes = options.get("unit") == "B"
                if self.counts_bytes:
                    with meter._lock:
                        meter._bars.append(self)

            def update(self, n: float | None = 1) -> None:
                if meter._stop.is_set():
                    raise Stopped
                self.n += n or 0

        return Bar
