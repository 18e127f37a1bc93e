"""GeneCIS, equal to the official validate on golden cases without ties; ties do not help."""

import numpy as np
import pytest

from core.analysis.protocols.genecis import recall
from core.types.benchmarks import BenchmarkQuery
from tests.official import EXACT, bench, by_query, case, golden, rows, sorted_by, values_of

COLUMN = "scores (column 0 is the target)"


def truth(scores_of_task):
    """Queries of all tasks in order; image 0 of a gallery is the target, as in the files."""
    queries = [
        BenchmarkQuery(
            f"{task}-{i}",
            None,
            positives=frozenset("0"),
            gallery=tuple(rows(range(len(scores)))),
            groups={"task": (task,)},
        )
        for task, all_scores in scores_of_task.items()
        for i, scores in enumerate(all_scores)
    ]
    return bench("genecis", queries, [])


def of_task(task, orders):
    return {f"{task}-{i}": one for i, one in by_query(orders).items()}


@pytest.mark.parametrize("case_id", golden("genecis"))
def test_recalls_equal_the_official_code_in_its_order_of_ties(case_id):
    inputs, expected = case("genecis", case_id)
    scores = {task: part[COLUMN] for task, part in inputs.items()}
    rankings = {}
    for task, rows_of in scores.items():
        official = expected[task]["official order of ties"]
        order = official or np.argsort(-np.array(rows_of), axis=1, kind="stable").tolist()
        rankings |= of_task(task, order)
    wanted = {
        f"GeneCIS R@{k} {task}": expected[task][f"R@{k}"] for task in scores for k in (1, 2, 3)
    }
    wanted["GeneCIS R@1"] = expected["average R@1"]
    assert values_of(recall(truth(scores), rankings)) == pytest.approx(wanted, abs=EXACT)


@pytest.mark.parametrize("case_id", golden("genecis"))
def test_recalls_by_score_equal_the_official_code_where_no_score_ties(case_id):
    inputs, expected = case("genecis", case_id)
    scores = {task: part[COLUMN] for task, part in inputs.items()}
    rankings = {
        f"{task}-{i}": sorted_by(rows(range(len(one))), one)
        for task, all_scores in scores.items()
        for i, one in enumerate(all_scores)
    }
    found = values_of(recall(truth(scores), rankings))
    for task in scores:
        for k in (1, 2, 3):
            ours, official = found[f"GeneCIS R@{k} {task}"], expected[task][f"R@{k}"]
            if expected[task]["official order of ties"] is None:
                assert ours == pytest.approx(official, abs=EXACT)
            else:
                assert ours <= official


def test_a_constant_score_does_not_put_the_target_first():
    scores = {"focus_object": [[0.5] * 5, [1.0] * 5]}
    rankings = {f"focus_object-{i}": sorted_by(rows(range(5)), [0.5] * 5) for i in range(2)}
    found = values_of(recall(truth(scores), rankings))
    assert found["GeneCIS R@1"] == 0.0
    assert found["GeneCIS R@3 focus_object"] == 0.0
