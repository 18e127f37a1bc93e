"""GeneCIS: R@1, 2, 3 of each task over each query's own small gallery, and the mean R@1."""

from collections.abc import Sequence

from core.analysis.protocols.lists import (
    Answer,
    answers,
    first_place,
    group_of,
    is_found,
    needs_positives,
)
from core.analysis.protocols.measures import Measure, Values, mean_of_means, mean_value
from core.types.benchmarks import Benchmark, Rankings

CUTS = (1, 2, 3)
SOURCE = "facebookresearch/genecis 0c5c968, eval/eval_functions.py validate"


def recall(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return for each k `GeneCIS R@k TASK` in the order of names, then the mean `GeneCIS R@1`.

    Formula: share of the task's queries whose target is among the first k of the query's gallery;
    the mean weighs each task the same. Junk: none. Ties: with scores, the target stands behind all
    images of its score; a mere order is taken as it is. Empty: every query has one target;
    one without is refused. Source: facebookresearch/genecis 0c5c968, eval/eval_functions.py
    validate.
    Trap: the files put the target first in its gallery, and the official code keeps that place in
    ties, so that a constant score has R@1 = 1 there. It is 0 here; without ties both are equal.

    Raises:
        ProtocolError: A query has no list, no target, no task, or a list that ends before k
            without its target.
    """
    values: dict[int, dict[str, dict[str, float]]] = {k: {} for k in ks}
    for answer in answers(benchmark, rankings):
        needs_positives(answer.query)
        task, place = group_of(answer.query, "task"), _worst_place(answer)
        for k in ks:
            values[k].setdefault(task, {})[answer.query.query_id] = is_found(answer, place, k)
    tasks = sorted(values[ks[0]])
    return (
        *(mean_value(f"GeneCIS R@{k} {task}", values[k][task]) for k in ks for task in tasks),
        mean_of_means("GeneCIS R@1", values[ks[0]]),
    )


def _worst_place(answer: Answer) -> int | None:
    """Return the target's 0-based place, behind all images of its score."""
    place = first_place(answer.image_ids, answer.query.positives)
    if place is None or answer.scores is None:
        return place
    return int((answer.scores >= answer.scores[place]).sum()) - 1


MEASURES = (
    Measure(
        "GeneCIS R@1, 2, 3",
        "share of queries whose target is among the first k of its gallery; mean of tasks",
        SOURCE,
        recall,
    ),
)
