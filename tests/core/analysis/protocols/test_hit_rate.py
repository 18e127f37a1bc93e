"""SOP and In-Shop, equal to recall_at_ks on its golden cases."""

import numpy as np
import pytest

from core.analysis.protocols.hit_rate import recall
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import bench, by_query, case, golden, rows


def nearest(queries, gallery):
    """Rows of the gallery by squared Euclidean distance, as faiss.IndexFlatL2 orders them."""
    q, g = np.array(queries, np.float32), np.array(gallery, np.float32)
    distances = ((q[:, None, :] - g[None, :, :]) ** 2).sum(axis=2)
    return np.argsort(distances, axis=1, kind="stable")


def truth(labels, gallery_labels, *, removed=False):
    queries = [
        BenchmarkQuery(
            str(i),
            str(i),
            positives=frozenset(
                str(row) for row, other in enumerate(gallery_labels) if other == label
            ),
            removed=frozenset([str(i)] if removed else []),
        )
        for i, label in enumerate(labels)
    ]
    return bench("sop", queries, len(gallery_labels))


def assert_agrees(benchmark, rankings, inputs, expected):
    found = recall(benchmark, rankings, "SOP", inputs["ks"])
    assert {one.name: round(100 * one.value, 2) for one in found} == {
        f"SOP R@{k}": value for k, value in expected["recall percent, rounded to 2"].items()
    }


@pytest.mark.parametrize("case_id", golden("sop_inshop"))
def test_recall_equals_the_official_code(case_id):
    inputs, expected = case("sop_inshop", case_id)
    if "order" in expected:
        # the re-ranked list, of which nothing is removed: the first stage has dropped the query
        benchmark = truth(inputs["labels"], inputs["labels"])
        assert_agrees(benchmark, by_query(expected["order"]), inputs, expected)
    elif "gallery" in inputs:
        benchmark = truth(inputs["query_labels"], inputs["gallery_labels"])
        order = nearest(inputs["queries"], inputs["gallery"])
        assert_agrees(benchmark, by_query(order), inputs, expected)
    elif "duplicates" in case_id:
        # the official code drops the first neighbour, which may be another image than the query
        benchmark = truth(inputs["labels"], inputs["labels"])
        assert_agrees(benchmark, by_query(expected["first 20 neighbours"]), inputs, expected)
    else:
        benchmark = truth(inputs["labels"], inputs["labels"], removed=True)
        order = nearest(inputs["vectors"], inputs["vectors"])
        assert_agrees(benchmark, by_query(order), inputs, expected)


@pytest.mark.parametrize("case_id", ["sop-rerank-101", "sop-rerank-202"])
def test_a_re_ranked_order_is_that_of_the_matcher_scores(case_id):
    inputs, expected = case("sop_inshop", case_id)
    scores = np.array(inputs["matcher scores of the neighbours"])
    order = np.argsort(-scores, axis=1, kind="stable")
    found = np.take_along_axis(np.array(inputs["neighbours"]), order, axis=1)
    assert found.tolist() == expected["order"]


def test_a_query_is_removed_by_its_id_where_images_are_equal():
    inputs, _ = case("sop_inshop", "sop-duplicates-101")
    benchmark = truth(inputs["labels"], inputs["labels"], removed=True)
    order = nearest(inputs["vectors"], inputs["vectors"])
    for one in recall(benchmark, by_query(order), "SOP", inputs["ks"]):
        hits = [
            any(inputs["labels"][row] == inputs["labels"][i] for row in kept[: int(one.name[6:])])
            for i, ranked in enumerate(order)
            for kept in [[row for row in ranked if row != i]]
        ]
        assert one.value == pytest.approx(np.mean(hits))


def test_a_list_that_ends_before_k_is_refused_unless_it_has_a_hit():
    benchmark = truth([0], [0, 1, 1, 1])
    hit = recall(benchmark, {"0": RankedList(["1", "0"])}, "SOP", (1, 4))
    assert [one.value for one in hit] == [0.0, 1.0]
    with pytest.raises(ProtocolError, match="holds 2 images and none of its targets; R@4 needs"):
        recall(benchmark, {"0": RankedList(["1", "2"])}, "SOP", (1, 4))


def test_a_complete_list_is_long_enough_for_any_k():
    benchmark = truth([0], [1, 1])
    (one,) = recall(benchmark, {"0": RankedList(rows(range(2)))}, "SOP", (1000,))
    assert one.value == 0.0
