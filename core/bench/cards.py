"""The cards of a query's strips, made from its shortlist, its scores and its labels."""

from collections import Counter
from collections.abc import Mapping, Sequence

from core.analysis.metrics import intruders
from core.types.corpus import ImageRecord, Relevance
from core.types.rankings import Candidate, Selection
from core.types.scores import PairScore, Shortlist


class Candidates:
    """Makes the cards of one query in one order after re-ranking.

    Args:
        database: Database images by id.
        relevance: The query's ground truth, or None.
        shortlist: The order before.
        after: The order after.
        scores: The scored pairs by image_id.
        failed: Why a pair has no score, by image_id.
        chosen: What was to be scored.
    """

    def __init__(
        self,
        database: Mapping[str, ImageRecord],
        relevance: Relevance | None,
        shortlist: Shortlist,
        after: tuple[str, ...],
        scores: Mapping[str, PairScore],
        failed: Mapping[str, str],
        chosen: Selection,
    ) -> None:
        self._database = database
        self._relevance = relevance
        self._scores = scores
        self._failed = failed
        self._middle = chosen.middle
        self._thinned = chosen.middle.keys() - set(chosen.image_ids)
        self._cosines = dict(zip(shortlist.image_ids, shortlist.cosines.tolist(), strict=True))
        self._before = {image_id: i for i, image_id in enumerate(shortlist.image_ids, start=1)}
        self._after = {image_id: i for i, image_id in enumerate(after, start=1)}
        self._ties = Counter(score.margin for score in scores.values())
        self._intruders = set(intruders(after, relevance)) if relevance else set[str]()

    def make(self, image_ids: Sequence[str]) -> tuple[Candidate, ...]:
        """Return the cards of some of the shortlist, in the order asked for."""
        return tuple(self._one(image_id) for image_id in image_ids)

    def _one(self, image_id: str) -> Candidate:
        score = self._scores.get(image_id)
        return Candidate(
            image_id=image_id,
            relation=self._relevance.relation(image_id) if self._relevance else "unlabelled",
            instance_id=self._database[image_id].instance_id,
            cosine=self._cosines[image_id],
            rank_before=self._before[image_id],
            rank_after=self._after[image_id],
            margin=None if score is None else score.margin,
            probability=None if score is None else score.probability,
            tie_size=0 if score is None else self._ties[score.margin],
            intruder=image_id in self._intruders,
            problem=self._failed.get(image_id),
            middle=self._middle.get(image_id),
            is_thinned=image_id in self._thinned,
        )


def n_positives(relevance: Relevance | None) -> int | None:
    """Return how many positives a query has, or None without ground truth."""
    return None if relevance is None else len(relevance.positives - relevance.junk)
