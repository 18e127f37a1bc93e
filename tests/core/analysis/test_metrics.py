"""AP@k three ways: worked by hand, by independent naive code, and beside scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from core.analysis.metrics import (
    ap_at_k,
    first_positive_rank,
    found_ranks,
    intruders,
    negatives_before,
    oracle_order,
    recall_at_1,
)
from core.types.corpus import Relevance

LETTERS = "abcdefghijkl"


def relevance(positives: str, junk: str = "") -> Relevance:
    return Relevance("q", frozenset(positives), frozenset(junk))


def test_the_four_conventions_of_ap_at_k_are_four_numbers():
    # One query, 3 positives, found at ranks 1 and 3, one never; k = 2.
    ranked, known = ["p", "n", "r"], relevance("prs")
    over_all = 1 / 3  # ir_measures AP@2: / all positives
    over_min = 1 / 2  # ILIAS: / min(k, positives)
    trapezoid = (1 + 1) / 2 / 3 + (1 / 2 + 2 / 3) / 2 / 3  # revisitop: no cut-off
    over_hits = 1.0  # torchmetrics: / hits inside the top k
    assert ap_at_k(ranked, known, 2) == over_min
    assert round(trapezoid, 4) == 0.5278
    assert len({over_all, over_min, trapezoid, over_hits}) == 4


def test_ap_by_hand_with_a_missed_positive():
    # ranks 1 and 3 of 3 positives: (1/1 + 2/3) / 3
    assert ap_at_k(["p", "n", "r", "m"], relevance("prs"), 1000) == pytest.approx(5 / 9)


def test_junk_between_positives_does_not_lower_ap():
    assert ap_at_k(["p", "j", "r"], relevance("pr", "j"), 1000) == 1.0


def test_junk_does_not_count_as_a_rank_at_the_cut():
    assert found_ranks(["j", "p"], relevance("p", "j")) == [1]
    assert ap_at_k(["j", "p"], relevance("p", "j"), 1) == 1.0


def test_a_query_without_positives_has_no_ap():
    assert ap_at_k(["a"], relevance(""), 10) is None
    assert recall_at_1(["a"], relevance("")) is None


def test_a_positive_outside_the_list_counts_as_missed():
    assert ap_at_k(["a", "b"], relevance("z"), 10) == 0.0
    assert first_positive_rank(["a", "b"], relevance("z")) is None


def test_recall_at_1_ignores_junk_on_top():
    assert recall_at_1(["j", "p"], relevance("p", "j")) == 1.0
    assert recall_at_1(["n", "p"], relevance("p")) == 0.0


def test_recall_at_1_asks_for_the_first_place_only():
    assert recall_at_1(["p", "r"], relevance("pr")) == 1.0  # another positive below does no harm
    assert recall_at_1(["n", "m"], relevance("p")) == 0.0  # known, but not in the list


def test_the_first_positive_is_the_best_placed_of_several():
    # junk takes no rank: n 1, p 2, m 3, r 4
    assert first_positive_rank(["n", "j", "p", "m", "r"], relevance("pr", "j")) == 2


def test_intruders_are_the_negatives_above_the_first_positive():
    assert intruders(["n", "j", "m", "p", "o"], relevance("p", "j")) == ("n", "m")
    assert intruders(["n"], relevance("p")) == ()


def test_oracle_moves_positives_of_the_depth_only():
    assert oracle_order("anbp", relevance("bp"), 3) == ("b", "a", "n", "p")


def naive_ap(ranked: list[str], positives: set[str], junk: set[str], k: int) -> float:
    """Precision at every rank of the list without junk, averaged over positives, literally."""
    kept = [image for image in ranked if image not in junk][:k]
    total = 0.0
    for rank in range(1, len(kept) + 1):
        if kept[rank - 1] in positives:
            total += sum(image in positives for image in kept[:rank]) / rank
    return total / min(k, len(positives))


lists = st.permutations(LETTERS).flatmap(
    lambda p: st.integers(1, len(p)).map(lambda n: list(p[:n]))
)
sets = st.sets(st.sampled_from(LETTERS), min_size=1, max_size=8)


@given(lists, sets, st.sets(st.sampled_from(LETTERS), max_size=4), st.integers(1, 15))
def test_ap_equals_naive_code(ranked, positives, junk, k):
    positives = positives - junk
    if positives:
        expected = naive_ap(ranked, positives, junk, k)
        assert ap_at_k(ranked, Relevance("q", frozenset(positives), frozenset(junk)), k) == (
            pytest.approx(expected, abs=1e-12)
        )


@given(st.permutations(LETTERS), sets)
def test_ap_equals_scikit_learn_on_a_full_list_without_ties(ranked, positives):
    truth = np.array([image in positives for image in ranked])
    scores = -np.arange(len(ranked), dtype=float)
    expected = average_precision_score(truth, scores)
    assert ap_at_k(ranked, Relevance("q", frozenset(positives)), 1000) == pytest.approx(expected)


@given(st.permutations(LETTERS), sets, st.integers(1, 15))
def test_ap_is_a_share_and_one_only_if_positives_lead(ranked, positives, k):
    ap = ap_at_k(ranked, Relevance("q", frozenset(positives)), k)
    n = min(k, len(positives))
    leads = all(image in positives for image in ranked[:n])
    assert ap is not None
    assert 0.0 <= ap <= 1.0
    assert (ap == pytest.approx(1.0)) == leads


@given(st.permutations(LETTERS), sets, st.integers(0, 12))
def test_oracle_is_never_below_any_order_of_the_depth(ranked, positives, depth):
    known = Relevance("q", frozenset(positives))
    best = ap_at_k(oracle_order(ranked, known, depth), known, 1000)
    other = [*reversed(ranked[:depth]), *ranked[depth:]]
    assert best is not None
    assert best >= (ap_at_k(other, known, 1000) or 0.0) - 1e-12


@given(st.permutations(LETTERS), sets, st.lists(st.integers(0, 12), max_size=5))
def test_adding_junk_changes_nothing(ranked, positives, places):
    noisy = list(ranked)
    junk = {f"junk{i}" for i in range(len(places))}
    for name, place in zip(sorted(junk), places, strict=True):
        noisy.insert(place, name)
    plain = ap_at_k(ranked, Relevance("q", frozenset(positives)), 5)
    assert ap_at_k(noisy, Relevance("q", frozenset(positives), frozenset(junk)), 5) == plain


def test_negatives_before_counts_negatives_only():
    known = relevance("pqr", junk="j")
    assert negatives_before("njpqmor", known) == {"p": 1, "q": 1, "r": 3}
    assert negatives_before("n", known) == {}
