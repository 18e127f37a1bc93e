"""MMEB, equal to VLM2Vec's RankingMetrics on golden cases."""

import pytest

from core.analysis.protocols.mmeb import METRICS, measured
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, values_of


def labels(one):
    return one["label"] if isinstance(one["label"], list) else [one["label"]]


@pytest.mark.parametrize("case_id", golden("mmeb"))
def test_all_numbers_equal_the_official_code(case_id):
    inputs, expected = case("mmeb", case_id)
    queries = [
        BenchmarkQuery(str(i), None, positives=frozenset(labels(one)), groups={"subset": ("A",)})
        for i, one in enumerate(inputs)
    ]
    rankings = {str(i): RankedList(one["prediction"]) for i, one in enumerate(inputs)}
    benchmark = bench("mmeb", queries, [])
    found = values_of(tuple(v for m in METRICS for v in measured(benchmark, rankings, m)))
    ours = {name.removeprefix("MMEB "): value for name, value in found.items() if "A" not in name}
    assert ours == pytest.approx(expected, abs=EXACT)


def test_the_mean_weighs_subsets_and_not_queries():
    queries = [
        BenchmarkQuery(name, None, positives=frozenset("p"), groups={"subset": (subset,)})
        for name, subset in (("a", "X"), ("b", "Y"), ("c", "Y"))
    ]
    rankings = {"a": RankedList("pn"), "b": RankedList("np"), "c": RankedList("np")}
    found = values_of(measured(bench("mmeb", queries, list("pn")), rankings, "hit"))
    assert found["MMEB hit@1"] == 0.5
    assert found["MMEB hit@1 Y"] == 0.0


def test_grades_make_gains_where_the_files_have_them():
    query = BenchmarkQuery(
        "q", None, positives=frozenset("ab"), groups={"subset": ("X",)}, grades={"a": 3, "b": 1}
    )
    rankings = {"q": RankedList("ban")}
    benchmark = bench("mmeb", [query], list("abn"))
    linear = values_of(measured(benchmark, rankings, "ndcg_linear"))["MMEB ndcg_linear@1"]
    steep = values_of(measured(benchmark, rankings, "ndcg_exponential"))
    assert linear == pytest.approx(1 / 3)
    assert steep["MMEB ndcg_exponential@1"] == pytest.approx(1 / 7)
