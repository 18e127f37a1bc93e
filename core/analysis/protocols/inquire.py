"""INQUIRE: AP with ties taken jointly, nDCG with ties averaged, reciprocal rank."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.average_precision import tied_precision_sum
from core.analysis.protocols.lists import Answer, answers, by_score
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, Rankings

CUT = 50
"""Length of the lists of Fullrank; Rerank has lists of 100 and no cut."""
SOURCE = "inquire-benchmark/INQUIRE 7e04857, src/metrics.py compute_retrieval_metrics"
_Of = Callable[[NDArray[np.bool_], NDArray[np.float64], int], float]


def average_precision(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `INQUIRE AP` of the whole lists and `INQUIRE AP@50` of their first 50.

    Formula: scikit-learn's AP over the list of n images by score * positives found /
    min(positives, n); positives are those of the query's gallery where it has one (Rerank), else of
    the data set (Fullrank). Junk: none. Ties: equal scores are taken jointly. Empty: 0 where none
    is found; queries without a positive are left out. Source: inquire-benchmark/INQUIRE 7e04857,
    src/metrics.py.
    Trap: the denominator is the list's length: Rerank, with lists of 100, reports AP@100.

    Raises:
        ProtocolError: A query has no list.
    """
    return _measured("INQUIRE AP", benchmark, rankings, _ap)


def ndcg(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `INQUIRE nDCG` of the whole lists and `INQUIRE nDCG@50` of their first 50.

    Formula: sum of 1 / log2(rank + 1) over positives in the list / the same of an ideal list of
    min(positives, n). Ties: the discounts of a tie are averaged (scikit-learn's ndcg_score). Junk
    and empty as `average_precision`. Source: inquire-benchmark/INQUIRE 7e04857, src/metrics.py.
    Trap: the official code appends positives that are not listed with score -100, which lower
    scores fall behind; here they always stand behind the list.

    Raises:
        ProtocolError: A query has no list.
    """
    return _measured("INQUIRE nDCG", benchmark, rankings, _ndcg)


def reciprocal_rank(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `INQUIRE MRR`.

    Formula: 1 / rank of the first positive, 0 where none is listed. Ties: the last of a tie in the
    given order comes first, as in the official reversed sort. Junk and empty as
    `average_precision`. Source: inquire-benchmark/INQUIRE 7e04857, src/metrics.py mrr.

    Raises:
        ProtocolError: A query has no list.
    """
    values: dict[str, float] = {}
    for answer, _ in _with_positives(benchmark, rankings):
        relevant = _relevant(answer, answer.image_ids)
        if answer.scores is not None:
            relevant = relevant[np.argsort(answer.scores, kind="stable")[::-1]]
        first = np.flatnonzero(relevant)[:1]
        values[answer.query.query_id] = 1 / (int(first[0]) + 1) if len(first) else 0.0
    return (mean_value("INQUIRE MRR", values),)


def _measured(name: str, benchmark: Benchmark, rankings: Rankings, of: _Of) -> Values:
    whole: dict[str, float] = {}
    cut: dict[str, float] = {}
    for answer, n_positives in _with_positives(benchmark, rankings):
        image_ids, scores = by_score(answer)
        relevant = _relevant(answer, image_ids)
        whole[answer.query.query_id] = of(relevant, scores, n_positives)
        cut[answer.query.query_id] = of(relevant[:CUT], scores[:CUT], n_positives)
    return mean_value(name, whole), mean_value(f"{name}@{CUT}", cut)


def _ap(relevant: NDArray[np.bool_], scores: NDArray[np.float64], n_positives: int) -> float:
    return tied_precision_sum(relevant, scores) / max(1, min(n_positives, len(relevant)))


def _ndcg(relevant: NDArray[np.bool_], scores: NDArray[np.float64], n_positives: int) -> float:
    n = len(relevant)
    if n == 0:
        return 0.0
    discounts = 1 / np.log2(np.arange(2, n + 2))
    starts = np.append(0, np.flatnonzero(np.diff(scores)) + 1)
    sizes = np.diff(np.append(starts, n))
    gains = np.add.reduceat(relevant.astype(np.float64), starts) / sizes
    gained = np.sum(gains * np.add.reduceat(discounts, starts))
    return float(gained / discounts[: min(n_positives, n)].sum())


def _with_positives(benchmark: Benchmark, rankings: Rankings) -> Iterator[tuple[Answer, int]]:
    for answer in answers(benchmark, rankings):
        gallery = answer.query.gallery
        positives = answer.query.positives
        n_positives = len(positives if gallery is None else positives & frozenset(gallery))
        if n_positives:
            yield answer, n_positives


def _relevant(answer: Answer, image_ids: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([image in answer.query.positives for image in image_ids], np.bool_)


MEASURES = (
    Measure(
        "INQUIRE AP, AP@50",
        "scikit-learn's AP over the list of n by score * found / min(positives, n)",
        SOURCE,
        average_precision,
    ),
    Measure("INQUIRE nDCG, nDCG@50", "tie-averaged DCG / DCG of min(positives, n)", SOURCE, ndcg),
    Measure("INQUIRE MRR", "mean of 1 / rank of the first positive", SOURCE, reciprocal_rank),
)
