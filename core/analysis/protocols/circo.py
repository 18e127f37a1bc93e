"""CIRCO: mAP@k of several targets, recall of the first target, mAP@10 of each semantic aspect."""

from collections.abc import Iterator, Sequence

from core.analysis.metrics import ap_at_k
from core.analysis.protocols.lists import Answer, answers, first_place, needs_positives
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, Rankings
from core.types.corpus import Relevance

CUTS = (5, 10, 25, 50)
ASPECTS = (
    "cardinality",
    "addition",
    "negation",
    "direct_addressing",
    "compare_change",
    "comparative_statement",
    "statement_with_conjunction",
    "spatial_relations_background",
    "viewpoint",
)
ASPECT_CUT = 10
SOURCE = "miccunifi/CIRCO 267b5c9, src/evaluation.py compute_metrics"


def mean_ap(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return `CIRCO mAP@k` for each k.

    Formula: AP@k of this bench, / min(k, positives). Junk: none; the reference image stays in the
    list. Ties: the list's order. Empty: every query has a target. Source: miccunifi/CIRCO 267b5c9,
    src/evaluation.py compute_metrics.
    Trap: a list shorter than k is taken as it is; one that holds an image twice is refused.

    Raises:
        ProtocolError: A query has no list or no positive, or a list repeats an image.
    """
    found = list(_answers(benchmark, rankings))
    return tuple(
        mean_value(f"CIRCO mAP@{k}", {one.query.query_id: _ap(one, k) for one in found}) for k in ks
    )


def target_recall(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return `CIRCO R@k of the target` for each k.

    Formula: share of queries whose one target, the image that the text was written for, is among
    the first k; the other positives do not count. All else as `mean_ap`, a short list too.

    Raises:
        ProtocolError: As `mean_ap`, or a query has no image marked `target`.
    """
    places: dict[str, int | None] = {}
    for one in _answers(benchmark, rankings):
        target = one.query.marks.get("target", frozenset())
        if not target:
            raise ProtocolError(
                f"Query '{one.query.query_id}' has no image marked as the target; "
                "complete the ground truth."
            )
        places[one.query.query_id] = first_place(one.image_ids, target)
    return tuple(
        mean_value(
            f"CIRCO R@{k} of the target",
            {query: float(place is not None and place < k) for query, place in places.items()},
        )
        for k in ks
    )


def by_aspect(benchmark: Benchmark, rankings: Rankings, k: int = ASPECT_CUT) -> Values:
    """Return `CIRCO mAP@10 ASPECT` of the nine aspects, None for one without a query.

    A query counts in each of its aspects. All else as `mean_ap`.

    Raises:
        ProtocolError: As `mean_ap`.
    """
    aps: dict[str, dict[str, float]] = {aspect: {} for aspect in ASPECTS}
    for one in _answers(benchmark, rankings):
        ap = _ap(one, k)
        for aspect in one.query.groups.get("aspect", ()):
            aps.setdefault(aspect, {})[one.query.query_id] = ap
    return tuple(mean_value(f"CIRCO mAP@{k} {aspect}", found) for aspect, found in aps.items())


def _answers(benchmark: Benchmark, rankings: Rankings) -> Iterator[Answer]:
    for answer in answers(benchmark, rankings):
        needs_positives(answer.query)
        yield answer


def _ap(answer: Answer, k: int) -> float:
    relevance = Relevance(answer.query.query_id, answer.query.positives)
    return ap_at_k(answer.image_ids[:k], relevance, k) or 0.0


MEASURES = (
    Measure("CIRCO mAP@5, 10, 25, 50", "mean of AP@k / min(k, positives)", SOURCE, mean_ap),
    Measure(
        "CIRCO R@5, 10, 25, 50 of the target",
        "share of queries whose first target is among the first k",
        SOURCE,
        target_recall,
    ),
    Measure("CIRCO mAP@10 by aspect", "mAP@10 of the queries of each aspect", SOURCE, by_aspect),
)
