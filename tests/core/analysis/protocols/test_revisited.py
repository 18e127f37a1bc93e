"""Revisited Oxford and Paris, equal to the official evaluate.py on its golden cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.protocols.revisited import SETTINGS, mean_ap, mean_precision
from core.errors import ProtocolError
from core.types.benchmarks import BenchmarkQuery, RankedList
from tests.official import EXACT, bench, by_query, case, golden, rows

LETTERS = "EASYHRDX"


def truth(inputs):
    queries = []
    for i, one in enumerate(inputs["gnd"]):
        easy, hard = frozenset(rows(one["easy"])), frozenset(rows(one["hard"]))
        queries.append(
            BenchmarkQuery(
                str(i),
                None,
                positives=easy | hard,
                junk=frozenset(rows(one["junk"])),
                marks={"easy": easy, "hard": hard},
            )
        )
    return bench("revisited", queries, inputs["n_db"])


def assert_agrees(inputs, rankings, expected):
    benchmark = truth(inputs)
    for setting, letter in zip(SETTINGS, "EMH", strict=True):
        wanted = expected[letter]
        if "raises" in wanted:
            with pytest.raises(ProtocolError, match="has a positive in the setting"):
                mean_ap(benchmark, rankings, setting)
            with pytest.raises(ProtocolError, match="has a positive in the setting"):
                mean_precision(benchmark, rankings, setting)
            continue
        (one,) = mean_ap(benchmark, rankings, setting)
        aps = {str(i): ap for i, ap in enumerate(wanted["aps"]) if ap is not None}
        assert one.value == pytest.approx(wanted["mAP"], abs=EXACT)
        assert one.per_query == pytest.approx(aps, abs=EXACT)
        assert one.n == len(aps)
        found = mean_precision(benchmark, rankings, setting, inputs["ks"])
        assert [p.value for p in found] == pytest.approx(wanted["mP"], abs=EXACT)
        for k, p in enumerate(found):
            known = {str(i): row[k] for i, row in enumerate(wanted["p"]) if row[k] is not None}
            assert p.per_query == pytest.approx(known, abs=EXACT)


@pytest.mark.parametrize("case_id", golden("revisitop"))
def test_map_and_mp_equal_the_official_code(case_id):
    inputs, expected = case("revisitop", case_id)
    if "ranks" in inputs:
        assert_agrees(inputs, by_query(inputs["ranks"]), expected.get("revisitop", expected))
        return
    for order in ("official", "stable"):
        assert_agrees(inputs, by_query(expected[f"ranks_{order}"]), expected[order])


def test_names_are_those_that_are_published():
    inputs, _ = case("revisitop", "junk-between")
    rankings = by_query(inputs["ranks"])
    assert [one.name for one in mean_ap(truth(inputs), rankings, "hard")] == ["revisited mAP hard"]
    assert [one.name for one in mean_precision(truth(inputs), rankings, "easy")] == [
        "revisited mP@1 easy",
        "revisited mP@5 easy",
        "revisited mP@10 easy",
    ]


def test_a_list_without_a_positive_has_an_ap_of_zero_and_no_precision():
    inputs, _ = case("revisitop", "one-at-5")
    short = by_query([inputs["ranks"][0][:3]])
    (one,) = mean_ap(truth(inputs), short, "hard")
    assert one.value == 0.0
    with pytest.raises(ProtocolError, match="holds 3 images and none of its hard positives"):
        mean_precision(truth(inputs), short, "hard")


def small(easy, hard, junk=()):
    easy, hard = frozenset(easy), frozenset(hard)
    marks = {"easy": easy, "hard": hard}
    query = BenchmarkQuery("q", None, positives=easy | hard, junk=frozenset(junk), marks=marks)
    return bench("revisited", [query], [*LETTERS, *junk])


orders = st.permutations(LETTERS)
sets = st.sets(st.sampled_from(LETTERS), min_size=2, max_size=6).map(sorted)


@given(orders, sets, st.lists(st.integers(0, 8), max_size=5))
def test_adding_junk_changes_nothing(order, positives, places):
    easy, hard = positives[::2], positives[1::2]
    junk = [f"junk{i}" for i in range(len(places))]
    noisy = list(order)
    for name, place in zip(junk, places, strict=True):
        noisy.insert(place, name)
    for setting in SETTINGS:
        plain = mean_ap(small(easy, hard), {"q": RankedList(order)}, setting)
        with_junk = mean_ap(small(easy, hard, junk), {"q": RankedList(noisy)}, setting)
        assert with_junk == plain
        assert mean_precision(small(easy, hard, junk), {"q": RankedList(noisy)}, setting) == (
            mean_precision(small(easy, hard), {"q": RankedList(order)}, setting)
        )


@given(orders, sets)
def test_values_are_shares_and_a_perfect_list_has_one(order, positives):
    easy, hard = positives[::2], positives[1::2]
    perfect = [*positives, *(image for image in order if image not in positives)]
    for setting in SETTINGS:
        (one,) = mean_ap(small(easy, hard), {"q": RankedList(order)}, setting)
        assert 0.0 <= one.value <= 1.0
        (best,) = mean_ap(small(easy, hard), {"q": RankedList(perfect)}, setting)
        assert best.value == pytest.approx(1.0)
        tops = mean_precision(small(easy, hard), {"q": RankedList(perfect)}, setting)
        assert [top.value for top in tops] == [1.0, 1.0, 1.0]
