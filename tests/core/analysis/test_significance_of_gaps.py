"""The interval of a group against the rest."""

import numpy as np
import pytest

from core.analysis.significance import gap_interval

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
