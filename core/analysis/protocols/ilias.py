"""ILIAS: mAP@1k with ties taken jointly, its oracle, groups of scale and clutter, categories."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.average_precision import tied_precision_sum
from core.analysis.protocols.lists import answers, by_score, group_of, needs_positives
from core.analysis.protocols.measures import Measure, Values, mean_of_means, mean_value
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, BenchmarkQuery, Rankings

K = 1000
SCALES = (0.0, 0.06880213760855043, 0.13526567164179104, 0.2729876723163842, np.inf)
"""Bounds of the groups of scale; a value belongs where low <= value < high."""
CLUTTERS = (0.0, 18.0, 33.0, 53.0, np.inf)
SOURCE = "ilias-vrg/ilias e81029e, evaluation/src/dataset.py"


class _Sorted:
    """One query's list by falling score, as arrays."""

    def __init__(
        self, query: BenchmarkQuery, image_ids: Sequence[str], scores: NDArray[np.float64]
    ) -> None:
        self.query, self.image_ids, self.scores = query, image_ids, scores
        self.relevant = np.array([image in query.positives for image in image_ids], np.bool_)

    def ap(self, k: int, excluded: frozenset[str] = frozenset()) -> float:
        """Return the AP at k with some positives taken out of the list and the ground truth."""
        keep = np.array([image not in excluded for image in self.image_ids], np.bool_)
        relevant, scores = self.relevant[keep][:k], self.scores[keep][:k]
        n = min(k, len(self.query.positives - excluded))
        return tied_precision_sum(relevant, scores) / n


def mean_ap(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `ILIAS mAP@1k` over all queries that were answered, and of image and text queries.

    Formula: scikit-learn's AP over the first k by score * positives found / min(k, positives).
    Junk: none. Ties: equal scores are taken jointly; which of them are within k is decided by the
    list's order, where the official unstable sort decides by machine (numpy 1.26.4 with and without
    AVX-512 differs on the golden cases with ties at the cut). Empty: 0 where none is found; a query
    without a list is left out, not 0 (`n` says how many there are). Source: ilias-vrg/ilias
    e81029e, evaluation/src/dataset.py.
    Trap: the list is sorted by score again, so re-ranked images need scores above the others'; and
    scores with few decimals tie, which changes the number.

    Raises:
        ProtocolError: A query has no positive.
    """
    aps = {one.query.query_id: one.ap(k) for one in _lists(benchmark, rankings)}
    with_image = {query.query_id for query in benchmark.queries if query.image is not None}
    name = f"ILIAS mAP@{_text(k)}"
    return (
        mean_value(name, aps),
        mean_value(f"{name} image queries", {q: aps[q] for q in aps if q in with_image}),
        mean_value(f"{name} text queries", {q: aps[q] for q in aps if q not in with_image}),
    )


def oracle(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `ILIAS oracle@1k`, the mean share of positives among the first k by score.

    Formula: positives found within k / positives. Junk: none. Ties: as for the mAP. Empty: 0 where
    none is found. Source: ilias-vrg/ilias e81029e, evaluation/src/dataset.py.
    Trap: the official code computes mean * k / positives, which is too high by k / n where a list
    holds n < k images; this is the share itself, equal wherever lists hold k images.

    Raises:
        ProtocolError: A query has no positive.
    """
    shares = {
        one.query.query_id: int(one.relevant[:k].sum()) / len(one.query.positives)
        for one in _lists(benchmark, rankings)
    }
    return (mean_value(f"ILIAS oracle@{_text(k)}", shares),)


def by_scale(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `ILIAS mAP@1k scale LOW-HIGH` of the four groups, as `_by_value` says."""
    return _by_value(benchmark, rankings, "scale", SCALES, k)


def by_clutter(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `ILIAS mAP@1k clutter LOW-HIGH` of the four groups, as `_by_value` says."""
    return _by_value(benchmark, rankings, "clutter", CLUTTERS, k)


def by_category(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `ILIAS mAP@1k category NAME`, then `subcategory CATEGORY-NAME`, by name.

    Formula: mean over instances of the mean AP of the instance's queries. All else as `mean_ap`.

    Raises:
        ProtocolError: A query has no positive, or its category or instance is not known.
    """
    found: dict[str, dict[str, dict[str, float]]] = {}
    for one in _lists(benchmark, rankings):
        ap, instance = one.ap(k), group_of(one.query, "instance")
        category = group_of(one.query, "category")
        subcategory = f"{category}-{group_of(one.query, 'subcategory')}"
        for name in (f"category {category}", f"subcategory {subcategory}"):
            instances = found.setdefault(name, {})
            instances.setdefault(instance, {})[one.query.query_id] = ap
    return tuple(
        mean_of_means(f"ILIAS mAP@{_text(k)} {name}", found[name]) for name in sorted(found)
    )


def _by_value(
    benchmark: Benchmark, rankings: Rankings, what: str, bounds: tuple[float, ...], k: int
) -> Values:
    """Return the mAP of each group of positives by a value of theirs.

    Formula: as `mean_ap`, with the positives of the other groups taken out of list and ground
    truth. Empty: a query without a positive in the group is left out of it.

    Raises:
        ProtocolError: A query has no positive, or the value of one is not known.
    """
    groups = list(pairwise(bounds))
    aps: list[dict[str, float]] = [{} for _ in groups]
    for one in _lists(benchmark, rankings):
        values = {p: _value(benchmark, p, what) for p in one.query.positives}
        for (low, high), found in zip(groups, aps, strict=True):
            others = frozenset(p for p in one.query.positives if not low <= values[p] < high)
            if one.query.positives - others:
                found[one.query.query_id] = one.ap(k, others)
    return tuple(
        mean_value(f"ILIAS mAP@{_text(k)} {what} {low:.4g}-{high:.4g}", found)
        for (low, high), found in zip(groups, aps, strict=True)
    )


def _value(benchmark: Benchmark, image: str, what: str) -> float:
    try:
        return benchmark.values[image][what]
    except KeyError as error:
        raise ProtocolError(
            f"The {what} of positive '{image}' is not known; complete image_ids/positive_ids.txt."
        ) from error


def _lists(benchmark: Benchmark, rankings: Rankings) -> Iterator[_Sorted]:
    for answer in answers(benchmark, rankings, may_lack=True):
        needs_positives(answer.query)
        image_ids, scores = by_score(answer)
        yield _Sorted(answer.query, image_ids, scores)


def _text(k: int) -> str:
    return "1k" if k == K else str(k)


_GROUP = "mean of AP@1k with the positives of the other groups taken out of list and ground truth"
MEASURES = (
    Measure(
        "ILIAS mAP@1k",
        "mean of scikit-learn's AP over the first 1,000 by score * found / min(1000, positives)",
        SOURCE,
        mean_ap,
    ),
    Measure("ILIAS oracle@1k", "mean share of positives within the first 1,000", SOURCE, oracle),
    Measure("ILIAS mAP@1k by scale", _GROUP, SOURCE, by_scale),
    Measure("ILIAS mAP@1k by clutter", _GROUP, SOURCE, by_clutter),
    Measure(
        "ILIAS mAP@1k by category", "mean over instances of their mean AP@1k", SOURCE, by_category
    ),
)
