"""Product1M: mAP, precision and mAR at 10, 50 and 100 with the official denominators."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from core.analysis.protocols.lists import Answer, answers
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, Rankings

CUTS = (10, 50, 100)
SOURCE = "zhanxlin/Product1M d4befb6, CAPTURE/evaluate_suit.py"


def at_k(benchmark: Benchmark, rankings: Rankings, k: int) -> Values:
    """Return `Product1M mAP@k`, `mP@k` and `mAR@k`.

    Formula: with n = min(k, positives counted once per label of the query, length of the list),
    AP = mean of the precision at the positives among the first n, P = positives among the first n
    / n; AR as `label_recall`. Junk: none. Ties: the list's order. Empty: AP is 0 where none is
    found; a query for which the official script fails (a label that no gallery image has, an empty
    list) is printed there and counts 0, and so it does here; one without a list is not counted.
    Source: zhanxlin/Product1M d4befb6, CAPTURE/evaluate_suit.py.
    Trap: AP is divided by the positives found, not by all, so one hit at rank 1 has AP 1; a label
    that a query has twice counts its positives twice.

    Raises:
        ProtocolError: A score is not finite.
    """
    sizes = Counter(benchmark.labels.values())
    aps: dict[str, float] = {}
    precisions: dict[str, float] = {}
    recalls: dict[str, float] = {}
    for answer in answers(benchmark, rankings, may_lack=True, may_repeat=True):
        query_id = answer.query.query_id
        aps[query_id], precisions[query_id] = _ap_and_precision(answer, benchmark, sizes, k)
        recalls[query_id] = label_recall(answer, benchmark, sizes, k)
    return (
        mean_value(f"Product1M mAP@{k}", aps),
        mean_value(f"Product1M mP@{k}", precisions),
        mean_value(f"Product1M mAR@{k}", recalls),
    )


def label_recall(answer: Answer, benchmark: Benchmark, sizes: Mapping[str, int], k: int) -> float:
    """Return the official AR@k of one query.

    Formula: mean over the query's different labels of found / expected among the first k, where
    floor(k / labels) * repetitions are expected, at most as many as the gallery has, and no more
    found than expected. 0 where the script fails: an image or label that the gallery does not have,
    more labels than k.
    """
    labels = answer.query.labels
    if not labels or any(label not in sizes for label in labels):
        return 0.0
    listed = answer.image_ids[:k]
    if any(image not in benchmark.labels for image in listed):
        return 0.0
    expected = {
        label: min(k // len(labels) * times, sizes[label])
        for label, times in Counter(labels).items()
    }
    found = Counter(label for image in listed if (label := benchmark.labels[image]) in expected)
    if not found or any(expected[label] == 0 for label in found):
        return 0.0
    shares = (min(found[label], expected[label]) / expected[label] for label in found)
    return sum(shares) / len(expected)


def _ap_and_precision(
    answer: Answer, benchmark: Benchmark, sizes: Mapping[str, int], k: int
) -> tuple[float, float]:
    labels = answer.query.labels
    if any(label not in sizes for label in labels):
        return 0.0, 0.0
    n = min(k, sum(sizes[label] for label in labels), len(answer.image_ids))
    if n == 0:
        return 0.0, 0.0
    places = _places(answer.image_ids[:n], benchmark.labels, frozenset(labels))
    precisions = [hits / (place + 1) for hits, place in enumerate(places, start=1)]
    return (sum(precisions) / len(precisions) if precisions else 0.0), len(places) / n


def _places(
    image_ids: Sequence[str], label_of: Mapping[str, str], sought: frozenset[str]
) -> list[int]:
    return [place for place, image in enumerate(image_ids) if label_of.get(image) in sought]


MEASURES = tuple(
    Measure(
        f"Product1M mAP, mP, mAR@{k}",
        "AP / positives found, P / n, AR per label; n = min(k, positives, list)",
        SOURCE,
        partial(at_k, k=k),
    )
    for k in CUTS
)
