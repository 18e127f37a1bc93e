"""Tasks of a page's main thread in CPU time, which other work on the machine does not lengthen."""

import json
from dataclasses import dataclass
from typing import Any

_CATEGORIES = [
    "disabled-by-default-devtools.timeline",
    "blink.user_timing",
    "__metadata",
]
LONG_MS = 50
"""A task blocks by what it takes above this."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """CPU milliseconds of the tasks before and after a mark."""

    before_ms: tuple[float, ...]
    after_ms: tuple[float, ...]

    @property
    def blocked_s(self) -> float:
        """Seconds above 50 ms of all tasks, summed."""
        every = (*self.before_ms, *self.after_ms)
        return sum(max(0.0, ms - LONG_MS) for ms in every) / 1000

    @property
    def longest_after_ms(self) -> float:
        """The longest task after the mark."""
        return max(self.after_ms, default=0.0)


def start(browser: Any, page: Any) -> None:
    """Trace tasks from now on."""
    browser.start_tracing(page=page, categories=_CATEGORIES)


def stop(browser: Any, mark: str) -> Tasks:
    """Return the tasks of the page that set `mark` with `performance.mark`."""
    events = json.loads(browser.stop_tracing())["traceEvents"]
    marked = next(one for one in events if one["name"] == mark)
    place = (marked["pid"], marked["tid"])
    tasks = [
        (one["ts"], one.get("tdur", 0) / 1000)
        for one in events
        if one["name"] == "RunTask" and one["ph"] == "X" and (one["pid"], one["tid"]) == place
    ]
    assert tasks, "the trace holds no task of the page"
    return Tasks(
        tuple(ms for at, ms in tasks if at < marked["ts"]),
        tuple(ms for at, ms in tasks if at >= marked["ts"]),
    )
