"""CIRR, equal to SEARLE's validation and CIRPLANT's soft recall on golden cases."""

import pytest

from core.analysis.protocols.cirr import recall, recall_subset, soft_recall, soft_recall_subset
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, FLOAT32, bench, case, golden, sorted_by, values_of


def truth(names, queries):
    return bench(
        "cirr",
        [
            BenchmarkQuery(
                str(one["pairid"]),
                one["reference"],
                positives=frozenset([one["target_hard"]]),
                removed=frozenset([one["reference"]]),
                marks={"subset": frozenset(one["members"])},
                grades=one["target_soft"],
            )
            for one in queries
        ],
        names,
    )


@pytest.mark.parametrize("case_id", golden("cirr"))
def test_all_numbers_equal_the_official_code(case_id):
    inputs, expected = case("cirr", case_id)
    benchmark = truth(inputs["names"], inputs["queries"])
    rankings = {
        str(one["pairid"]): sorted_by(inputs["names"], scores)
        for one, scores in zip(inputs["queries"], inputs["scores"], strict=True)
    }
    hard = values_of((*recall(benchmark, rankings), *recall_subset(benchmark, rankings)))
    assert hard == pytest.approx(
        {
            **{
                f"CIRR R@{k}": expected["SEARLE"][f"cirr_recall_at{k}"] / 100
                for k in (1, 5, 10, 50)
            },
            **{
                f"CIRR R_subset@{k}": expected["SEARLE"][f"cirr_group_recall_at{k}"] / 100
                for k in (1, 2, 3)
            },
        },
        abs=FLOAT32,
    )
    soft = (
        *soft_recall(benchmark, rankings, (1, 2, 5, 10, 50)),
        *soft_recall_subset(benchmark, rankings),
    )
    wanted = expected["CIRPLANT_soft"]
    assert values_of(soft) == pytest.approx(
        {
            **{
                f"CIRR soft R@{k}": wanted[f"recall_top{k}_correct_composition"]
                for k in (1, 2, 5, 10, 50)
            },
            **{
                f"CIRR soft R_subset@{k}": wanted[f"recall_inset_top{k}_correct_composition"]
                for k in (1, 2, 3)
            },
        },
        abs=EXACT,
    )


def one(target="t", members="rtab", soft=None):
    query = {
        "pairid": "q",
        "reference": "r",
        "target_hard": target,
        "target_soft": soft or {},
        "members": list(members),
    }
    return truth(list("rtabnm"), [query])


def test_the_reference_takes_no_rank_in_the_list_nor_in_the_set():
    rankings = {"q": RankedList("rtnabm")}
    assert recall(one(), rankings)[0].value == 1.0
    assert recall_subset(one(), rankings)[0].value == 1.0


def test_the_set_is_ranked_by_its_own_members_only():
    assert recall_subset(one(), {"q": RankedList("nmtab")})[0].value == 1.0


def test_a_list_that_ends_before_k_is_refused():
    with pytest.raises(ProtocolError, match="holds 1 images and none of its targets"):
        recall(one(), {"q": RankedList("n")}, (2,))
    with pytest.raises(ProtocolError, match="holds 0 images and none of its targets"):
        recall_subset(one(), {"q": RankedList("nm")}, (1,))
    with pytest.raises(ProtocolError, match="holds 1 images"):
        soft_recall(one(soft={"t": 1.0, "a": 0.5}), {"q": RankedList("a")}, (2,))


def test_the_test_split_without_targets_is_refused():
    benchmark = bench("cirr", [BenchmarkQuery("q", "r")], list("ra"))
    with pytest.raises(ProtocolError, match="'q' has no target"):
        recall(benchmark, {"q": RankedList("a")})
    with pytest.raises(ProtocolError, match="'q' has no soft target"):
        soft_recall(benchmark, {"q": RankedList("a")})
    with pytest.raises(ProtocolError, match="'q' has no image set"):
        recall_subset(benchmark, {"q": RankedList("a")})


def test_the_best_soft_target_counts_and_one_without_an_image_does_not():
    benchmark = one(soft={"t": 1.0, "a": 0.5, "b": -1.0})
    assert soft_recall(benchmark, {"q": RankedList("atbnm")}, (1, 2))[0].value == 0.5
    assert soft_recall(benchmark, {"q": RankedList("btanm")}, (1,))[0].value == 0.0
