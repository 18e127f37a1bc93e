"""The figure of a robustness report: where values stand, what is left out, what is escaped."""

import re
from dataclasses import replace

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from core.reporting.canvas import drawing
from core.reporting.robustness_figure import panels, panels_svg
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


def figure_of(report):
    with drawing():
        return panels(report)


def dashes(axes):
    return [line for line in axes.lines if line.is_dashed() and len(set(line.get_ydata())) == 1]


def test_the_mean_curve_is_drawn_to_scale(report):
    # Means 5, 3, 1 at contrast 1, 0.5, 0.1.
    axes = figure_of(report).axes[0]
    (curve_line,) = (line for line in axes.lines if line.get_marker() == "o")
    assert curve_line.get_xdata().tolist() == [1.0, 0.5, 0.1]
    assert curve_line.get_ydata().tolist() == [5.0, 3.0, 1.0]
    assert axes.get_xlim() == (1.0, 0.1)
    assert [text.get_text() for text in axes.texts] == []


def test_a_panel_has_a_frame_per_unit_and_one_for_the_share(report):
    titles = [axes.get_ylabel() for axes in figure_of(report).axes]
    assert titles == ["margin\nnats", "descriptor\ncosine", "above line"]


def test_a_scorer_without_a_line_has_none(report):
    margin, descriptor, _ = figure_of(report).axes
    assert [line.get_ydata()[0] for line in dashes(margin)] == [1.0]
    assert dashes(descriptor) == []


@pytest.mark.parametrize(("n", "width_mm"), [(1, 89), (2, 89), (3, 183), (10, 183)])
def test_a_figure_is_as_wide_as_one_or_two_columns_and_nothing_overlaps(report, n, width_mm):
    made = replace(report, responses=report.responses * n)
    with drawing():
        figure = panels(made)
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        boxes = [axes.get_tightbbox(renderer) for axes in figure.axes]
        (legend,) = (one.get_window_extent(renderer) for one in figure.legends)
    assert figure.get_figwidth() * 25.4 == pytest.approx(width_mm)
    assert len(boxes) == 3 * n
    paper = figure.bbox.padded(1)
    for one in [*boxes, legend]:
        assert paper.x0 <= one.x0 < one.x1 <= paper.x1
        assert paper.y0 <= one.y0 < one.y1 <= paper.y1
    assert not any(legend.overlaps(box) for box in boxes)
    n_columns = min(n, 5)
    for place in range(n - n_columns):  # the axis below a panel ends above the panel under it
        assert boxes[3 * place + 2].y0 > boxes[3 * (place + n_columns)].y1


def test_the_same_report_gives_the_same_bytes(report):
    assert panels_svg(report) == panels_svg(replace(report))


def test_names_are_text_and_nothing_is_fetched_or_run(report):
    figure = panels_svg(report)
    page = robustness_html(report, figure)
    for word in ("<img", "<script", "@import"):
        assert word not in page
    assert re.findall(r"""(?:src|href)=(?!"#)|url\((?!#)""", page.replace("&lt;img src=", "")) == []
    assert "&lt;img src=x onerror=alert(1)&gt;&amp;" in page
    assert figure in page


def test_what_was_left_out_or_assumed_is_said(report):
    page = robustness_html(report, "")
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
    assert "<td>never</td><td>never</td><td>0</td><td>2</td>" in robustness_html(made, "")
    assert CONTRAST.levels[-1] == made.responses[0].responses[0].breaking[0].mean.mean
