"""Kendall's tau of two orders."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.agreement import kendall_tau


def test_one_swap_of_neighbours_of_four_is_two_thirds():
    # 6 pairs, 5 concordant, 1 discordant: (5 - 1) / 6
    assert kendall_tau("abcd", "abdc") == pytest.approx(2 / 3)


def test_equal_orders_agree_and_reversed_ones_do_not():
    assert (kendall_tau("abcde", "abcde"), kendall_tau("abcde", "edcba")) == (1.0, -1.0)


def test_one_image_has_no_order():
    assert kendall_tau("a", "a") is None


@given(st.permutations(range(7)))
def test_tau_is_the_naive_count_over_pairs(order):
    pairs = [(i, j) for i in range(7) for j in range(i + 1, 7)]
    signs = [1 if order.index(i) < order.index(j) else -1 for i, j in pairs]
    first = [str(i) for i in range(7)]
    assert kendall_tau(first, [str(i) for i in order]) == pytest.approx(sum(signs) / 21)
