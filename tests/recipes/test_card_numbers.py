"""Calibration, ties, swaps, and breaking strengths, worked by hand."""

import numpy as np
import pytest

from assets.recipes.pocket_vl.card.answers import compare_swapped, correlation, count_ties
from assets.recipes.pocket_vl.card.calibration import reliability
from assets.recipes.pocket_vl.card.pairs import Pair
from assets.recipes.pocket_vl.card.strengths import spread, summary_of
from core.robustness.levels import SPECS
from core.types.robustness import Breaking


def pairs(kind, *margins):
    return [Pair(kind, "q", f"{kind} {n}", margin, 0.0) for n, margin in enumerate(margins)]


def test_calibration_error_by_hand():
    """Bin 0: P 0.05, none of 2 positive; bin 9: P 1 and 0.9, one of 2: (0.05 + 0.45) / 2."""
    found = reliability(np.array([0.05, 0.05, 1.0, 0.9]), np.array([False, False, True, False]))
    assert found["expected_calibration_error"] == pytest.approx(0.25)
    assert [one["n"] for one in found["bins"]] == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found["bins"][9]["share_positive"] == 0.5
    assert found["bins"][4]["share_positive"] is None


def test_ties_count_only_within_a_query():
    found = count_ties([{"a": 1.0, "b": 1.0, "c": 2.0}, {"a": 2.0, "b": 3.0}])
    assert found == {"n_pairs": 5, "n_shared": 2, "share": 0.4, "n_distinct": 3}


def test_swapped_margins_are_compared_within_each_kind():
    """Within `x` the order is kept, within `y` it is turned round; one of six changes sides."""
    there = pairs("x", 1.0, 2.0, 3.0) + pairs("y", -3.0, -2.0, -1.0)
    back = pairs("x", 2.0, 3.0, 4.0) + pairs("y", -1.0, -2.0, 1.0 - 4.0)
    back[0] = pairs("x", -0.5)[0]
    found = compare_swapped(there, back)
    assert found["within"]["y"] == pytest.approx(-1.0)
    assert found["within"]["x"] > 0.9
    assert found["sign_flips"] == pytest.approx(1 / 6)


def test_a_constant_has_no_correlation():
    assert correlation(np.ones(4), np.arange(4.0)) is None


def test_breaking_strengths_are_averaged_where_they_are_plotted():
    """Geometric on the log axis of scale: sqrt(1/2 * 1/8) = 1/4; arithmetic for blur."""
    crossed = [Breaking(0.5, "crossed"), Breaking(0.125, "crossed"), Breaking(None, "never"), None]
    assert summary_of(SPECS["scale"], crossed) == {
        "mean": pytest.approx(0.25),
        "counts": {"crossed": 2, "never": 1, "below_at_neutral": 0},
    }
    assert summary_of(SPECS["blur"], crossed)["mean"] == pytest.approx(0.3125)


def test_two_sided_strengths_do_not_cancel():
    sides = [Breaking(-0.25, "crossed"), Breaking(0.75, "crossed")]
    assert summary_of(SPECS["brightness"], sides)["mean"] == pytest.approx(0.5)


def test_no_crossing_has_no_mean():
    assert summary_of(SPECS["noise"], [Breaking(None, "never")])["mean"] is None


def test_swept_queries_are_spread_from_the_first_to_the_last():
    assert spread([str(n) for n in range(10)], 4) == ["0", "3", "6", "9"]
    assert spread(["a", "b"], 20) == ["a", "b"]
