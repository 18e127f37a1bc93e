"""Product1M, equal to evaluate_suit.py on its golden cases."""

import json

import pytest

from core.analysis.protocols.product1m import CUTS, at_k
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden


def truth(gallery, queries):
    return bench(
        "product1m",
        [BenchmarkQuery(name, name, labels=tuple(labels)) for name, labels in queries.items()],
        list(gallery),
        labels=gallery,
    )


@pytest.mark.parametrize("case_id", golden("product1m"))
def test_all_numbers_equal_the_official_script(case_id):
    inputs, expected = case("product1m", case_id)
    benchmark = truth(inputs["gallery"], inputs["queries"])
    rankings = {query: RankedList(images) for query, images in inputs["rankings"].items()}
    official = expected["script output"]["metric_results.json"]
    means = json.loads(official)
    for k in CUTS:
        found = at_k(benchmark, rankings, k)
        for one, name, mean in zip(found, ("AP", "P", "AR"), ("mAP", "Prec", "mAR"), strict=True):
            per_query = {q: v[f"{name}@{k}"] for q, v in expected["per query"].items()}
            assert one.per_query == pytest.approx(per_query, abs=EXACT)
            assert one.value == pytest.approx(means[f"top{k}"][mean], abs=EXACT)


def measured(gallery, labels, images, k=10):
    found = at_k(truth(gallery, {"q": labels}), {"q": RankedList(images)}, k)
    return [one.value for one in found]


def test_ap_is_divided_by_the_positives_found():
    # 1 of 2 positives, at rank 1: n = min(10, 2, 2) = 2
    ap, p, _ = measured({"a": "x", "b": "x", "c": "y"}, ["x"], ["a", "c"])
    assert (ap, p) == (1.0, 0.5)


def test_a_query_for_which_the_script_fails_counts_zero():
    assert measured({"a": "x"}, ["z"], ["a"]) == [0.0, 0.0, 0.0]
    assert measured({"a": "x"}, ["x"], []) == [0.0, 0.0, 0.0]
    # more labels than k: 0 images are expected of each, and the script divides by them
    assert measured({"a": "x", "b": "y"}, ["x", "y"], ["a", "b"], k=1)[2] == 0.0


def test_an_image_that_the_gallery_does_not_have_takes_the_recall_with_it():
    assert measured({"a": "x", "b": "x"}, ["x"], ["a", "strange"]) == [1.0, 0.5, 0.0]
