"""TREC, equal to trec_eval's own numbers on golden cases and its means to ir_measures."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.protocols import trec
from core.analysis.protocols.trec import measured
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, scored

CASE_IDS = [
    f"{kind}-{seed}" for seed in (101, 202) for kind in ("plain", "ties", "graded", "missing")
]
OF = {
    "map": trec.average_precision,
    "Rprec": trec.r_precision,
    "recip_rank": trec.reciprocal_rank,
    "ndcg": trec.ndcg,
}
AT = {
    "P": trec.precision,
    "recall": trec.recall,
    "ndcg_cut": trec.ndcg,
    "map_cut": trec.average_precision,
    "success": trec.success,
}
IR_MEASURES = {
    "RR": "recip_rank",
    "AP": "map",
    "nDCG": "ndcg",
    "Rprec": "Rprec",
    "AP@10": "map_cut_10",
    "P@5": "P_5",
    "Success@1": "success_1",
    "nDCG@10": "ndcg_cut_10",
    "R@10": "recall_10",
}


def function_of(name):
    if name in OF:
        return OF[name]
    stem, k = name.rsplit("_", 1)
    return partial(AT[stem], k=int(k))


def truth(qrels):
    queries = [
        BenchmarkQuery(
            name, name, positives=frozenset(i for i, g in judged.items() if g > 0), grades=judged
        )
        for name, judged in qrels.items()
    ]
    return bench("trec", queries, [])


def lists(run):
    return {query: scored(list(one), list(one.values())) for query, one in run.items()}


@pytest.mark.parametrize("case_id", CASE_IDS)
def test_all_numbers_equal_trec_eval_and_the_means_of_ir_measures(case_id):
    inputs, expected = case("trec_eval", case_id)
    benchmark, rankings = truth(inputs["qrels"]), lists(inputs["run"])
    per_query = expected["trec_eval per query"]
    names = {name for values in per_query.values() for name in values}
    assert len(names) == 15
    for name in sorted(names):
        (one,) = measured(benchmark, rankings, name, function_of(name))
        wanted = {query: values[name] for query, values in per_query.items()}
        found = {query: one.per_query[query] for query in wanted}
        assert found == pytest.approx(wanted, abs=EXACT)
        assert one.n == len(inputs["qrels"])  # a query without a list counts 0
    for theirs, ours in IR_MEASURES.items():
        (one,) = measured(benchmark, rankings, ours, function_of(ours))
        assert one.value == pytest.approx(expected["ir_measures mean"][theirs], abs=EXACT)


def test_every_golden_case_is_in_the_list():
    assert sorted(golden("trec_eval")) == sorted(CASE_IDS)


def value(qrels, ranked, of=trec.average_precision):
    (one,) = measured(truth({"q": qrels}), {"q": ranked}, "name", of)
    return one.value


def test_equal_scores_go_by_falling_id():
    assert value({"a": 1}, scored(["a", "b"], [0.5, 0.5])) == 0.5
    assert value({"b": 1}, scored(["a", "b"], [0.5, 0.5])) == 1.0


def test_scores_that_float32_cannot_tell_apart_are_equal():
    # pytrec_eval-terrier 0.5.11 gives 0.5 here
    assert value({"a": 1}, scored(["a", "b"], [0.5 + 1e-10, 0.5])) == 0.5


def test_a_mere_order_is_taken_as_it_is():
    assert value({"a": 1}, RankedList(["a", "b"])) == 1.0


def test_a_negative_grade_is_no_gain_and_takes_a_rank():
    # pytrec_eval-terrier 0.5.11: map 0.5, ndcg 0.6309297535714575
    ranked = scored(["a", "b"], [0.6, 0.5])
    assert value({"a": -1, "b": 2, "c": 0}, ranked) == 0.5
    assert value({"a": -1, "b": 2, "c": 0}, ranked, trec.ndcg) == pytest.approx(0.6309297535714575)


def test_positives_without_grades_have_grade_one():
    query = BenchmarkQuery("q", "q", positives=frozenset("a"))
    (one,) = measured(
        bench("trec", [query], []), {"q": RankedList("ba")}, "map", trec.average_precision
    )
    assert one.value == 0.5


images = [f"image{i}" for i in range(8)]


@given(st.permutations(images), st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_values_are_shares_and_a_perfect_list_has_one(order, grades):
    qrels = dict(zip(images, grades, strict=True))
    if not any(grades):
        return
    best = sorted(images, key=lambda image: -qrels[image])
    for of in OF.values():
        assert 0.0 <= value(qrels, RankedList(order), of) <= 1.0 + 1e-12
        assert value(qrels, RankedList(best), of) == pytest.approx(1.0)
    falling = np.arange(8, 0, -1, dtype=np.float64)
    assert value(qrels, RankedList(order, falling)) == value(qrels, RankedList(order))
