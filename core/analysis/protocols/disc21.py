"""DISC21: micro average precision over the pairs of all queries, recall at 90 % precision."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.lists import Answer, answers
from core.analysis.protocols.measures import Measure, Values
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, BenchmarkQuery, MeasuredValue, Rankings

PRECISION = 0.9
SOURCE = "facebookresearch/isc2021 c6f5528, isc/metrics.py evaluate"


def micro_ap(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `DISC21 micro AP`.

    Formula: all pairs of all queries in one list by falling score; sum over matches of the
    precision at them / all matches of the ground truth. Junk: none. Ties: the worst order, the
    matches of a tie last. Empty: the pairs of queries without a match are errors, also of queries
    that the ground truth does not name; a query without a list finds nothing.
    Source: facebookresearch/isc2021 c6f5528, isc/metrics.py.
    Trap: scores must be comparable across queries; a mere order has no micro AP.

    Raises:
        ProtocolError: A list has no scores or repeats an image, or the ground truth has no match.
    """
    benchmark = with_all_queries(benchmark, rankings)
    _, is_match, n_matches = _pairs(benchmark, rankings)
    hits = np.cumsum(is_match)
    precisions = hits / np.arange(1, len(hits) + 1)
    value = float(precisions[is_match].sum() / n_matches)
    return (MeasuredValue("DISC21 micro AP", value, len(benchmark.queries)),)


def recall_at_precision(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `DISC21 recall at 90 % precision` and the score that it needs.

    Formula: the highest recall of a prefix of the list whose precision is at least 0.9; both None
    where there is none. Junk, ties, empty and trap as `micro_ap`. The threshold is a score, not a
    share. Source: facebookresearch/isc2021 c6f5528, isc/metrics.py find_operating_point.

    Raises:
        ProtocolError: As `micro_ap`.
    """
    benchmark = with_all_queries(benchmark, rankings)
    scores, is_match, n_matches = _pairs(benchmark, rankings)
    hits = np.cumsum(is_match)
    good = np.flatnonzero(hits / np.arange(1, len(hits) + 1) >= PRECISION)
    recall = threshold = None
    if len(good):
        best = good[np.argmax(hits[good])]  # of equal recalls the first, so the highest score
        recall, threshold = float(hits[best] / n_matches), float(scores[best])
    n = len(benchmark.queries)
    return (
        MeasuredValue("DISC21 recall at 90 % precision", recall, n),
        MeasuredValue("DISC21 threshold at 90 % precision (score)", threshold, n),
    )


def recall_at_rank(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `DISC21 recall at rank 1` and `10`.

    Formula: share of matches that fewer than 1 (10) other images of the query's list score as high
    as or higher than. Ties: against the match. Empty: a match that is not listed is missed.
    Source: facebookresearch/isc2021 c6f5528, isc/metrics.py find_tp_ranks.

    Raises:
        ProtocolError: As `micro_ap`.
    """
    benchmark = with_all_queries(benchmark, rankings)
    n_matches = sum(len(query.positives) for query in benchmark.queries)
    ranks: list[int] = []
    for answer in answers(benchmark, rankings, may_lack=True):
        scores = _scores(answer)
        found = [i for i, image in enumerate(answer.image_ids) if image in answer.query.positives]
        ranks += [int((scores >= scores[place]).sum()) - 1 for place in found]
    _needs_matches(benchmark, n_matches)
    return tuple(
        MeasuredValue(
            f"DISC21 recall at rank {k}",
            sum(rank < k for rank in ranks) / n_matches,
            len(benchmark.queries),
        )
        for k in (1, 10)
    )


def with_all_queries(benchmark: Benchmark, rankings: Rankings) -> Benchmark:
    """Return the benchmark with the ranked queries that its ground truth does not name.

    A ground truth file without a header leaves out the queries that have no match.
    """
    known = {query.query_id for query in benchmark.queries}
    others = (BenchmarkQuery(name, None) for name in sorted(rankings) if name not in known)
    return replace(benchmark, queries=(*benchmark.queries, *others))


def _pairs(
    benchmark: Benchmark, rankings: Rankings
) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Return the scores of all pairs, falling, whether each is a match, and all matches."""
    n_matches = sum(len(query.positives) for query in benchmark.queries)
    _needs_matches(benchmark, n_matches)
    scores: list[NDArray[np.float64]] = [np.empty(0)]
    is_match: list[bool] = []
    for answer in answers(benchmark, rankings, may_lack=True):
        scores.append(_scores(answer))
        is_match += [image in answer.query.positives for image in answer.image_ids]
    all_scores, matches = np.concatenate(scores), np.array(is_match, np.bool_)
    order = np.lexsort((matches, -all_scores))
    return all_scores[order], matches[order], n_matches


def _scores(answer: Answer) -> NDArray[np.float64]:
    if answer.scores is None:
        raise ProtocolError(
            f"The list of query '{answer.query.query_id}' has no scores, and DISC21 puts the pairs "
            "of all queries in one order; rank with a stage that gives a score per pair."
        )
    return answer.scores


def _needs_matches(benchmark: Benchmark, n_matches: int) -> None:
    if n_matches == 0:
        raise ProtocolError(
            f"The ground truth of {benchmark.name} holds no match, and recall divides by their "
            "number; complete it."
        )


MEASURES = (
    Measure(
        "DISC21 micro AP",
        "all pairs in one list: sum of precision at each match / all matches",
        SOURCE,
        micro_ap,
    ),
    Measure(
        "DISC21 recall at 90 % precision",
        "highest recall of a prefix of that list with precision >= 0.9",
        SOURCE,
        recall_at_precision,
    ),
    Measure(
        "DISC21 recall at rank 1, 10",
        "share of matches within the first k of their own query's list",
        SOURCE,
        recall_at_rank,
    ),
)
