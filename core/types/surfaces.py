"""Two perturbations of one pair at once: what is asked, and the grid of answers."""

from dataclasses import dataclass

from core.types.corpus import Box
from core.types.robustness import ObjectBox, PairKind, PerturbationName, PerturbationSpec, Side
from core.types.scores import MARGIN, ScoreKind


@dataclass(frozen=True, slots=True)
class SurfaceRequest:
    """One pair under every combination of two perturbations' levels.

    The perturbations are applied in the table's order, whichever is named first. Levels None take
    five of the perturbation's own. The other fields are those of `SweepRequest`.
    """

    query_id: str
    candidate_id: str | None
    first: PerturbationName
    second: PerturbationName
    side: Side = "query"
    pair: PairKind = "self"
    box: Box | None = None
    seed: int = 0
    first_levels: tuple[float, ...] | None = None
    second_levels: tuple[float, ...] | None = None
    n_ranked: int = 20
    full_depth: bool = False
    retrieve_again: bool = False


@dataclass(frozen=True, slots=True)
class SurfacePoint:
    """One combination: strengths of both, the scores, the rank of the pair (1-based)."""

    first: float
    second: float
    margin: float
    probability: float | None
    cosine: float
    rank: int


@dataclass(frozen=True, slots=True)
class ResponseSurface:
    """The answers so far, row by row of the first perturbation's levels.

    The lines are the mean scores of the query's hard negatives, undamaged; a combination breaks
    where its score lies below. `n_ranked` is how many images a rank is counted over.
    """

    query_id: str
    candidate_id: str
    first: PerturbationSpec
    second: PerturbationSpec
    side: Side
    pair: PairKind
    box: ObjectBox
    seed: int
    points: tuple[SurfacePoint, ...]
    hard_negative_margin: float | None
    hard_negative_cosine: float | None
    n_ranked: int
    kind: ScoreKind = MARGIN

    @property
    def n_points(self) -> int:
        """How many combinations there are."""
        return len(self.first.levels) * len(self.second.levels)
