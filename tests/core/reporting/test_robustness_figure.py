"""The figure of a robustness report: where values stand, what is left out, what is escaped."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from core.reporting.robustness_figure import panels_svg
from core.reporting.robustness_page import robustness_html, set_text
from core.robustness.summary import set_response
from core.types.robustness import Breaking, Damage
from core.types.runs import Receipt
from core.types.sets import RobustnessReport, SetRequest
from tests.core.robustness.test_summary import CONTRAST, curve

HOSTILE = "<img src=x onerror=alert(1)>&"


@pytest.fixture
def report():
    curves = (
        curve("a", (4.0, 2.0, 0.0), 1.0, Breaking(0.3, "crossed")),
        curve("b", (6.0, 4.0, 2.0), 1.0, Breaking(None, "never")),
    )
    return RobustnessReport(
        corpus=HOSTILE,
        request=SetRequest(n_queries=2, slice_name=HOSTILE),
        instances={"a": "i", "b": "i"},
        left_out=((HOSTILE, "it cannot be decoded"),),
        boxes={"assumed": 1, "manifest": 1},
        responses=(set_response(curves, ["i", "i"]),),
        breaking=(),
        curves=curves,
        receipt=Receipt("abc", {"model": HOSTILE}),
    )


def shapes(svg, tag, look):
    root = ElementTree.fromstring(svg)
    return [e for e in root.iter() if e.tag.endswith(tag) and e.get("class") == look]


def test_the_mean_curve_is_drawn_to_scale(report):
    # Means 5, 3, 1 at contrast 1, 0.5, 0.1: the middle one is half way down and 5/9 across.
    (_, curve_line, *_) = shapes(panels_svg(report), "polyline", "curve s0")
    points = [[float(v) for v in p.split(",")] for p in curve_line.get("points").split()]
    (x0, y0), (x1, y1), (x2, y2) = points
    assert (x1 - x0) / (x2 - x0) == pytest.approx(5 / 9, abs=0.001)
    assert (y1 - y0) / (y2 - y0) == pytest.approx(0.5, abs=0.01)
    assert x0 < x1 < x2
    assert y0 < y1 < y2


def test_a_scorer_without_a_line_has_none(report):
    svg = panels_svg(report)
    assert shapes(svg, "polyline", "dash s0")
    assert not shapes(svg, "polyline", "dash s1")
    assert not shapes(svg, "polyline", "dots s0")


def test_names_are_text_and_nothing_is_fetched_or_run(report):
    page = robustness_html(report)
    for word in ("<img", "<script", "src=", "href=", "url(", "@import"):
        assert word not in page.replace("&lt;img src=x", "")
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in page
    assert panels_svg(report) in page


def test_what_was_left_out_or_assumed_is_said(report):
    page = robustness_html(report)
    assert "Left out: 1 queries" in page
    assert "it cannot be decoded" in page
    assert "1 of 2 damaged images have no object box" in page


def test_the_set_is_told_in_words(report):
    asked = replace(
        report.request, slice_name=None, choose="hardest", damage=Damage("candidate", "positive")
    )
    assert set_text(replace(report, request=asked)) == (
        "2 queries (those with the lowest AP after re-ranking) of 1 instances: each query against "
        "its best-ranked positive, the candidate damaged, seed 0; ranks are counted over 3 other "
        "images."
    )


def test_a_mean_of_pairs_that_never_break_is_called_never(report):
    never = [replace(one, breaking_margin=Breaking(None, "never")) for one in report.curves]
    made = replace(report, responses=(set_response(never, ["i", "i"]),))
    assert "<td>never</td><td>never</td><td>0</td><td>2</td>" in robustness_html(made)
    assert CONTRAST.levels[-1] == made.responses[0].responses[0].breaking[0].mean.mean
