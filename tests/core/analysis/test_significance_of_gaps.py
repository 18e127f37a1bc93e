"""The interval of a group against the rest."""

import numpy as np
import pytest

from core.analysis.significance import gap_interval
from core.types.runs import Interval

RNG = np.random.default_rng(0)
CLUSTERS = [f"i{row // 2}" for row in range(80)]
INSIDE = np.arange(80) < 20


def test_a_planted_gap_lies_in_its_interval_and_0_does_not():
    values = np.where(INSIDE, 0.3, 0.7) + RNG.normal(0, 0.05, 80)
    found = gap_interval(values, CLUSTERS, INSIDE)
    assert found.low < -0.4 < found.high < 0
    assert found.level == 0.95


def test_without_variation_the_interval_is_the_gap():
    found = gap_interval(np.where(INSIDE, 0.25, 0.75), CLUSTERS, INSIDE)
    assert (found.low, found.high) == (pytest.approx(-0.5), pytest.approx(-0.5))


def test_a_draw_with_one_side_only_is_left_out():
    # Two instances in the group and two outside: in 1 of 8 draws a side is empty
    found = gap_interval(
        np.float64([3, 3, 1, 1]), list("abcd"), np.array([True, True, False, False])
    )
    assert found == Interval(2.0, 2.0, 0.95)


def test_two_instances_on_each_side_are_needed_and_enough():
    values, clusters = np.float64([3, 2, 1, 0]), list("abcd")
    assert gap_interval(values, clusters, np.array([True, True, False, False])) is not None
    assert gap_interval(values, clusters, np.array([True, False, False, False])) is None
    assert gap_interval(values, clusters, np.array([True, True, True, False])) is None


def test_the_level_is_that_of_the_percentiles():
    # The group's mean is 0, 1/2 or 1 beside a constant 0: a draw of both instances is as likely
    # as one of the same twice, so half of the draws lie at 1/2 and a quarter at each end
    values, clusters = np.float64([0, 1, 0, 0]), list("abcd")
    inside = np.array([True, True, False, False])
    assert gap_interval(values, clusters, inside) == Interval(0.0, 1.0, 0.95)
    assert gap_interval(values, clusters, inside, level=0.2) == Interval(0.5, 0.5, 0.2)


def test_a_draw_with_a_single_query_on_a_side_counts():
    # The side that varies gives 1, 2 or 3 of the 4 drawn queries in 4, 6 and 4 of 14 draws. All of
    # them are the 1 in 1/2, 1/4 and 1/8 of these: (2 + 1.5 + 0.5) / 14 = 2/7, more than the
    # quarter that the level leaves out. Without draws of a single query it would be 2 of 10.
    first, last = np.array([True, True, False, False]), np.float64([0, 0, 0, 1])
    assert gap_interval(last, list("abcd"), first, level=0.5) == Interval(-1.0, 0.0, 0.5)
    assert gap_interval(last, list("abcd"), ~first, level=0.5) == Interval(0.0, 1.0, 0.5)


def test_an_interval_that_was_reported_is_found_again():
    # Number of draws, seed and stream are part of what a stored report says; from version 0.1.0.
    values = np.random.default_rng(7).random(60)
    found = gap_interval(values, [f"i{row // 2}" for row in range(60)], np.arange(60) % 3 == 0)
    assert found == Interval(pytest.approx(-0.26073052), pytest.approx(0.00558175775), 0.95)


def test_as_many_draws_are_made_as_were_asked_for():
    # 251 draws come in chunks of 250 and 1; here at once, each gap from the rows that are drawn
    values, inside = np.random.default_rng(8).random(8), np.arange(8) < 4
    drawn = np.random.default_rng(0).multinomial(8, np.full(8, 1 / 8), size=251)
    rows = [np.repeat(np.arange(8), times) for times in drawn]
    sides = [(values[one[inside[one]]], values[one[~inside[one]]]) for one in rows]
    gaps = [np.mean(a) - np.mean(b) for a, b in sides if len(a) and len(b)]
    found = gap_interval(values, list("abcdefgh"), inside, draws=251)
    low, high = np.quantile(gaps, [0.025, 0.975])
    assert found == Interval(pytest.approx(low), pytest.approx(high), 0.95)


def test_queries_of_one_instance_are_not_independent():
    values = np.repeat(RNG.normal(0.5, 0.2, 40), 2)
    honest = gap_interval(values, CLUSTERS, INSIDE)
    naive = gap_interval(values, [str(row) for row in range(80)], INSIDE)
    assert honest.high - honest.low > 1.2 * (naive.high - naive.low)


def test_one_instance_alone_has_no_interval():
    assert gap_interval(np.ones(80), CLUSTERS, np.arange(80) < 2) is None


def test_the_same_seed_gives_the_same_interval():
    values = RNG.uniform(0, 1, 80)
    assert gap_interval(values, CLUSTERS, INSIDE) == gap_interval(values, CLUSTERS, INSIDE)
