"""GLDv2 retrieval: mAP@100 of the public and the private queries."""

from collections.abc import Sequence

from core.analysis.metrics import ap_at_k
from core.analysis.protocols.lists import answers, needs_positives
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, Rankings
from core.types.corpus import Relevance

K = 100
USAGES = ("Public", "Private")
SOURCE = (
    "tensorflow/models (DELF), google_landmarks_v2/metrics.py MeanAveragePrecision; "
    "pavelsuma/ames c6af26e, src/utils/revisited.py compute_map"
)
_REPEATED = ""


def mean_ap(benchmark: Benchmark, rankings: Rankings, k: int = K) -> Values:
    """Return `GLDv2 mAP@100`, and of the public and the private queries.

    Formula: AP@k of this bench, / min(k, positives). Junk: none. Ties: the list's order. Empty: a
    query without a list counts 0. Source: tensorflow/models, DELF's MeanAveragePrecision; the same
    as pavelsuma/ames c6af26e compute_map with the rectangular AP on the first 100.
    Trap: an image that is predicted twice scores once and takes up a rank each time; queries of
    usage Ignored are left out of the ground truth.

    Raises:
        ProtocolError: A query has no positive, by which the official code divides.
    """
    aps = {query.query_id: 0.0 for query in benchmark.queries}
    for query in benchmark.queries:
        needs_positives(query)
    for answer in answers(benchmark, rankings, may_lack=True, may_repeat=True):
        query = answer.query
        relevance = Relevance(query.query_id, query.positives)
        aps[query.query_id] = ap_at_k(_once(answer.image_ids[:k]), relevance, k) or 0.0
    name = f"GLDv2 mAP@{k}"
    usage = {query.query_id: query.groups.get("usage", ()) for query in benchmark.queries}
    return (
        mean_value(name, aps),
        *(
            mean_value(f"{name} {one.lower()}", {q: aps[q] for q in aps if one in usage[q]})
            for one in USAGES
        ),
    )


def _once(image_ids: Sequence[str]) -> list[str]:
    """Return the list with every repetition replaced by an id that no image has."""
    seen: set[str] = set()
    once: list[str] = []
    for image in image_ids:
        once.append(_REPEATED if image in seen else image)
        seen.add(image)
    return once


MEASURES = (
    Measure(
        "GLDv2 mAP@100", "mean of AP@100 / min(100, positives), 0 without a list", SOURCE, mean_ap
    ),
)
