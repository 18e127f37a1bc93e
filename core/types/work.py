"""What long work of a screen has found so far."""

from dataclasses import dataclass
from typing import Literal

from core.types.pairs import Anatomy, Flips, Lineage, PairAttribution, Trial
from core.types.robustness import ResponseCurve
from core.types.sets import RobustnessReport, SetRequest

SetKind = Literal["set", "report"]
"""Kinds of jobs on a set of queries."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Work on a set of queries that was asked for: `done` of `total` queries are measured.

    `bench` is a hash of the settings that it was asked under, `place` the address of its result.
    """

    kind: SetKind
    request: SetRequest
    bench: str
    place: str = ""
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class SweptCurves:
    """The curves so far, one per sweep, and those of further scorers on the first sweep."""

    own: tuple[ResponseCurve, ...] = ()
    others: tuple[ResponseCurve, ...] = ()

    @property
    def n_points(self) -> int:
        """How many levels are measured."""
        return sum(len(curve.points) for curve in (*self.own, *self.others))


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A robustness report so far; `files` are its names in the workspace once it is complete."""

    report: RobustnessReport
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PairLook:
    """What is seen in one pair so far; None = still to come.

    `attribution_s` is how long the attribution takes at most; without being asked for, it is made
    only where that is short.
    """

    anatomy: Anatomy
    lineage: Lineage | None = None
    attribution_s: float = 0.0
    attribution: PairAttribution | None = None


@dataclass(frozen=True, slots=True)
class PairWords:
    """The model's text about a pair so far; None = it cannot write."""

    text: str | None = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What is known of wordings on one pair: the bench's own answer, others, and flip rates."""

    own: Trial | None = None
    trials: tuple[Trial, ...] = ()
    flips: tuple[Flips, ...] = ()
