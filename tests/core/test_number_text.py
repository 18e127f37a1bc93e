"""How measured numbers are written."""

import pytest

from core.types import number_text as text
from core.types.runs import Interval

MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.25, "+0.250"), (-0.25, f"{MINUS}0.250"), (-0.0, "+0.000"), (None, DASH)],
)
def test_a_signed_number_always_has_a_sign(value, expected):
    assert text.signed(value) == expected


@pytest.mark.parametrize(
    ("p", "expected"), [(None, ""), (0.0002, "p < 0.001"), (0.0123, "p = 0.012")]
)
def test_small_p_values_are_bounds(p, expected):
    assert text.p_text(p) == expected


def test_an_interval_has_both_ends():
    assert text.interval_text(Interval(0.1, 0.25)) == "[0.100, 0.250]"
    assert text.interval_text(None) == ""


def test_an_interval_of_a_difference_has_signs():
    assert text.interval_text(Interval(-0.1, 0.25), with_sign=True) == f"[{MINUS}0.100, +0.250]"
