"""Whether the first result can be trusted: a number per query held against what was right."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from core.types.evidence import Estimate

FirstOf = Literal["before", "after"]
FIRST_OF: tuple[FirstOf, ...] = get_args(FirstOf)
"""Whose first result: the shortlist's, or the one after re-ranking."""
COMBINED = "combined"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What holds where answers with a signal of at least `threshold` are trusted.

    `precision` is the share of them that is right, `recall` the share of the right ones among
    them, `coverage` their share of all queries.
    """

    threshold: float
    precision: float
    recall: float
    coverage: float


@dataclass(frozen=True, slots=True)
class ConfidenceSignal:
    """One signal over the queries that have it; `n_missing` have not.

    `chance` is the share that is right, which a signal that says nothing reaches. `auprc` is the
    area under precision against recall by trapezoids, `average_precision` the same by steps,
    `aurc` the mean risk over coverage, lower is better. All three are None where no query or every
    query is right. `values` are by query id, `curve` by falling threshold.
    """

    name: str
    unit: str
    n_missing: int
    chance: float
    auprc: Estimate | None
    average_precision: float | None
    aurc: float | None
    values: Mapping[str, float]
    curve: tuple[CurvePoint, ...]

    @property
    def n(self) -> int:
        """How many queries have it."""
        return len(self.values)


@dataclass(frozen=True, slots=True)
class Trusted:
    """The lowest threshold at which a wished precision is reached, and what it lets through.

    `threshold` has the 95 % interval over resampled instances, of the draws that reach the
    precision at all: `reached` is their share.
    """

    wished: float
    threshold: Estimate
    point: CurvePoint
    reached: float


@dataclass(frozen=True, slots=True)
class ConfidenceReport:
    """The signals of one order's first results, best first by area.

    `right` says by query id whether the first image is a positive, `first` which image that is. A
    query without a positive is never right. `combined` joins the signals that every query has, by
    logistic regression cross-fitted over instances of these queries; None where `note` says why.
    """

    first_of: FirstOf
    right: Mapping[str, bool]
    first: Mapping[str, str]
    signals: tuple[ConfidenceSignal, ...]
    combined: ConfidenceSignal | None
    note: str
    clusters: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def n_right(self) -> int:
        """How many first results are right."""
        return sum(self.right.values())

    @property
    def shown(self) -> tuple[ConfidenceSignal, ...]:
        """All signals, the combined one last."""
        return (*self.signals, *(() if self.combined is None else (self.combined,)))
