"""INQUIRE, equal to its metrics.py on golden cases, and to scikit-learn with ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from core.analysis.protocols.inquire import average_precision, ndcg, reciprocal_rank
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, scored, values_of


def truth(relevant, n_positives):
    names = [f"image{i}" for i in range(len(relevant))]
    listed = [name for name, is_positive in zip(names, relevant, strict=True) if is_positive]
    unlisted = [f"unlisted{i}" for i in range(n_positives - len(listed))]
    query = BenchmarkQuery("q", None, ("a toy",), positives=frozenset([*listed, *unlisted]))
    return bench("inquire", [query], [*names, *unlisted]), names


@pytest.mark.parametrize("case_id", golden("inquire"))
def test_all_numbers_equal_the_official_code(case_id):
    inputs, expected = case("inquire", case_id)
    benchmark, names = truth(inputs["y_true"], inputs["count_pos"])
    rankings = {"q": scored(names, inputs["y_pred"])}
    ap, _ = average_precision(benchmark, rankings)
    gain, _ = ndcg(benchmark, rankings)
    (rr,) = reciprocal_rank(benchmark, rankings)
    assert [ap.value, gain.value, rr.value] == pytest.approx(
        [expected["AP"], expected["nDCG"], expected["RR"]], abs=EXACT
    )


def test_the_cut_at_50_is_the_list_of_the_first_50_by_score():
    inputs, _ = case("inquire", "rerank-101")
    benchmark, names = truth(inputs["y_true"], inputs["count_pos"])
    order = np.argsort(-np.array(inputs["y_pred"]), kind="stable")
    first = [names[i] for i in order[:50]]
    whole = {"q": scored(names, inputs["y_pred"])}
    short = {"q": scored(first, np.array(inputs["y_pred"])[order[:50]])}
    for of in (average_precision, ndcg):
        assert of(benchmark, whole)[1].value == pytest.approx(of(benchmark, short)[0].value)


def test_positives_outside_a_query_s_gallery_do_not_count():
    query = BenchmarkQuery("q", None, positives=frozenset("pz"), gallery=tuple("pn"))
    benchmark = bench("inquire", [query], list("pnz"))
    assert average_precision(benchmark, {"q": RankedList("pn")})[0].value == 1.0


def test_a_query_without_a_positive_is_left_out_and_one_that_finds_none_is_zero():
    benchmark, names = truth([0, 0], 0)
    assert average_precision(benchmark, {"q": RankedList(names)})[0].value is None
    benchmark, names = truth([0, 0], 1)
    found = (
        *average_precision(benchmark, {"q": RankedList(names)}),
        *ndcg(benchmark, {"q": RankedList(names)}),
        *reciprocal_rank(benchmark, {"q": RankedList(names)}),
    )
    assert set(values_of(found).values()) == {0.0}


def test_the_last_of_a_tie_comes_first_in_the_reciprocal_rank():
    benchmark, names = truth([1, 0, 0], 1)
    (one,) = reciprocal_rank(benchmark, {"q": scored(names, [0.5, 0.5, 0.5])})
    assert one.value == pytest.approx(1 / 3)


pairs = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=2, max_size=12)


@given(pairs, st.integers(0, 3))
def test_ndcg_equals_scikit_learn_with_ties_and_unlisted_positives(listed, n_unlisted):
    relevant = [int(is_positive) for is_positive, _ in listed]
    scores = [score / 4 for _, score in listed]
    n = sum(relevant) + n_unlisted
    if n == 0:
        return
    benchmark, names = truth(relevant, n)
    wanted = ndcg_score(
        [relevant + [1] * n_unlisted], [scores + [-100] * n_unlisted], k=len(relevant)
    )
    (one, _) = ndcg(benchmark, {"q": scored(names, scores)})
    assert one.value == pytest.approx(wanted, abs=1e-12)
    assert 0.0 <= one.value <= 1.0 + 1e-12


@given(pairs)
def test_a_perfect_list_has_one_everywhere(listed):
    relevant = sorted((is_positive for is_positive, _ in listed), reverse=True)
    if not any(relevant):
        return
    benchmark, names = truth(relevant, sum(relevant))
    rankings = {"q": RankedList(names)}
    found = (
        *average_precision(benchmark, rankings),
        *ndcg(benchmark, rankings),
        *reciprocal_rank(benchmark, rankings),
    )
    assert list(values_of(found).values()) == pytest.approx([1.0] * 5)
