"""Long work of the bench: its kinds, and how one job stands."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from core.types.runs import Progress

T = TypeVar("T")
Lane = Literal["now", "long"]
"""`now` = somebody waits for it on a screen; `long` = it goes on while people do something else."""
BoardState = Literal["queued", "running", "done", "stopped", "failed"]
Step = Progress | tuple[Progress, T]
"""How far a job is, and its value so far where there is a new one."""
Work = Callable[[], Iterator[Step[T]]]
"""Begins a job, or goes on with what is stored of it; closing the iterator keeps what is done."""
JobKind = Literal[
    "score",
    "sweep",
    "surface",
    "look",
    "attribution",
    "words",
    "text_words",
    "wordings",
    "flips",
    "compressions",
    "parts",
    "set",
    "report",
    "tradeoff",
    "measure",
    "confidence",
    "plan",
    "prepare",
    "cost",
    "evaluate",
    "fit",
    "open",
]


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A kind of job: its lane, what it is called on a screen, and what its progress counts."""

    lane: Lane
    words: str
    unit: str


KINDS: Mapping[JobKind, JobSpec] = {
    "score": JobSpec("now", "Scoring a query", "pairs"),
    "sweep": JobSpec("now", "Measuring a perturbation", "levels"),
    "surface": JobSpec("now", "Measuring two perturbations", "combinations"),
    "look": JobSpec("now", "Scoring a pair in both orders", "answers"),
    "attribution": JobSpec("now", "Leaving out one region at a time", "pairs"),
    "words": JobSpec("now", "Describing a pair", "texts"),
    "text_words": JobSpec("now", "Leaving out one word at a time", "answers"),
    "wordings": JobSpec("now", "Trying wordings", "wordings"),
    "flips": JobSpec("now", "Scoring a shortlist in another wording", "pairs"),
    "compressions": JobSpec("now", "Trying compressions", "compressions"),
    "parts": JobSpec("long", "Asking by image and by text alone", "queries"),
    "set": JobSpec("long", "Measuring a set of queries", "queries"),
    "report": JobSpec("long", "Making the robustness report", "queries"),
    "tradeoff": JobSpec("long", "Measuring trade-offs", "queries"),
    "measure": JobSpec("long", "Measuring coverage and clutter", "images"),
    "confidence": JobSpec("long", "Asking about first results", "queries"),
    "plan": JobSpec("long", "Measuring what a setting costs", "pairs"),
    "prepare": JobSpec("long", "Preparing the bench", "queries"),
    "cost": JobSpec("now", "Measuring what a pipeline costs", "pairs"),
    "evaluate": JobSpec("long", "Evaluating a pipeline", "queries"),
    "fit": JobSpec("long", "Fitting evidence", "queries"),
    "open": JobSpec("now", "Reading a corpus to open it", "images"),
}
"""Every kind of job, and in which lane it runs."""


@dataclass(frozen=True, slots=True)
class JobView:
    """How one job stands.

    Args:
        key: Names what is computed: the same work has the same key, whoever asks for it.
        kind: One of `KINDS`.
        title: What it is about, in a few words.
        place: Address of the page that shows its result; empty = none.
        state: `stopped` and `failed` jobs go on when they are asked for again.
        progress: Never above its total; a total of 0 before the first step.
        seconds: Since it began, or from then to its end.
        seconds_left: From the pace of the current stage; None until it can be told.
        error: Why it failed, one sentence.
        n_owners: How many asked for it and did not leave it.
        is_left: Stopped because whoever asked for it turned to something else; a screen that shows
            it again asks again.
    """

    key: str
    kind: JobKind
    title: str
    place: str
    state: BoardState
    progress: Progress
    seconds: float
    seconds_left: float | None
    error: str | None
    n_owners: int
    is_left: bool = False

    @property
    def is_active(self) -> bool:
        """Whether there is more to come without anybody asking."""
        return self.state in ("queued", "running")
