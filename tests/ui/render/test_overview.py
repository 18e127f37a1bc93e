"""The Overview's numbers: complete, partial, empty, withheld."""

from dataclasses import replace

import pytest

from core.types.orders import Fusion
from core.types.states import State
from tests.runs import without_after
from ui.render.overview import render_classes, render_figures, render_mosaic
from ui.shared.text import class_rules

SCORED = State("scored", "")
RULES = class_rules(0.99, 0.05)


@pytest.fixture
def summary(bench):
    return bench.runs.summary(Fusion(20, 0.0, 1.0))


def test_every_figure_has_its_number(summary):
    text = render_figures(summary, 8, SCORED)
    for value in (summary.map_before, summary.map_after, summary.map_oracle):
        assert f"{value:.3f}" in text
    assert "8 of 8 queries" in text
    assert "sl-partial" not in text


def test_a_partial_summary_says_so(summary):
    waiting = State("waiting", "3 of 8 queries are scored; the others follow.")
    text = render_figures(replace(summary, n_evaluated=3), 8, waiting)
    assert f'<span class="sl-chip sl-partial" title="{waiting.text}">waiting</span>' in text
    assert "3 of 8 queries" in text


def test_before_the_first_query_there_are_dashes(summary):
    text = render_figures(None, 8, State("stopped", "Stopped."))
    assert text.count(">stopped</span>") == 10  # nine figures and the chip
    assert "0.000" not in text


def test_a_withheld_map_says_why(summary):
    text = render_figures(without_after(summary), 8, SCORED)
    assert "withheld: more than 1 % of the pairs have no score" in text


def test_a_change_of_the_first_place_stands_beside_that_of_map(summary):
    text = render_figures(summary, 8, SCORED)
    assert "change of R@1" in text
    assert text.count("p = 0.400") == 2


def test_classes_show_rule_and_count(summary):
    text = render_classes(summary, RULES)
    assert text.count("data-class=") == 6
    assert "AP rises by 0.05 or more" in text
    assert render_classes(None, RULES) == ""


def test_the_mosaic_shows_pictures_without_numbers(bench, urls):
    text = render_mosaic(bench.queries.rows(Fusion(20, 0.0, 1.0)), urls, "wait <a moment>")
    assert text.count("<img") == 8
    assert "wait &lt;a moment&gt;" in text
