"""How measured numbers are written."""

from dataclasses import replace

import pytest

from core.types import number_text as text
from core.types.runs import Interval
from tests.runs import make_change

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


def test_a_change_is_shown_with_its_interval_and_the_corrected_p():
    shown = text.sureness_text(make_change("R@1", 0.5, 0.25))
    assert shown == f"[{MINUS}0.350, {MINUS}0.150] · p = 0.400"


def test_a_change_without_an_interval_says_why():
    untested = replace(make_change("R@1", 0.5, 0.25), interval=None, p=None, p_corrected=None)
    assert text.sureness_text(untested) == "not tested"
    assert "one instance" in text.sureness_text(replace(untested, n_instances=1))
    assert text.sureness_text(make_change("R@1", 0.5, None)) == text.WITHHELD


def test_the_line_about_the_tests_counts_what_was_tested():
    tested = make_change("R@1", 0.5, 0.25)
    assert "corrected for 2 metrics" in text.tests_text([tested, tested])
    assert text.tests_text([replace(tested, interval=None)]) == ""
