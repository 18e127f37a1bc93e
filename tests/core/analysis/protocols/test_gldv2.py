"""GLDv2 retrieval, equal to DELF's metrics and AMES' evaluator on golden cases."""

import pytest

from core.analysis.protocols.gldv2 import mean_ap
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden


def truth(solution, usage=()):
    queries = [
        BenchmarkQuery(name, name, positives=frozenset(images), groups={"usage": usage})
        for name, images in solution.items()
    ]
    return bench("gldv2", queries, [])


def lists(predictions):
    return {query: RankedList(images) for query, images in predictions.items()}


@pytest.mark.parametrize("case_id", golden("gldv2"))
def test_map_equals_the_official_code(case_id):
    inputs, expected = case("gldv2", case_id)
    benchmark, rankings = truth(inputs["solution"]), lists(inputs["predictions"])
    for k in (100, 10, 1):
        one = mean_ap(benchmark, rankings, k)[0]
        assert one.value == pytest.approx(expected[f"mAP@{k}"], abs=EXACT)
        assert one.n == len(inputs["solution"])
    if "ames_aps@100" in expected:
        one = mean_ap(benchmark, rankings)[0]
        assert one.value == pytest.approx(expected["ames_map@100"], abs=EXACT)
        assert one.per_query == pytest.approx(expected["ames_aps@100"], abs=EXACT)


def test_public_and_private_queries_have_numbers_of_their_own():
    queries = [
        BenchmarkQuery("a", "a", positives=frozenset("p"), groups={"usage": ("Public",)}),
        BenchmarkQuery("b", "b", positives=frozenset("p"), groups={"usage": ("Private",)}),
    ]
    rankings = {"a": RankedList("pn"), "b": RankedList("np")}
    values = mean_ap(bench("gldv2", queries, []), rankings)
    assert [(one.name, one.value, one.n) for one in values] == [
        ("GLDv2 mAP@100", 0.75, 2),
        ("GLDv2 mAP@100 public", 1.0, 1),
        ("GLDv2 mAP@100 private", 0.5, 1),
    ]


def test_a_repeated_positive_scores_once_and_takes_up_a_rank():
    # p at 1, its repetition at 2, r at 3: (1/1 + 2/3) / 2
    assert mean_ap(truth({"q": ["p", "r"]}), lists({"q": "ppr"}))[0].value == pytest.approx(5 / 6)


def test_a_query_without_positives_is_refused():
    with pytest.raises(ProtocolError, match="'q' has no positive"):
        mean_ap(truth({"q": []}), {})
