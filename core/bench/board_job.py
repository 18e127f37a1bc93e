"""One job of the job board: who asked for it, how far it is, how fast it goes."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from core.types.jobs import KINDS, BoardState, JobKind, JobSpec, JobView, Step, Work
from core.types.runs import Progress

_NONE = Progress("", 0, 0, "")


def _nothing() -> Iterator[Step[object]]:
    return iter(())


class Record(Protocol):
    """Where a job is kept from when it is asked for, so that it survives a restart."""

    def begin(self, place: str) -> None:
        """Keep it, if it is not kept already.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        ...

    def remove(self) -> None:
        """Keep it no longer."""
        ...


@dataclass(slots=True, eq=False)
class BoardJob:
    """One job; everything but the event `stop` is read and written under the board's lock.

    `number` grows with every ask. `is_ending` is set once the thread has seen that it is to stop;
    `again` that the work was asked for after that. A `hidden` job is not listed.
    """

    key: str
    kind: JobKind
    title: str = ""
    place: str = ""
    work: Work[object] = _nothing
    number: int = 0
    after_s: float = 0.0
    record: Record | None = None
    owners: set[str] = field(default_factory=set[str])
    state: BoardState = "stopped"
    progress: Progress = _NONE
    value: object | None = None
    error: str | None = None
    hidden: bool = False
    is_ending: bool = False
    again: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    thread: threading.Thread | None = None
    started: float = 0.0
    ended: float = 0.0
    stage_started: float = 0.0
    stage_base: int = 0

    @property
    def spec(self) -> JobSpec:
        """What is said of its kind."""
        return KINDS[self.kind]

    @property
    def is_active(self) -> bool:
        """Whether it runs or waits for its turn."""
        return self.state in ("queued", "running")

    def starts(self, *, again: bool) -> bool:
        """Return whether asking for it once more starts it; `again` also once it is done."""
        return not self.is_active and (again or self.state != "done")

    def take_up(self, *, again: bool) -> None:
        """Go on with it as it is asked for once more; `again` also once it is done."""
        if not self.is_active:
            self.owners.clear()  # nobody waits for what has ended
            if self.starts(again=again):
                self.queue()
        elif self.is_ending:
            self.again, self.hidden = True, False
        else:
            self.stop.clear()  # the thread has not seen it
            self.hidden = False

    def queue(self) -> None:
        """Let it wait for its turn."""
        self.state, self.error, self.hidden = "queued", None, False
        self.is_ending = self.again = False
        self.stop.clear()

    def begin(self, now: float) -> None:
        """Start its clock."""
        self.state, self.started, self.ended = "running", now, now
        self.progress = Progress("", 0, 0, self.spec.unit)

    def advance(self, step: Step[object], now: float) -> None:
        """Note a step."""
        progress, value = step if isinstance(step, tuple) else (step, self.value)
        if progress.stage != self.progress.stage:
            self.stage_started, self.stage_base = now, progress.done
        done = min(progress.done, progress.total)
        self.progress = Progress(progress.stage, done, progress.total, progress.unit)
        self.value = value

    def end(self, state: BoardState, error: str | None, now: float) -> None:
        """Note how it ended."""
        self.state, self.error, self.ended, self.thread = state, error, now, None

    def view(self, now: float) -> JobView:
        """Return how it stands."""
        now = now if self.state == "running" else self.ended
        return JobView(
            key=self.key,
            kind=self.kind,
            title=self.title,
            place=self.place,
            state=self.state,
            progress=self.progress,
            seconds=max(0.0, now - self.started),
            seconds_left=self._left(now),
            error=self.error,
            n_owners=len(self.owners),
            is_left=self.hidden and self.state == "stopped",
        )

    def _left(self, now: float) -> float | None:
        done = self.progress.done - self.stage_base
        if self.state != "running" or done <= 0:
            return None
        return (now - self.stage_started) / done * (self.progress.total - self.progress.done)
