"""The clustered bootstrap: deterministic, paired, wider with few clusters."""

import tracemalloc

import numpy as np
import pytest

from core.analysis.significance import Bootstrap, bootstrap, holm
from core.types.runs import Interval

SIX = np.array([[0, 0.5], [1, 0.5], [1, 1], [0, 0.25], [0.5, 1], [1, 0.75]])


def about(low: float, high: float, level: float) -> Interval:
    return Interval(pytest.approx(low), pytest.approx(high), level)


def test_a_constant_difference_has_a_point_interval():
    rng = np.random.default_rng(1)
    before = rng.random(30)
    values = np.stack([before, before + 0.1], axis=1)
    draws = bootstrap(values, [f"i{i}" for i in range(30)])
    assert draws is not None
    interval = draws.difference(1, 0)
    assert (interval.low, interval.high) == (pytest.approx(0.1), pytest.approx(0.1))
    assert draws.p_value(1, 0) == pytest.approx(1e-4)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(2).random((20, 2))
    clusters = [f"i{i // 2}" for i in range(20)]
    one, two = bootstrap(values, clusters), bootstrap(values, clusters)
    assert one is not None
    assert two is not None
    assert one.interval(0) == two.interval(0)


def test_intervals_of_known_draws_are_their_percentiles():
    # draws 0, 1, ..., 100 of one mean and twice that of another
    draws = Bootstrap(np.arange(101.0)[:, None] * [1, 2])
    assert draws.interval(0) == about(2.5, 97.5, 0.95)
    assert draws.interval(1, level=0.9) == about(10.0, 190.0, 0.9)
    assert draws.difference(1, 0) == about(2.5, 97.5, 0.95)
    assert draws.difference(0, 1, level=0.5) == about(-75.0, -25.0, 0.5)


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([-1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0.2),  # twice the smaller tail, 1 of 10
        ([1, -1, -1, -1, -1, -1, -1, -1, -1, -1], 0.2),
        ([0, -1, 1, 1, 1], 0.8),  # a draw of no difference lies in both tails: 2 and 4 of 5
        ([1, 1, 1, 1], 0.25),  # never below one draw
        ([0, 0], 1.0),  # and never above 1
    ],
)
def test_p_is_twice_the_smaller_tail_of_the_draws(gaps, expected):
    means = np.array([[0.0, gap] for gap in gaps])
    assert Bootstrap(means).p_value(1, 0) == pytest.approx(expected)


def test_a_mean_is_taken_over_the_rows_of_the_drawn_clusters():
    # cluster a: 1, 1, 1; cluster b: 0. Drawn aa: 1, ab or ba: 3/4, bb: 0, in 1, 2 and 1 of 4
    draws = bootstrap(np.array([[1.0], [0.0], [1.0], [1.0]]), list("abaa"), draws=4000)
    assert draws is not None
    values, counts = np.unique(draws.means, return_counts=True)
    assert values.tolist() == [0.0, 0.75, 1.0]
    assert counts == pytest.approx([1000, 2000, 1000], abs=130)  # 4 standard deviations


def test_draws_that_come_in_blocks_are_all_made():
    # 300 clusters are drawn 1666 times at once: 7 blocks, the last one of 4 draws
    values = np.column_stack([np.ones(300), np.arange(300.0)])
    draws = bootstrap(values, [f"i{row}" for row in range(300)])
    assert draws is not None
    assert draws.means.shape == (10_000, 2)
    assert (draws.means[:, 0] == 1.0).all()
    assert draws.means[:, 1].mean() == pytest.approx(149.5, abs=0.3)


def test_more_instances_than_are_drawn_at_once_are_drawn():
    names = np.arange(500_001).astype(str)
    draws = bootstrap(np.ones((len(names), 1)), names, draws=2)
    assert draws is not None
    assert draws.means.tolist() == [[1.0], [1.0]]


def test_memory_does_not_grow_with_the_draws_of_many_instances():
    # 4 million picks of 8 bytes, and the sums and counts that they pick, would be 96 MB at once
    names = [f"i{row}" for row in range(2000)]
    tracemalloc.start()
    draws = bootstrap(np.ones((len(names), 1)), names, draws=2000)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert draws is not None
    assert draws.means.shape == (2000, 1)
    assert most < 32e6


def test_an_interval_that_was_reported_is_found_again():
    # Number of draws, seed and stream are part of what a stored run says; from version 0.1.0.
    draws = bootstrap(SIX, list("aabbcd"))
    assert draws is not None
    assert draws.interval(0) == about(0.5, 0.8, 0.95)
    assert draws.difference(1, 0) == about(-0.1, 0.3125, 0.95)
    assert draws.p_value(1, 0) == pytest.approx(0.5078)


def test_one_cluster_gives_no_interval():
    assert bootstrap(np.ones((3, 2)), ["a", "a", "a"]) is None


def test_clusters_widen_the_interval_of_repeated_rows():
    base = np.random.default_rng(3).random((10, 1))
    values = np.repeat(base, 10, axis=0)
    honest = bootstrap(values, [f"i{i // 10}" for i in range(100)])
    naive = bootstrap(values, [f"i{i}" for i in range(100)])
    assert honest is not None
    assert naive is not None
    width = honest.interval(0).high - honest.interval(0).low
    assert width > 2 * (naive.interval(0).high - naive.interval(0).low)


def test_no_difference_is_not_significant():
    values = np.random.default_rng(4).random((40, 1)).repeat(2, axis=1)
    draws = bootstrap(values, [f"i{i}" for i in range(40)])
    assert draws is not None
    assert draws.p_value(1, 0) == 1.0


def test_the_interval_covers_the_mean_about_as_often_as_it_says():
    # 200 samples of 40 normal means; a 95 % percentile interval covers 0 in 88 to 99 % of them
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(200):
        draws = bootstrap(rng.normal(size=(40, 1)), [f"i{i}" for i in range(40)], draws=400)
        assert draws is not None
        interval = draws.interval(0)
        hits += interval.low <= 0 <= interval.high
    assert 176 <= hits <= 198


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # Holm by hand: 3 x 0.01, then 2 x 0.02, then 0.04 raised to the one before it
        ((0.04, 0.01, 0.02), (0.04, 0.03, 0.04)),
        ((0.6, 0.7), (1.0, 1.0)),
        ((0.2,), (0.2,)),
        ((), ()),
    ],
)
def test_holm_by_hand(given, expected):
    assert holm(given) == pytest.approx(expected)


def test_no_difference_is_called_significant_about_as_rarely_as_holm_promises():
    # 400 times four tests without any difference: at most 5 % of them may find one, so 20; 35 is
    # beyond the 99.9 % quantile of that binomial
    rng = np.random.default_rng(6)
    wrong = sum(min(holm(rng.random(4))) < 0.05 for _ in range(400))
    assert wrong < 35
