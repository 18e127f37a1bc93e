"""Intervals of slices from one set of draws."""

import numpy as np
import pytest

from core.analysis.significance import bootstrap, slice_intervals
from core.types.runs import Interval

RNG = np.random.default_rng(3)
DELTAS = RNG.normal(0.1, 0.3, 60)
CLUSTERS = [f"object {i // 3}" for i in range(60)]


def test_a_slice_of_everything_has_the_interval_of_the_whole():
    found = slice_intervals(DELTAS, CLUSTERS, np.ones((60, 1), bool))[0]
    table = np.stack([np.zeros(60), DELTAS], axis=1)
    draws = bootstrap(table, CLUSTERS)
    assert draws is not None
    assert found is not None
    whole = draws.difference(1, 0)
    # the same estimator; the draws come in other chunks
    assert found.low == pytest.approx(whole.low, abs=0.01)
    assert found.high == pytest.approx(whole.high, abs=0.01)


def test_a_small_slice_is_less_certain_than_the_whole():
    members = np.stack([np.ones(60, bool), np.arange(60) < 9], axis=1)
    whole, part = slice_intervals(DELTAS, CLUSTERS, members)
    assert whole is not None
    assert part is not None
    assert part.high - part.low > whole.high - whole.low


def test_two_instances_give_the_interval_of_their_draws():
    # Differences 0 and 1: the mean of a draw is 0, 1/2 or 1, in 1, 2 and 1 of 4 draws
    both = np.array([[True], [True]])
    assert slice_intervals(np.float64([0, 1]), list("ab"), both) == [Interval(0.0, 1.0, 0.95)]
    narrow = slice_intervals(np.float64([0, 1]), list("ab"), both, level=0.2)
    assert narrow == [Interval(0.5, 0.5, 0.2)]


def test_a_mean_of_a_slice_is_taken_over_its_own_rows():
    # The slice holds both rows of a and one of b, each 1 there and 9 in the row outside
    members = np.array([[True], [True], [False], [True]])
    found = slice_intervals(np.float64([1, 1, 9, 1]), list("aabb"), members)
    assert found == [Interval(1.0, 1.0, 0.95)]


def test_a_draw_with_a_single_row_of_the_slice_counts():
    # Instances a and b are in the slice, with 0 and 1, c is not. Of 26 draws with a or b, 7 hold
    # no b, 3 of them as a single a; without single rows it would be 4 of 20, less than the quarter
    # that the level leaves out. The same for b.
    members = np.array([[True], [True], [False]])
    found = slice_intervals(np.float64([0, 1, 9]), list("abc"), members, level=0.5)
    assert found == [Interval(0.0, 1.0, 0.5)]


def test_an_interval_that_was_reported_is_found_again():
    # Number of draws, seed and stream are part of what a stored run says; from version 0.1.0.
    deltas = np.random.default_rng(7).random(60)
    found = slice_intervals(deltas, CLUSTERS, (np.arange(60) % 4 == 0)[:, None])[0]
    assert found == Interval(pytest.approx(0.2816293), pytest.approx(0.58820749), 0.95)


def test_one_instance_gives_no_interval():
    members = (np.arange(60) < 3)[:, None]
    assert slice_intervals(DELTAS, CLUSTERS, members) == [None]


def test_draws_without_the_slice_do_not_count_as_zero():
    members = (np.arange(60) < 6)[:, None]  # two instances, all of their differences are 1
    found = slice_intervals(np.ones(60), CLUSTERS, members)[0]
    assert found is not None
    assert (found.low, found.high) == (1.0, 1.0)


def test_the_seed_repeats_the_interval():
    members = (np.arange(60) < 30)[:, None]
    assert slice_intervals(DELTAS, CLUSTERS, members) == slice_intervals(DELTAS, CLUSTERS, members)
