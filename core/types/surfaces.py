"""Two perturbations of one pair at once: what is asked, and the grid of answers."""

from dataclasses import dataclass

from core.types.robustness import (
    USUAL_DAMAGE,
    Damage,
    ObjectBox,
    PerturbationName,
    PerturbationSpec,
)
from core.types.scores import MARGIN, ScoreKind


@dataclass(frozen=True, slots=True)
class SurfaceRequest:
    """One pair under every combination of two perturbations' levels.

    The perturbations are applied in the table's order, whichever is named first. Levels None take
    five of the perturbation's own. `candidate_id` is ignored for the pair `self`.
    """

    query_id: str
    candidate_id: str | None
    first: PerturbationName
    second: PerturbationName
    damage: Damage = USUAL_DAMAGE
    first_levels: tuple[float, ...] | None = None
    second_levels: tuple[float, ...] | None = None


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

    `damage` is what was asked; `box` is the one that was used, and `n_ranked` is how many images
    there were to count a rank over. The lines are the mean scores of the query's hard negatives,
    undamaged; a combination breaks where its score lies below.
    """

    query_id: str
    candidate_id: str
    first: PerturbationSpec
    second: PerturbationSpec
    damage: Damage
    box: ObjectBox
    points: tuple[SurfacePoint, ...]
    hard_negative_margin: float | None
    hard_negative_cosine: float | None
    n_ranked: int
    kind: ScoreKind = MARGIN

    @property
    def n_points(self) -> int:
        """How many combinations there are."""
        return len(self.first.levels) * len(self.second.levels)
