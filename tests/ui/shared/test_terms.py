"""Bars of evidence: where each term lies, in which colour, and what the card says."""

from dataclasses import replace

import pytest

from core.types.scores import MARGIN, OFFSET, evidence_kind
from tests.ui.pages import strip_html
from ui.shared.terms import colour_of, reach_of, segments, steps, terms_text

SHARES = {"mllm": 1.5, "geometric": 2.0, "kreciprocal": -0.5, OFFSET: -4.0}
EVIDENCE = evidence_kind("evidence:own")


def test_terms_are_said_in_plain_words():
    assert terms_text(SHARES) == (
        "model +1.50, print +2.00, neighbours \N{MINUS SIGN}0.50, offset \N{MINUS SIGN}4.00"
    )


def test_what_speaks_for_lies_right_of_zero_and_what_speaks_against_left():
    reach = reach_of([SHARES, None, {"mllm": 4.0, OFFSET: -1.0}])
    assert (reach.low, reach.high) == (-4.5, 4.0)
    model, print_, neighbours, offset = segments(SHARES, reach)
    zero = reach.place(0.0)
    assert (model.left, print_.left) == pytest.approx((zero, zero + 100 * 1.5 / 8.5), abs=0.01)
    assert neighbours.left + neighbours.width == pytest.approx(zero, abs=0.01)
    assert (offset.left, offset.left + offset.width) == pytest.approx((0.0, neighbours.left))
    assert reach_of([None, None]) is None
    assert segments(None, reach) == ()


def test_steps_begin_at_zero_and_end_at_the_sum():
    rows, whole, zero = steps(SHARES)
    assert zero == pytest.approx(100 * 1.0 / 4.5, abs=0.01)
    assert rows[0].left == zero
    assert rows[1].left == pytest.approx(rows[0].left + rows[0].width, abs=0.02)
    assert rows[-1].left == whole.left == 0.0  # the axis begins at the sum, 1 nat below zero
    assert (whole.word, whole.share, whole.left + whole.width) == ("log-odds", -1.0, zero)


def test_a_term_has_one_colour_and_imports_are_told_apart():
    terms = ("import:a", "mllm", "import:b")
    colours = [colour_of(one, terms) for one in terms]
    assert len(set(colours)) == 3
    assert colours[1] == colour_of("mllm", ("mllm", "geometric"))
    assert colour_of("kreciprocal:20,6,0.3", ()) == colour_of("kreciprocal", ())


def test_a_card_shows_its_terms_and_calls_the_probability_calibrated(with_candidate):
    view = replace(with_candidate(margin=-1.0, probability=0.2689, shares=SHARES), kind=EVIDENCE)
    html = strip_html(view, "after")
    assert terms_text(SHARES) in html
    assert html.count('<i style="left:') == 4
    assert (
        "evidence \N{MINUS SIGN}1.0000 nats, calibrated probability (evidence:own) 0.2689" in html
    )
    assert "P(yes)" not in html
    before = strip_html(view, "before")
    assert terms_text(SHARES) in before
    assert "sl-terms" not in before


def test_without_a_fit_nothing_is_calibrated_and_there_is_no_bar(view):
    assert view.kind == MARGIN
    html = strip_html(view, "after")
    assert "calibrated" not in html
    assert "sl-terms" not in html
