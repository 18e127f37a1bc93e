"""CIRR: R@k without the reference, R_subset@k within the image set, and both by soft targets."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from core.analysis.protocols.lists import Answer, answers, first_place, is_found
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, Rankings

CUTS = (1, 5, 10, 50)
SUBSET_CUTS = (1, 2, 3)
SOURCE = "miccunifi/SEARLE a9c314b, src/validate.py cirr_compute_val_metrics"
SOFT_SOURCE = (
    "Cuberick-Orion/CIRPLANT cd5798d, model/OSCAR/OSCAR_CIRPLANT.py eval_test_scoring_step_CIRR"
)


def recall(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return `CIRR R@k` for each k.

    Formula: share of queries whose target is among the first k. Junk: the reference image is
    removed first. Ties: the list's order. Empty: every query has one target; the test split has
    none and is not measured. Source: miccunifi/SEARLE a9c314b, src/validate.py.
    Trap: without that removal the reference takes rank 1 of most lists.

    Raises:
        ProtocolError: A query has no list, no target, or a list that ends before k without it.
    """
    return _means("CIRR R", benchmark, rankings, ks, _is_hit)


def recall_subset(
    benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = SUBSET_CUTS
) -> Values:
    """Return `CIRR R_subset@k` for each k: `recall` with the list cut to the query's image set.

    Trap: the set in the files holds the reference, which is removed here too.

    Raises:
        ProtocolError: As `recall`, or a query has no image set.
    """
    return _means("CIRR R_subset", benchmark, rankings, ks, _is_hit, subset=True)


def soft_recall(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return `CIRR soft R@k` for each k.

    Formula: mean over queries of the highest soft target among the first k, 0 without one. Junk,
    ties and empty as `recall`. Source: Cuberick-Orion/CIRPLANT cd5798d.
    Trap: a soft target of 0.5 counts half, so a perfect list may stay below 1; CIRPLANT moves the
    reference to the end instead of removing it, which no k here can see.

    Raises:
        ProtocolError: A query has no list, no soft target, or a list that ends before k.
    """
    return _means("CIRR soft R", benchmark, rankings, ks, _highest)


def soft_recall_subset(
    benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = SUBSET_CUTS
) -> Values:
    """Return `CIRR soft R_subset@k`: `soft_recall` with the list cut to the query's image set.

    Raises:
        ProtocolError: As `soft_recall`, or a query has no image set.
    """
    return _means("CIRR soft R_subset", benchmark, rankings, ks, _highest, subset=True)


def _means(
    name: str,
    benchmark: Benchmark,
    rankings: Rankings,
    ks: Sequence[int],
    value: Callable[[Answer, int], float],
    *,
    subset: bool = False,
) -> Values:
    """Return `NAME@k` for each k: the mean of a query's value among the first k of its list."""
    values: dict[int, dict[str, float]] = {k: {} for k in ks}
    for whole in answers(benchmark, rankings):
        answer = _within_set(whole) if subset else whole
        for k in ks:
            values[k][answer.query.query_id] = value(answer, k)
    return tuple(mean_value(f"{name}@{k}", values[k]) for k in ks)


def _is_hit(answer: Answer, k: int) -> float:
    if not answer.query.positives:
        raise ProtocolError(
            f"Query '{answer.query.query_id}' has no target, as in the test split; write a "
            "submission file for it instead."
        )
    return is_found(answer, first_place(answer.image_ids, answer.query.positives), k)


def _highest(answer: Answer, k: int) -> float:
    grades = answer.query.grades
    if not grades:
        raise ProtocolError(
            f"Query '{answer.query.query_id}' has no soft target; read the captions of the "
            "validation split, which hold them."
        )
    highest = max((grades.get(image, 0.0) for image in answer.image_ids[:k]), default=0.0)
    if highest < max(grades.values()):  # a longer list might hold a better target
        is_found(answer, None, k)
    return max(0.0, highest)


def _within_set(answer: Answer) -> Answer:
    members = answer.query.marks.get("subset", frozenset()) - answer.query.removed
    if not members:
        raise ProtocolError(
            f"Query '{answer.query.query_id}' has no image set, within which R_subset ranks; "
            "complete the ground truth."
        )
    kept = [image for image in answer.image_ids if image in members]
    return replace(answer, image_ids=kept, scores=None, n_available=len(members))


MEASURES = (
    Measure(
        "CIRR R@1, 5, 10, 50",
        "share of queries whose target is among the first k, reference removed",
        SOURCE,
        recall,
    ),
    Measure(
        "CIRR R_subset@1, 2, 3",
        "the same within the query's image set, reference removed",
        SOURCE,
        recall_subset,
    ),
    Measure(
        "CIRR soft R@1, 5, 10, 50",
        "mean of the highest soft target among the first k",
        SOFT_SOURCE,
        soft_recall,
    ),
    Measure(
        "CIRR soft R_subset@1, 2, 3",
        "the same within the query's image set",
        SOFT_SOURCE,
        soft_recall_subset,
    ),
)
