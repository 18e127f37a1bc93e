"""mAP per group of positives, with the other groups' positives removed from the lists.

The protocol is that of ILIAS (evaluation/, github.com/ilias-vrg/ilias, e81029e): positives of other
groups are taken out of the ranked list like junk, and queries without a positive in the group are
skipped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.metrics import found_positives
from core.types.corpus import Relevance
from core.types.failures import GroupMean

Found = tuple[tuple[int, str], ...]
"""(rank, image_id) of the positives in a list, ranks 1-based with junk removed."""
GroupOf = Callable[[str, str], str | None]
"""The group of a (query, positive) pair, None where it is not known."""
ILIAS_COVERAGE = (0.06880, 0.13527, 0.27299)
ILIAS_CLUTTER = (18.0, 33.0, 53.0)
"""Published quartiles of ILIAS's positives; same source as the protocol."""


@dataclass(frozen=True, slots=True)
class RankedPositives:
    """One query's positives and where two lists have them.

    `positives` are all of them, also those in neither list; `before` and `after` are those found.
    """

    query_id: str
    positives: tuple[str, ...]
    before: Found
    after: Found


def ranked_positives(
    query_id: str, before: Sequence[str], after: Sequence[str], relevance: Relevance
) -> RankedPositives:
    """Return where the two lists have the query's positives."""
    return RankedPositives(
        query_id,
        tuple(sorted(relevance.positives - relevance.junk)),
        tuple(found_positives(before, relevance)),
        tuple(found_positives(after, relevance)),
    )


def group_ap(found: Found, members: frozenset[str], k: int) -> float:
    """Return AP@k of the members alone; the other positives are removed before ranks are counted.

    Equal to `ap_at_k` with the other positives as junk; the cost is that of the positives, not of
    the list.

    Args:
        found: The query's positives in the list, best first.
        members: At least one of its positives.
        k: Cut-off rank, >= 1.
    """
    removed, hits, total = 0, 0, 0.0
    for rank, image_id in found:
        if image_id not in members:
            removed += 1
        elif rank - removed <= k:
            hits += 1
            total += hits / (rank - removed)
    return total / min(k, len(members))


def group_means(
    queries: Sequence[RankedPositives],
    group_of: GroupOf,
    labels: Sequence[str],
    k: int,
    *,
    withheld: bool,
) -> tuple[GroupMean, ...]:
    """Return one mean per label, in order; positives of unknown group belong to none."""
    found: dict[str, list[tuple[float, float, int]]] = {label: [] for label in labels}
    for query in queries:
        for label, members in _members(query, group_of).items():
            if label in found:
                pair = (group_ap(query.before, members, k), group_ap(query.after, members, k))
                found[label].append((*pair, len(members)))
    return tuple(_mean(label, rows, withheld) for label, rows in found.items())


def members_of(queries: Sequence[RankedPositives], group_of: GroupOf, label: str) -> frozenset[str]:
    """Return the queries that have a positive in a group."""
    return frozenset(q.query_id for q in queries if label in _members(q, group_of))


def quartile_bounds(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Return the three inner quartiles of the positives' values, None without a value."""
    if not values:
        return None
    low, middle, high = np.quantile(np.asarray(values, np.float64), [0.25, 0.5, 0.75]).tolist()
    return low, middle, high


def quarter(value: float, bounds: Sequence[float]) -> int:
    """Return 1 to 4: the group [low, high) that the value falls into."""
    return 1 + sum(value >= bound for bound in bounds)


def _members(query: RankedPositives, group_of: GroupOf) -> Mapping[str, frozenset[str]]:
    groups: dict[str, list[str]] = {}
    for image_id in query.positives:
        label = group_of(query.query_id, image_id)
        if label is not None:
            groups.setdefault(label, []).append(image_id)
    return {label: frozenset(ids) for label, ids in groups.items()}


def _mean(label: str, rows: Sequence[tuple[float, float, int]], withheld: bool) -> GroupMean:
    n = len(rows)
    return GroupMean(
        label=label,
        n_queries=n,
        n_positives=sum(count for _, _, count in rows),
        map_before=sum(before for before, _, _ in rows) / n if n else None,
        map_after=sum(after for _, after, _ in rows) / n if n and not withheld else None,
    )
