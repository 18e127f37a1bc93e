"""FashionIQ, equal to SEARLE's validation on its golden cases."""

import pytest

from core.analysis.protocols.fashioniq import recall
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import FLOAT32, bench, case, golden, sorted_by, values_of


@pytest.mark.parametrize("case_id", golden("fashioniq"))
def test_recalls_equal_the_official_code(case_id):
    inputs, expected = case("fashioniq", case_id)
    queries, rankings = [], {}
    for category, part in inputs.items():
        for i, (one, scores) in enumerate(zip(part["queries"], part["scores"], strict=True)):
            query_id = f"{category}-{i}"
            queries.append(
                BenchmarkQuery(
                    query_id,
                    one["candidate"],
                    positives=frozenset([one["target"]]),
                    gallery=tuple(part["names"]),
                    groups={"category": (category,)},
                )
            )
            rankings[query_id] = sorted_by(part["names"], scores)
    found = values_of(recall(bench("fashioniq", queries, []), rankings))
    wanted = {
        f"FashionIQ R@{k}{'' if part == 'average' else f' {part}'}": values[f"fiq_recall_at{k}"]
        / 100
        for part, values in expected.items()
        for k in (10, 50)
    }
    assert found == pytest.approx(wanted, abs=FLOAT32)


def test_images_of_another_category_take_no_rank_and_the_reference_does():
    query = BenchmarkQuery(
        "q", "r", positives=frozenset("t"), gallery=tuple("rt"), groups={"category": ("dress",)}
    )
    benchmark = bench("fashioniq", [query], list("rtxyz"))
    found = values_of(recall(benchmark, {"q": RankedList("xyrtz")}, (1, 2)))
    assert found["FashionIQ R@1 dress"] == 0.0
    assert found["FashionIQ R@2 dress"] == 1.0


def test_a_query_without_a_category_is_refused():
    query = BenchmarkQuery("q", "r", positives=frozenset("t"))
    with pytest.raises(ProtocolError, match="0 groups of kind 'category'"):
        recall(bench("fashioniq", [query], list("rt")), {"q": RankedList("t")})


def test_the_test_split_without_targets_is_refused():
    query = BenchmarkQuery("q", "r", groups={"category": ("dress",)})
    with pytest.raises(ProtocolError, match="'q' has no positive"):
        recall(bench("fashioniq", [query], list("rt")), {"q": RankedList("t")})
