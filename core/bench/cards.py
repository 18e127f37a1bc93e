"""The cards of a query's strips, made from its order and its labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.analysis.metrics import intruders
from core.types.corpus import ImageRecord, Relevance
from core.types.orders import Order
from core.types.rankings import Candidate
from core.types.scores import sigmoid


@dataclass(eq=False)
class Candidates:
    """Makes the cards of one query's candidates.

    Args:
        database: Database images by id.
        relevance: The query's ground truth, or None.
        order: The query's order before, after every stage, and after the fusion.
        failed: Why a pair has no score, by image_id.
    """

    database: Mapping[str, ImageRecord]
    relevance: Relevance | None
    order: Order
    failed: Mapping[str, str]

    def __post_init__(self) -> None:
        self._scores = self.order.last.scores
        before = self.order.before
        self._cosines = dict(zip(before.image_ids, before.cosines.tolist(), strict=True))
        self._before = {image_id: i for i, image_id in enumerate(before.image_ids, start=1)}
        self._after = {image_id: i for i, image_id in enumerate(self.order.after, start=1)}
        self._ties = Counter(self._scores.values())
        known = self.relevance
        self._intruders = set(intruders(self.order.after, known)) if known else set[str]()
        self._asked = set(self.order.last.asked)
        self._earlier = {i for stage in self.order.stages[:-1] for i in stage.asked}
        self._shares = self.order.last.shares

    @property
    def n_positives(self) -> int | None:
        """How many positives the query has, or None without ground truth."""
        return n_positives(self.relevance)

    def make(self, image_ids: Sequence[str]) -> tuple[Candidate, ...]:
        """Return the cards of some of the shortlist, in the order asked for."""
        return tuple(self._one(image_id) for image_id in image_ids)

    def _one(self, image_id: str) -> Candidate:
        score = self._scores.get(image_id)
        has_probability = score is not None and self.order.last.kind.has_probability
        earlier = [stage for stage in self.order.stages[:-1] if image_id in stage.scores]
        return Candidate(
            image_id=image_id,
            relation=self.relevance.relation(image_id) if self.relevance else "unlabelled",
            instance_id=self.database[image_id].instance_id,
            cosine=self._cosines[image_id],
            rank_before=self._before[image_id],
            rank_after=self._after[image_id],
            margin=score,
            probability=sigmoid(score) if score is not None and has_probability else None,
            tie_size=0 if score is None else self._ties[score],
            intruder=image_id in self._intruders,
            problem=self.failed.get(image_id) if score is None else None,
            middle=earlier[-1].scores[image_id] if earlier else None,
            middle_kind=earlier[-1].kind if earlier else None,
            is_thinned=bool(earlier) and image_id in self._earlier - self._asked,
            shares=self._shares.get(image_id),
        )


def n_positives(relevance: Relevance | None) -> int | None:
    """Return how many positives a query has, or None without ground truth."""
    return None if relevance is None else len(relevance.positives - relevance.junk)
