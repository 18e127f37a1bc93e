"""Ranked lists as a protocol sees them: every query answered, removed images taken out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, BenchmarkQuery, RankedList, Rankings

_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A query and its list, best first, without `removed` and what its gallery does not hold.

    `n_available` is how many images a complete list would hold; `scores` (n,) float64, or None.
    """

    query: BenchmarkQuery
    image_ids: Sequence[str]
    scores: NDArray[np.float64] | None
    n_available: int


def answers(
    benchmark: Benchmark, rankings: Rankings, *, may_lack: bool = False, may_repeat: bool = False
) -> Iterator[Answer]:
    """Yield every query with its list, in the benchmark's order.

    Args:
        benchmark: Whose queries are asked.
        rankings: The lists by query id.
        may_lack: Whether a query without a list is passed over instead of refused.
        may_repeat: Whether an image may be listed twice.

    Raises:
        ProtocolError: A query has no list, a list holds an image twice, or a score is not finite.
    """
    if not may_lack:
        _refuse_unanswered(benchmark, rankings)
    database = frozenset(benchmark.database)
    for query in benchmark.queries:
        ranked = rankings.get(query.query_id)
        if ranked is None:
            continue
        _check(query.query_id, ranked, may_repeat=may_repeat)
        gallery = database if query.gallery is None else frozenset(query.gallery)
        n_available = len(gallery) - len(query.removed & gallery)
        if query.gallery is None and not query.removed:
            yield Answer(query, ranked.image_ids, ranked.scores, n_available)
            continue
        kept = [
            place
            for place, image in enumerate(ranked.image_ids)
            if image not in query.removed and (query.gallery is None or image in gallery)
        ]
        scores = None if ranked.scores is None else ranked.scores[kept]
        yield Answer(query, [ranked.image_ids[place] for place in kept], scores, n_available)


def by_score(answer: Answer) -> tuple[Sequence[str], NDArray[np.float64]]:
    """Return the list sorted again by falling score, equal scores in the list's order.

    A mere order gets the falling scores n, n - 1, ..., 1: it holds no ties.
    """
    n = len(answer.image_ids)
    if answer.scores is None:
        return answer.image_ids, np.arange(n, 0, -1, dtype=np.float64)
    order = np.argsort(-answer.scores, kind="stable")
    return [answer.image_ids[int(place)] for place in order], answer.scores[order]


def needs_positives(query: BenchmarkQuery) -> None:
    """Refuse a query without positives, which the official code does not measure.

    Raises:
        ProtocolError: It has none.
    """
    if not query.positives:
        raise ProtocolError(
            f"Query '{query.query_id}' has no positive, and the protocol measures only queries "
            "that have one; leave it out of the ground truth."
        )


def group_of(query: BenchmarkQuery, kind: str) -> str:
    """Return the one group of a kind that a query is in.

    Raises:
        ProtocolError: The ground truth does not say.
    """
    found = query.groups.get(kind, ())
    if len(found) != 1:
        raise ProtocolError(
            f"Query '{query.query_id}' has {len(found)} groups of kind '{kind}' instead of 1; "
            "complete the ground truth."
        )
    return found[0]


def is_found(answer: Answer, place: int | None, k: int) -> float:
    """Return 1.0 where the first target stands among the first k, else 0.0.

    Args:
        answer: The list, of which `n_available` is the complete length.
        place: 0-based place of the first target in it, None where it holds none.
        k: The cut-off.

    Raises:
        ProtocolError: No target is listed, and the list ends before k: it cannot be known.
    """
    if place is not None:
        return float(place < k)
    if len(answer.image_ids) < min(k, answer.n_available):
        raise ProtocolError(
            f"The list of query '{answer.query.query_id}' holds {len(answer.image_ids):,} images "
            f"and none of its targets; R@{k:,} needs the first "
            f"{min(k, answer.n_available):,}: give longer lists."
        )
    return 0.0


def first_place(image_ids: Sequence[str], targets: frozenset[str]) -> int | None:
    """Return the 0-based place of the first target, None where none is listed."""
    return next((place for place, image in enumerate(image_ids) if image in targets), None)


def _refuse_unanswered(benchmark: Benchmark, rankings: Rankings) -> None:
    absent = [q.query_id for q in benchmark.queries if q.query_id not in rankings]
    if absent:
        more = len(absent) - _MOST_NAMED
        raise ProtocolError(
            f"{len(absent):,} of {len(benchmark.queries):,} queries of {benchmark.name} have no "
            "list, and the protocol averages over all of them; rank these too.",
            (
                *(f"query '{name}' has no list" for name in absent[:_MOST_NAMED]),
                *((f"... and {more:,} more",) if more > 0 else ()),
            ),
        )


def _check(query_id: str, ranked: RankedList, *, may_repeat: bool) -> None:
    n = len(ranked.image_ids)
    if not may_repeat and len(set(ranked.image_ids)) < n:
        seen: set[str] = set()
        twice = next(i for i in ranked.image_ids if i in seen or seen.add(i))
        raise ProtocolError(
            f"The list of query '{query_id}' holds image '{twice}' more than once; "
            "list each image once."
        )
    if ranked.scores is None:
        return
    if ranked.scores.shape != (n,) or not np.isfinite(ranked.scores).all():
        raise ProtocolError(
            f"The list of query '{query_id}' needs one finite score for each of its {n:,} images; "
            "correct its scores."
        )
