"""Ticks and places of a plot's frame."""

import pytest

from core.reporting.axes import N_SHAPES, Frame, nice_ticks

FRAME = Frame(10, 20, 100, 50, (1.0, 0.0), (0.0, 5.0))


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, (0.0, 0.5, 1.0)),
        (-3.2, 8.9, (0.0, 5.0)),
        (0.84, 1.01, (0.85, 0.9, 0.95, 1.0)),
        (0.0, 3.0, (0.0, 1.0, 2.0, 3.0)),
    ],
)
def test_ticks_are_round_numbers_inside(low, high, ticks):
    assert nice_ticks(low, high) == pytest.approx(ticks)


def test_a_falling_axis_puts_larger_values_to_the_left():
    assert [FRAME.x(value) for value in (1.0, 0.5, 0.0)] == ["10", "60", "110"]


def test_larger_scores_are_higher():
    assert [FRAME.y(value) for value in (0.0, 5.0)] == ["70", "20"]


def test_a_band_goes_there_and_back():
    band = FRAME.band([1, 0], [0, 0], [5, 5], "band")
    assert 'points="10,70 110,70 110,20 10,20"' in band


def test_no_two_marks_have_the_same_shape():
    marks = [FRAME.mark(1, 0, "mark", shape) for shape in range(N_SHAPES)]
    assert len(set(marks)) == N_SHAPES == 6
    assert marks[0].startswith("<circle")
    assert marks[1].startswith("<rect")


def test_texts_are_escaped():
    axis = FRAME.x_axis([(1, "<1>"), (0.5, "b"), (0, "c")], "<unit>")
    assert "<unit>" not in axis
    assert "&lt;unit&gt;" in axis
    assert "&lt;1&gt;" in axis
