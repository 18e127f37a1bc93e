"""The groups of an attribute tell its values apart, whatever wrote them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.attribute_values import MAX_VALUES, MISSING, value_labels


def groups(*values: object) -> list[str]:
    """The distinct labels in the order of the values."""
    return list(
        dict.fromkeys(value_labels({str(n): str(v) for n, v in enumerate(values)}).values())
    )


def test_years_are_named_by_their_first_and_last():
    assert groups(*range(2001, 2015)) == [
        "Q1 (2001 to 2004)", "Q2 (2005 to 2007)", "Q3 (2008 to 2010)", "Q4 (2011 to 2014)",
    ]  # fmt: skip


def test_seconds_and_milliseconds_since_1970_are_dates():
    days = [1_700_000_000 + 86_400 * n for n in range(16)]
    assert groups(*days)[0] == "Q1 (2023-11-14 to 2023-11-17)"
    assert groups(*(day * 1000 for day in days))[0] == "Q1 (2023-11-14 to 2023-11-17)"
    minutes = [1_700_000_000 + 60 * n for n in range(16)]
    assert groups(*minutes)[0] == "Q1 (2023-11-14 22:13 to 2023-11-14 22:16)"
    assert groups(1_700_000_000, 1_700_086_400) == ["2023-11-14", "2023-11-15"]


def test_numbers_that_differ_late_get_the_digits_that_tell_them_apart():
    found = groups(*(1.0 + n / 100_000 for n in range(16)))
    assert found[0] == "Q1 (1 to 1.00003)"
    assert len(found) == 4


@pytest.mark.parametrize("text", ["inf", "-inf", "nan", "NaN", "N/A", "null", "None"])
def test_what_is_no_finite_number_among_numbers_is_missing(text: str):
    labels = value_labels({str(n): text if n == 5 else str(n) for n in range(14)})
    assert labels["5"] == MISSING
    assert len(set(labels.values())) == 5
    assert value_labels({"a": "1", "b": text, "c": "2"})["b"] == MISSING


def test_among_words_none_and_nan_are_words():
    assert groups("none", "lamp", "nan") == ["none", "lamp", "nan"]


def test_an_empty_cell_is_in_no_group():
    assert set(value_labels({"a": "1", "b": "", "c": " "})) == {"a"}


def test_blanks_and_the_case_of_booleans_mean_nothing():
    assert groups("dim ", " dim", "dim") == ["dim"]
    assert groups("True", "TRUE", "true", "False") == ["true", "false"]
    assert groups("Yes", "no") == ["yes", "no"]
    assert groups("Dim", "dim") == ["Dim", "dim"]  # a name's case may mean something


def test_equal_numbers_are_one_value():
    assert groups("1", "1.0", "2", "1.00") == ["1", "2"]


def test_decimal_commas_are_numbers():
    assert groups(*(f"{n},5" for n in range(14)))[0] == "Q1 (0.5 to 3.5)"


def test_texts_with_many_values_have_no_groups():
    assert groups(*(f"n{n}" for n in range(MAX_VALUES + 1))) == []
    assert len(groups(*(f"n{n}" for n in range(MAX_VALUES)))) == MAX_VALUES


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=13, unique=True))
def test_a_group_is_named_by_numbers_that_lie_in_it(numbers: list[float]):
    labels = value_labels({str(n): repr(number) for n, number in enumerate(numbers)})
    assert len(labels) == len(numbers)
    assert 1 <= len(set(labels.values())) <= 13
    assert not any("nan" in label or "inf" in label for label in labels.values())
    assert all(math.isfinite(number) for number in numbers)
