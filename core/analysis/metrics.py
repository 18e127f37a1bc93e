"""AP@k, R@1 and negatives-before of one ranked list with junk; ranks are 1-based.

"AP@k" is four different numbers in the field (tests/core/analysis/test_metrics.py holds the four
side by side). This bench has one: the ILIAS denominator, min(k, positives), with the
non-interpolated precision and with junk removed before ranks are counted.
"""

from collections.abc import Sequence

from core.types.corpus import Relevance

METRIC = "AP@k: sum of the precision at each found positive / min(k, positives); junk removed"


def found_positives(image_ids: Sequence[str], relevance: Relevance) -> list[tuple[int, str]]:
    """Return the positives in the list, each with its 1-based rank after junk is removed."""
    places: list[tuple[int, str]] = []
    rank = 0
    for image_id in image_ids:
        if image_id in relevance.junk:
            continue
        rank += 1
        if image_id in relevance.positives:
            places.append((rank, image_id))
    return places


def found_ranks(image_ids: Sequence[str], relevance: Relevance) -> list[int]:
    """Return the ranks of `found_positives`."""
    return [rank for rank, _ in found_positives(image_ids, relevance)]


def ap_at_k(image_ids: Sequence[str], relevance: Relevance, k: int) -> float | None:
    """Return AP@k in [0, 1], or None for a query without positives.

    Formula: sum over positives found at rank r <= k of (positives at ranks <= r) / r, divided by
    min(k, number of positives); positives not in the list count as missed. Ties are the caller's:
    the list's order is taken as it is. Source of the denominator: ILIAS, evaluation/src/dataset.py
    (github.com/ilias-vrg/ilias, e81029e).

    Args:
        image_ids: The ranked list, best first.
        relevance: The query's positives and junk.
        k: Cut-off rank, >= 1.
    """
    n_positives = len(relevance.positives - relevance.junk)
    if n_positives == 0:
        return None
    ranks = [rank for rank in found_ranks(image_ids, relevance) if rank <= k]
    precisions = sum(i / rank for i, rank in enumerate(ranks, start=1))
    return precisions / min(k, n_positives)


def recall_at_1(image_ids: Sequence[str], relevance: Relevance) -> float | None:
    """Return 1.0 if the first image that is not junk is a positive, else 0.0; None without any."""
    if not relevance.positives - relevance.junk:
        return None
    return 1.0 if found_ranks(image_ids, relevance)[:1] == [1] else 0.0


def first_positive_rank(image_ids: Sequence[str], relevance: Relevance) -> int | None:
    """Return the 1-based rank of the first positive, junk removed, or None if none is listed."""
    ranks = found_ranks(image_ids, relevance)
    return ranks[0] if ranks else None


def intruders(image_ids: Sequence[str], relevance: Relevance) -> tuple[str, ...]:
    """Return the negatives above the first positive, best first; empty if no positive is listed."""
    above: list[str] = []
    for image_id in image_ids:
        relation = relevance.relation(image_id)
        if relation == "positive":
            return tuple(above)
        if relation == "negative":
            above.append(image_id)
    return ()


def negatives_before(image_ids: Sequence[str], relevance: Relevance) -> dict[str, int]:
    """Return for every positive in the list how many negatives stand above it, in list order."""
    found: dict[str, int] = {}
    n_negatives = 0
    for image_id in image_ids:
        relation = relevance.relation(image_id)
        if relation == "positive":
            found[image_id] = n_negatives
        elif relation == "negative":
            n_negatives += 1
    return found


def oracle_order(image_ids: Sequence[str], relevance: Relevance, depth: int) -> tuple[str, ...]:
    """Return the list with the positives of its first `depth` put first, all else kept in order."""
    head, tail = image_ids[:depth], image_ids[depth:]
    hits = [i for i in head if relevance.relation(i) == "positive"]
    rest = [i for i in head if relevance.relation(i) != "positive"]
    return (*hits, *rest, *tail)
