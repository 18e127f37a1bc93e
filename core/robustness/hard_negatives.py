"""The dashed lines of a sweep: mean score of a query's hard negatives, undamaged."""

import statistics
from collections.abc import Mapping

from core.analysis.outcomes import hard_negatives
from core.types.corpus import Relevance
from core.types.scores import Shortlist


class HardNegatives:
    """Hard negatives of the scorer (`image_ids`) and the mean scores of both stages' own.

    Everything is missing where no negative is known.

    Args:
        shortlist: Of the undamaged query.
        relevance: Its ground truth, None where unknown.
        depth: How many of the shortlist the scorer scored.
        baseline: Scores of the undamaged query's candidates by image_id.
    """

    def __init__(
        self,
        shortlist: Shortlist,
        relevance: Relevance | None,
        depth: int,
        baseline: Mapping[str, float],
    ) -> None:
        self.image_ids: tuple[str, ...] = ()
        self.margin: float | None = None
        self.cosine: float | None = None
        if relevance is None:
            return
        self.image_ids = hard_negatives(shortlist.image_ids[:depth], relevance, baseline)
        if self.image_ids:
            self.margin = statistics.fmean(baseline[i] for i in self.image_ids)
        listed = dict(zip(shortlist.image_ids, shortlist.cosines.tolist(), strict=True))
        by_cosine = hard_negatives(shortlist.image_ids, relevance, listed)
        if by_cosine:
            self.cosine = statistics.fmean(listed[i] for i in by_cosine)
