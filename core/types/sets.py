"""Sweeps over a set of queries: what was asked, the mean curves, where the pairs break."""

from dataclasses import dataclass
from typing import Literal

from core.types.robustness import (
    PERTURBATION_NAMES,
    BreakingReason,
    Damage,
    PerturbationName,
    PerturbationSpec,
    ResponseCurve,
)
from core.types.runs import Interval, Receipt

QueryChoice = Literal["spread", "hardest"]
"""Evenly over all queries in their order, or those with the lowest AP after re-ranking."""
SET_DAMAGE = Damage(side="candidate")
"""What a set asks for where nothing else is said: the candidate is the damaged image."""
Direction = Literal["any", "below neutral", "above neutral"]
"""Which way from neutral a pair breaks; brightness has two, every other perturbation one."""
PairEnd = BreakingReason | Literal["no line", "not scored"]
"""How a pair ends; `no line` = no negative of its query is known, `not scored` = the scorer holds
no score of the damaged image, as an import does not."""


@dataclass(frozen=True, slots=True)
class SetRequest:
    """Perturbations, all ten or some of them in the table's order, on a set of queries.

    `n_queries` None takes all. `slice_name` is `attribute=value` and narrows the set first.
    `damage` has no box, every image having its own. `scorers` are shown beside the bench's own.
    """

    n_queries: int | None = None
    choose: QueryChoice = "spread"
    slice_name: str | None = None
    damage: Damage = SET_DAMAGE
    names: tuple[PerturbationName, ...] = PERTURBATION_NAMES
    scorers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SetCost:
    """What a run over a set takes at most: pairs of one scorer, and how many scorers compute.

    `n_queries` x `n_levels` images are damaged and encoded. Seconds are None where no pair or
    image has been computed yet; those of a pair are the own scorer's.
    """

    n_queries: int
    n_levels: int
    n_pairs: int
    n_scorers: int
    seconds_per_pair: float | None
    seconds_per_image: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` pairs with its bootstrap interval over instances, None for one instance."""

    n: int
    mean: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class LevelMean:
    """One level of a mean curve.

    `above` is the share of pairs whose score is at least their own line; `moved_line` the mean of
    the hard negatives re-scored against the damaged query. None where no pair has one.
    """

    strength: float
    score: Estimate
    above: Estimate | None
    moved_line: Estimate | None


@dataclass(frozen=True, slots=True)
class BreakingStrengths:
    """Where the pairs of a set break under one perturbation, in its unit.

    `mean` is the restricted mean: over the pairs that start above their line, a pair that never
    breaks counted at the strongest level; it is taken on the plotted axis. `median` is over the
    same pairs, one that never breaks counted beyond the strongest level: None where that holds for
    the middle one (`median_never`), or where no pair starts above its line.
    """

    direction: Direction
    n: int
    n_crossed: int
    n_never: int
    n_below_at_neutral: int
    n_no_line: int
    n_not_scored: int
    mean: Estimate | None
    median: float | None
    median_never: bool


@dataclass(frozen=True, slots=True)
class PairBreaking:
    """Where one pair breaks; `value` is None unless the reason is `crossed`."""

    query_id: str
    candidate_id: str
    perturbation: PerturbationName
    scorer: str
    direction: Direction
    reason: PairEnd
    value: float | None


@dataclass(frozen=True, slots=True)
class ScorerResponse:
    """What one scorer answers to one perturbation; `line` is the mean of the pairs' own lines.

    `levels` leaves out those of which it holds no score at all.
    """

    scorer: str
    unit: str
    levels: tuple[LevelMean, ...]
    line: Estimate | None
    breaking: tuple[BreakingStrengths, ...]


@dataclass(frozen=True, slots=True)
class SetResponse:
    """One perturbation: one response per scorer, in a fixed order."""

    spec: PerturbationSpec
    responses: tuple[ScorerResponse, ...]


@dataclass(frozen=True, slots=True)
class RobustnessReport:
    """Sweeps over a set: the set, what was left out and why, means, and every curve they are of.

    `boxes` counts the damaged images by where their object box came from; `instances` names the
    cluster of every query for the bootstrap, a query without an instance being its own.
    """

    corpus: str
    request: SetRequest
    instances: dict[str, str]
    left_out: tuple[tuple[str, str], ...]
    boxes: dict[str, int]
    responses: tuple[SetResponse, ...]
    breaking: tuple[PairBreaking, ...]
    curves: tuple[ResponseCurve, ...]
    receipt: Receipt
