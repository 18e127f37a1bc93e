"""Every plot of the screen on paper: no text over another, nothing cut, nothing left out."""

import re
from itertools import combinations

import plotly.graph_objects as go
import pytest

from tests.ui.paper.plots import LONG, PLOTS, USUAL, bars, crowded, curve, flow, rivals
from ui.paper.canvas import WIDTH_PT, paper, text_boxes
from ui.paper.choices import WIDTHS
from ui.paper.files import figure_bytes
from ui.paper.layout import NOTHING, lay_out
from ui.paper.plot import read
from ui.paper.words import words
from ui.screens.perturb.figure import response_plot

THEMES = {"light": ("#ffffff", "#0f172a", "#e2e8f0"), "dark": ("#0b1120", "#f8fafc", "#1e293b")}
SHARED_PT = 0.2
"""Boxes of texts hold a little white around their letters."""


def themed(figure: go.Figure, theme: str) -> go.Figure:
    """Give the plot the colours that assets/plots.js gives it."""
    page, text, line = THEMES[theme]
    figure.update_layout(paper_bgcolor=page, plot_bgcolor=page, font={"color": text})
    figure.update_xaxes(gridcolor=line, linecolor=line)
    figure.update_yaxes(gridcolor=line, linecolor=line)
    return figure


def crossing(boxes):
    """Return the texts that share more than a hair with another one."""
    return [
        (a, b)
        for (a, one), (b, other) in combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > SHARED_PT
        and min(one.y1, other.y1) - max(one.y0, other.y0) > SHARED_PT
    ]


def outside(boxes, figure):
    width, height = (72 * inches for inches in figure.get_size_inches())
    return [
        text for text, box in boxes if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]


def flat(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PLOTS)
def test_no_text_crosses_another_one_or_the_edge_and_the_legend_is_whole(name, width):
    figure = PLOTS[name]()
    with paper():
        made = lay_out(figure, width)
        boxes = text_boxes(made)
        assert made.get_size_inches()[0] * 72 == pytest.approx(WIDTH_PT[width])
    assert crossing(boxes) == []
    assert outside(boxes, made) == []
    texts = [flat(text) for text, _ in boxes]
    for trace in read(figure).traces:
        if trace.name:
            assert flat(trace.name) in texts
    assert all(size >= 7 for size in (text.get_fontsize() for text in made.texts))


@pytest.mark.parametrize("name", USUAL)
def test_both_themes_of_the_page_give_the_same_light_file(name):
    light, dark = (
        figure_bytes(themed(PLOTS[name](), theme), "one", "svg", "t", "c") for theme in THEMES
    )
    assert light == dark
    assert b"#0b1120" not in light


@pytest.mark.parametrize("name", PLOTS)
def test_looks_of_a_legend_differ_without_colour(name):
    for traces in read(PLOTS[name]()).legends().values():
        keys = [one.look.grey_key() for one in traces]
        assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", ["response with a long reason", "response of rivals", "flow"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_annotation_is_there(name, width):
    figure = PLOTS[name]()
    with paper():
        texts = [flat(text) for text, _ in text_boxes(lay_out(figure, width))]
    for annotation in figure.layout.annotations:
        assert flat(words(annotation.text).text) in texts


def test_titles_carry_their_units():
    with paper():
        texts = [text for text, _ in text_boxes(lay_out(PLOTS["response"](), "one"))]
    assert {"margin, nats", "cosine", "blur: sigma, % of long side"} <= set(texts)


def test_a_plot_without_a_point_says_so():
    with paper():
        texts = [text for text, _ in text_boxes(lay_out(PLOTS["rank axes"](), "one"))]
    assert NOTHING in texts


def test_labels_without_room_are_counted_and_not_dropped_in_silence():
    with paper():
        texts = [text for text, _ in text_boxes(lay_out(crowded(), "one"))]
    shown = sum(text.startswith("label ") for text in texts)
    (said,) = [text for text in texts if "have no room" in text]
    assert int(said.split()[0]) + shown == 100


def test_a_crowded_plot_grows_before_labels_are_left_out():
    with paper():
        heights = [
            lay_out(PLOTS[name](), "one").get_size_inches()[1] for name in ("time", "time of many")
        ]
    assert heights[1] >= heights[0]


def test_a_square_plot_stays_square():
    with paper():
        (axes,) = lay_out(PLOTS["scatter"](), "two").axes
        box = axes.get_window_extent()
    assert box.width == pytest.approx(box.height)


def test_names_of_places_and_an_axis_on_the_right_are_written():
    with paper():
        made = lay_out(bars(), "two")
        texts = {flat(text) for text, _ in text_boxes(made)}
    assert {"secondsperquery", "mAP,n=120queries", "mllm/divprune:16@20"} <= texts


def test_a_legend_stands_with_its_own_pane():
    figure = response_plot(curve().spec, curve(), "k", others=rivals())
    with paper():
        made = lay_out(figure, "one")
        boxes = dict(text_boxes(made))
        upper, *_ = made.axes
        bottom = upper.get_window_extent().y0 * 72 / made.dpi
    assert boxes["MLLM margin"].y0 > bottom > boxes["descriptor cosine"].y0
    assert any(flat(words(LONG).text) == flat(text) for text in boxes)


def test_the_lines_of_positives_keep_their_weight():
    traces = {one.name.split()[0]: one.look for one in read(flow(40)).traces}
    assert traces["positive"].line_pt > 1.5 * traces["negative"].line_pt
