"""Looks on paper: marks, dashes, inks, and telling them apart without colour."""

import plotly.graph_objects as go
import pytest

from core.errors import ExchangeError
from ui.paper.looks import Look, dash, ink, mark, told_apart
from ui.paper.looks_of import look_of
from ui.shared.figures.style import CLASS_MARKS, scorer_look


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ff0000", (1.0, 0.0, 0.0, 1.0)),
        ("rgba(0,255,0,0.25)", (0.0, 1.0, 0.0, 0.25)),
        ("rgb(0,0,255)", (0.0, 0.0, 1.0, 1.0)),
        ("black", (0.0, 0.0, 0.0, 1.0)),
    ],
)
def test_a_colour_of_plotly_is_read(colour, expected):
    assert ink(colour) == expected


@pytest.mark.parametrize(
    ("make", "name"), [(ink, "no"), (dash, "wavy"), (lambda name: _mark(name), "smile")]
)
def test_what_paper_cannot_show_is_refused(make, name):
    with pytest.raises(ExchangeError, match=f"'{name}'.*cannot show"):
        make(name)


def _mark(symbol: str):
    return mark(symbol, 10, (0, 0, 0, 1), 0)


def test_every_mark_of_the_screen_is_known():
    for _, symbol in [*CLASS_MARKS.values(), *map(scorer_look, range(8))]:
        assert _mark(symbol).shape


def test_twins_differ_in_grey_and_the_wider_line_keeps_its_look():
    thin, wide = Look((0, 0, 0, 1), 0.8), Look((1, 0, 0, 1), 1.2)
    first, second = told_apart([thin, wide])
    assert second == wide
    assert first.grey_key() != second.grey_key()


def test_many_looks_all_differ():
    looks = [Look((0, 0, 0, 1), 1.0, mark=_mark("circle")) for _ in range(60)]
    assert len({look.grey_key() for look in told_apart(looks)}) == 60


def test_bars_differ_by_hatching():
    looks = told_apart([Look((0, 0, 0, 1), area=(0, 0, 0, 1))] * 3)
    assert len({look.hatch for look in looks}) == 3


def test_the_most_frequent_mark_of_a_trace_stands_for_it():
    symbols = ["circle-open", "square", "square"]
    trace = go.Scatter(x=[1, 2, 3], y=[1, 2, 3], mode="markers", marker={"symbol": symbols})
    found = look_of(trace).mark
    assert found is not None
    assert (found.shape, found.is_open) == ("s", False)
