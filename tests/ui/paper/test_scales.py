"""Axes on paper: ends, ticks, labels that do not cover each other."""

from itertools import pairwise

import plotly.graph_objects as go
import pytest

from core.errors import ExchangeError
from ui.paper.scales import scale_of, with_ticks


def axis(**fields):
    return go.Figure(layout={"xaxis": fields}).layout.xaxis


def width(text: str) -> float:
    return 5.0 * len(text)


def labels(scale_axis, values=(), length=200.0):
    scale = with_ticks(scale_of(scale_axis, values), scale_axis, length, width)
    return dict(zip(scale.ticks, scale.labels, strict=True))


def test_a_range_of_the_plot_is_kept_and_a_log_range_is_of_exponents():
    found = scale_of(axis(type="log", range=[0, 2]), [5.0])
    assert (found.low, found.high, found.share(10.0)) == (1.0, 100.0, 0.5)
    assert found.of_note(2.0) == 100.0


def test_without_a_range_there_is_white_around_the_values():
    found = scale_of(axis(), [1.0, 3.0])
    assert found.low < 1.0
    assert found.high > 3.0


@pytest.mark.parametrize("values", [(), (2.0,), (0.0,)])
@pytest.mark.parametrize("kind", ["linear", "log"])
def test_no_or_one_value_makes_a_scale_too(values, kind):
    found = scale_of(axis(type=kind), values)
    assert found.low < found.high


def test_a_reversed_axis_stays_reversed():
    assert scale_of(axis(range=[5, 1]), []).low == 5
    assert scale_of(axis(autorange="reversed"), [1.0, 2.0]).low > 2


def test_labels_of_even_ticks_leave_out_every_other_one():
    found = labels(axis(range=[0, 10], dtick=1), length=80.0)
    shown = [tick for tick, label in found.items() if label]
    assert len(shown) < 11
    assert len({b - a for a, b in pairwise(shown)}) == 1


def test_uneven_ticks_keep_the_first_and_the_last():
    found = labels(
        axis(type="log", range=[0, 2], tickvals=[1, 2, 50, 98], ticktext=["1", "2", "50", "98"]),
        length=60.0,
    )
    assert found[98] == "98"
    assert found[50] == ""


def test_numbers_have_the_decimals_of_their_step_and_a_minus_sign():
    assert list(labels(axis(range=[-0.5, 0.5], dtick=0.5)).values()) == [
        "\N{MINUS SIGN}0.5",
        "0",
        "0.5",
    ]
    assert labels(axis(range=[0, 1], tickvals=[0.5], tickformat=".0%"))[0.5] == "50%"


def test_a_format_that_paper_does_not_know_is_refused():
    with pytest.raises(ExchangeError, match="~s"):
        labels(axis(range=[0, 1], tickvals=[0.5], tickformat="~s"))


def test_ticks_outside_of_the_range_are_no_ticks():
    assert list(labels(axis(range=[0, 1], tickvals=[-1, 0.5, 2]))) == [0.5]
