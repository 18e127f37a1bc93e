"""CIRCO, equal to its evaluation.py on golden cases."""

import pytest

from core.analysis.protocols.circo import ASPECTS, by_aspect, mean_ap, target_recall
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, case, golden, rows, values_of


def truth(annotations, image_ids):
    return bench(
        "circo",
        [
            BenchmarkQuery(
                str(one["id"]),
                str(one["reference_img_id"]),
                positives=frozenset(rows(one["gt_img_ids"])),
                marks={"target": frozenset([str(one["target_img_id"])])},
                groups={"aspect": tuple(one["semantic_aspects"])},
            )
            for one in annotations
        ],
        rows(image_ids),
    )


@pytest.mark.parametrize("case_id", golden("circo"))
def test_all_numbers_equal_the_official_code(case_id):
    inputs, expected = case("circo", case_id)
    benchmark = truth(inputs["annotations"], inputs["image_ids"])
    rankings = {query: RankedList(rows(images)) for query, images in inputs["predictions"].items()}
    assert values_of(mean_ap(benchmark, rankings)) == pytest.approx(
        {f"CIRCO mAP@{k}": value for k, value in expected["mAP@k"].items()}, abs=EXACT
    )
    assert values_of(target_recall(benchmark, rankings)) == pytest.approx(
        {
            f"CIRCO R@{k} of the target": value
            for k, value in expected["recall@k of the target"].items()
        },
        abs=EXACT,
    )
    found = values_of(by_aspect(benchmark, rankings))
    assert set(found) == {f"CIRCO mAP@10 {aspect}" for aspect in ASPECTS}
    for aspect, value in expected["semantic mAP@10"].items():
        ours = found[f"CIRCO mAP@10 {aspect}"]
        assert ours is None if value is None else ours == pytest.approx(value, abs=EXACT)


def one(**more):
    return bench(
        "circo", [BenchmarkQuery("0", "r", positives=frozenset("pt"), **more)], list("rpt")
    )


def test_the_reference_image_stays_in_the_list():
    # p at rank 2, t at rank 3: (1/2 + 2/3) / 2
    assert mean_ap(one(), {"0": RankedList("rpt")})[0].value == pytest.approx(7 / 12)


def test_a_list_with_an_image_twice_is_refused():
    with pytest.raises(ProtocolError, match="holds image 'p' more than once"):
        mean_ap(one(), {"0": RankedList("pp")})


def test_a_target_that_is_not_known_is_refused():
    with pytest.raises(ProtocolError, match="no image marked as the target"):
        target_recall(one(), {"0": RankedList("p")})
