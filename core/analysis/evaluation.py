"""Turn shortlists and margins into outcomes, and outcomes into a summary with intervals."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from core.analysis.metric_changes import metric_changes, resampled
from core.analysis.metrics import METRIC
from core.analysis.slices import by_attribute
from core.types.corpus import ImageRecord
from core.types.rankings import FAILURE_CLASSES, QueryOutcome
from core.types.runs import StageUse, Summary

MAX_UNSCORED_SHARE = 0.01
"""Share of unscored pairs above which the mAP after is withheld."""


@dataclass(frozen=True, slots=True)
class StageCount:
    """What one stage was asked of one query: pairs, those without a score, computing seconds."""

    n_asked: int
    n_unscored: int
    seconds: float | None


Counts = tuple[StageCount, ...]
"""Of every stage of a pipeline, in order."""


def is_withheld(queries: Sequence[Counts]) -> bool:
    """Return whether the mAP after must be withheld.

    It is where more than `MAX_UNSCORED_SHARE` of the pairs that a stage was asked for, over all
    queries together, have no score.

    Args:
        queries: One entry per query, all of the same pipeline.
    """
    for of_stage in zip(*queries, strict=True):
        n_asked = sum(one.n_asked for one in of_stage)
        n_unscored = sum(one.n_unscored for one in of_stage)
        if n_unscored > MAX_UNSCORED_SHARE * max(1, n_asked):
            return True
    return False


class EvaluationCounts(TypedDict):
    """What surrounds the means in a `Summary`: sizes, cut-offs, and how the pairs were had."""

    n_queries: int
    n_database: int
    n_skipped: int
    n_pairs: int
    cached_pairs: int
    shortlist: int
    depth: int
    k: int
    lam: float
    gamma: float
    seconds_per_query: float | None
    bytes_per_image: float
    stages: tuple[StageUse, ...]


def summarise(
    outcomes: Sequence[QueryOutcome],
    counts: EvaluationCounts,
    queries: Mapping[str, ImageRecord],
    *,
    withheld: bool,
    intervals: bool = True,
) -> Summary | None:
    """Return the means over the outcomes, or None without any.

    Args:
        outcomes: Queries with at least one positive.
        counts: Sizes and settings that go with them.
        queries: Records by query id, for the attributes to slice by.
        withheld: Whether nothing after re-ranking is told; see `is_withheld`.
        intervals: Whether to bootstrap (10,000 draws); False leaves the intervals None.
    """
    before, after = mean_aps(outcomes, withheld=withheld)
    if before is None:
        return None
    draws = resampled(outcomes) if intervals else None
    classes = Counter(o.failure_class for o in outcomes)
    return Summary(
        **counts,
        n_evaluated=len(outcomes),
        n_unscored=sum(o.n_unscored for o in outcomes),
        metric=METRIC,
        map_before=before,
        map_margin=None if withheld else _mean(o.ap_margin for o in outcomes),
        map_after=after,
        map_oracle=_mean(o.ap_oracle for o in outcomes),
        map_before_ci=draws.interval(0) if draws else None,
        map_after_ci=draws.interval(1) if draws and not withheld else None,
        changes=metric_changes(outcomes, counts["k"], draws, withheld=withheld),
        classes={name: classes.get(name, 0) for name in FAILURE_CLASSES},
        by=by_attribute(outcomes, queries, withheld=withheld),
    )


def mean_aps(
    outcomes: Sequence[QueryOutcome], *, withheld: bool
) -> tuple[float | None, float | None]:
    """Return mAP before and after re-ranking; None without a query, the second if withheld."""
    if not outcomes:
        return None, None
    after = None if withheld else _mean(o.ap_after for o in outcomes)
    return _mean(o.ap_before for o in outcomes), after


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
