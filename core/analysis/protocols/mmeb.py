"""MMEB: hit, precision, recall, F1, mAP, MRR and nDCG at 1, 5, 10 per subset, and their means."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from core.analysis.metrics import ap_at_k
from core.analysis.protocols.lists import answers, first_place, group_of
from core.analysis.protocols.measures import Measure, Values, mean_of_means, mean_value
from core.types.benchmarks import Benchmark, BenchmarkQuery, Rankings
from core.types.corpus import Relevance

CUTS = (1, 5, 10)
SOURCE = "TIGER-AI-Lab/VLM2Vec 6e1e1d4, src/utils/eval_utils/metrics.py RankingMetrics"
_Of = Callable[[Sequence[str], BenchmarkQuery, int], float]


def measured(benchmark: Benchmark, rankings: Rankings, metric: str) -> Values:
    """Return for each k `MMEB METRIC@k`, and `MMEB METRIC@k SUBSET` in the order of names.

    Formula: mean over the subset's queries; the overall value is the plain mean of subsets. Junk:
    none. Ties: the list's order. Empty: a query without a label counts, with recall 1 and all else
    0. Source: TIGER-AI-Lab/VLM2Vec 6e1e1d4, src/utils/eval_utils/metrics.py.
    Trap: the image subsets report hit@1 and call it precision@1, which differs where a query has no
    label; the mean weighs subsets, not queries.

    Raises:
        ProtocolError: A query has no list or no subset.
    """
    of = METRICS[metric]
    values: dict[int, dict[str, dict[str, float]]] = {k: {} for k in CUTS}
    for answer in answers(benchmark, rankings):
        subset = group_of(answer.query, "subset")
        for k in CUTS:
            found = values[k].setdefault(subset, {})
            found[answer.query.query_id] = of(answer.image_ids, answer.query, k)
    return tuple(
        value
        for k in CUTS
        for value in (
            mean_of_means(f"MMEB {metric}@{k}", values[k]),
            *(mean_value(f"MMEB {metric}@{k} {one}", values[k][one]) for one in sorted(values[k])),
        )
    )


def hit(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return 1.0 where a label is among the first k."""
    return float(first_place(listed[:k], query.positives) is not None)


def precision(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return labels among the first k / k, also where the list is shorter."""
    return sum(image in query.positives for image in listed[:k]) / k


def recall(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return labels among the first k / labels, 1 where there is none."""
    if not query.positives:
        return 1.0
    return sum(image in query.positives for image in listed[:k]) / len(query.positives)


def f1(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return the harmonic mean of precision and recall, 0 where both are."""
    p, r = precision(listed, query, k), recall(listed, query, k)
    return 2 * p * r / (p + r) if p + r else 0.0


def average_precision(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return AP@k of this bench, / min(k, labels), 0 without a label."""
    return ap_at_k(listed, Relevance(query.query_id, query.positives), k) or 0.0


def reciprocal_rank(listed: Sequence[str], query: BenchmarkQuery, k: int) -> float:
    """Return 1 / rank of the first label among the first k, 0 without one."""
    place = first_place(listed[:k], query.positives)
    return 0.0 if place is None else 1 / (place + 1)


def ndcg(
    listed: Sequence[str], query: BenchmarkQuery, k: int, *, exponential: bool = False
) -> float:
    """Return the DCG of the first k / the ideal one, 0 without a label.

    Gains are the grades of labels, 1 where the files have none; `exponential` makes g 2^g - 1.
    """
    grades = query.grades or dict.fromkeys(query.positives, 1.0)
    gains = np.array([grades.get(image, 0.0) for image in listed[:k]], np.float64)
    ideal = np.array(sorted(grades.values(), reverse=True)[:k], np.float64)
    if exponential:
        gains, ideal = np.exp2(gains) - 1, np.exp2(ideal) - 1
    best = float(np.sum(ideal / np.log2(np.arange(2, len(ideal) + 2))))
    return float(np.sum(gains / np.log2(np.arange(2, len(gains) + 2)))) / best if best > 0 else 0.0


METRICS: Mapping[str, _Of] = {
    "hit": hit,
    "precision": precision,
    "recall": recall,
    "f1": f1,
    "map": average_precision,
    "mrr": reciprocal_rank,
    "ndcg_linear": ndcg,
    "ndcg_exponential": partial(ndcg, exponential=True),
}
MEASURES = tuple(
    Measure(
        f"MMEB {metric}@1, 5, 10",
        f"mean over subsets of their mean {metric}@k",
        SOURCE,
        partial(measured, metric=metric),
    )
    for metric in METRICS
)
