"""The scorers that a workspace holds scores of, and what two of them do to a query's positives."""

from dataclasses import dataclass

from core.types.scores import ScoreKind

DESCRIPTOR_ID = "descriptor"
DESCRIPTOR = ScoreKind(
    "cosine", "cosine", "cosine of the two descriptors: the order before re-ranking"
)


@dataclass(frozen=True, slots=True)
class ScorerEntry:
    """A scorer that the workspace holds scores of.

    `scorer_id` is `descriptor` or the first 16 hex digits of the scorer's fingerprint, so that it
    names the same scores in every copy of the workspace. `detail` is a sentence about where the
    scores come from; `is_own` marks the scorer that the bench was opened with.
    """

    scorer_id: str
    name: str
    detail: str
    kind: ScoreKind
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class MovedPositive:
    """How many negatives stand above one positive of a query, by scorer a and by scorer b."""

    query_id: str
    image_id: str
    before_a: int
    before_b: int

    @property
    def change(self) -> int:
        """Negatives that b puts above it more than a does; below zero is better."""
        return self.before_b - self.before_a


@dataclass(frozen=True, slots=True)
class MovedPositives:
    """The positives whose negatives before them differ most between two scorers, largest first.

    Counted are the `n_pairs` pairs (query, positive) of the `n_queries` queries evaluated so far,
    of `n_total`, that stand in the shortlist and that both scorers have scored; `n_unscored` more
    stand in it, but one of the two has no score for them. `n_partial` of the queries have other
    candidates without a score, which keep their places.
    """

    a: ScorerEntry
    b: ScorerEntry
    pairs: tuple[MovedPositive, ...]
    n_pairs: int
    n_unscored: int
    n_partial: int
    n_queries: int
    n_total: int
