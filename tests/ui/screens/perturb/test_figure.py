"""The response and rank plots: traces, lines, marks, gaps."""

from dataclasses import replace

import pytest

from core.types.corpus import Box
from core.types.robustness import (
    Breaking,
    Damage,
    ObjectBox,
    PerturbationSpec,
    ResponseCurve,
    ResponsePoint,
    Rival,
)
from ui.screens.perturb.axis import position
from ui.screens.perturb.figure import rank_plot, response_plot

BLUR = PerturbationSpec("blur", "sigma, % of long side", 0.0, (0.0, 1.0, 2.0, 4.0))
SCALE = PerturbationSpec("scale", "fraction of side", 1.0, (1.0, 0.5, 0.25), log_axis=True)
BRIGHTNESS = PerturbationSpec("brightness", "share of full range", 0.0, (-0.8, 0.0, 0.8))


def point(strength: float, margin: float | None, rank: int | None = 1) -> ResponsePoint:
    probability = None if margin is None else 0.5
    return ResponsePoint(strength, margin, probability, 0.9, rank, None)


def curve(spec: PerturbationSpec = BLUR, *points: ResponsePoint, **changes) -> ResponseCurve:
    whole = ResponseCurve(
        query_id="q.jpg",
        candidate_id="q.jpg",
        spec=spec,
        damage=Damage(),
        box=ObjectBox(Box(1, 2, 30, 40), "manifest"),
        points=points or tuple(point(level, 3.0 - level) for level in spec.levels),
        hard_negative_margin=1.5,
        hard_negative_cosine=0.7,
        n_ranked=20,
        breaking_margin=Breaking(1.5, "crossed"),
        breaking_cosine=Breaking(None, "never"),
    )
    return replace(whole, **changes)


def labels(figure) -> list[str]:
    return [annotation.text for annotation in figure.layout.annotations]


def test_each_scorer_has_its_curve_and_its_dashed_line():
    traces = response_plot(BLUR, curve(), "k").data
    assert [trace.name.split(":")[0] for trace in traces] == [
        "MLLM margin",
        "hard negatives, undamaged",
        "descriptor cosine",
        "hard negatives, undamaged",
    ]
    assert [trace.line.dash for trace in traces] == [None, "dash", None, "dash"]
    assert [trace.yaxis for trace in traces] == ["y", "y", "y2", "y2"]
    assert tuple(traces[1].y) == (1.5, 1.5)


def test_negatives_scored_again_are_a_dotted_line():
    points = [replace(point(level, 1.0), perturbed_negative_margin=0.5) for level in BLUR.levels]
    dotted = [
        t for t in response_plot(BLUR, curve(BLUR, *points), "k").data if t.line.dash == "dot"
    ]
    assert [tuple(trace.y) for trace in dotted] == [(0.5,) * 4]


def test_a_level_without_a_score_is_a_gap():
    points = [point(0.0, 3.0), point(1.0, None, None), point(2.0, 1.0)]
    margin = response_plot(BLUR, curve(BLUR, *points), "k").data[0]
    assert (margin.y, margin.connectgaps) == ((3.0, None, 1.0), False)
    assert rank_plot(BLUR, curve(BLUR, *points), "k").data[0].y == (1, None, 1)


def test_a_mark_carries_the_strength_that_it_opens():
    assert response_plot(SCALE, curve(SCALE), "k").data[0].customdata == ("1", "0.5", "0.25")


def test_a_log_axis_is_plotted_in_octaves_with_the_neutral_end_on_the_left():
    figure = response_plot(SCALE, curve(SCALE), "k")
    assert figure.data[0].x == (0.0, -1.0, -2.0)
    start, end = figure.layout.xaxis.range
    assert start > 0 > -2 > end
    assert figure.layout.xaxis.ticktext == ("1", "1/2", "1/4")


def test_the_breaking_strength_is_marked_in_its_own_pane():
    figure = response_plot(BLUR, curve(), "k")
    lines = [s for s in figure.layout.shapes if s.type == "line" and s.line.color == "#dc2626"]
    assert [(line.x0, line.x1, line.yref) for line in lines] == [(1.5, 1.5, "y domain")]
    assert "<b>✕ breaks at 1.5 %</b>" in labels(figure)


@pytest.mark.parametrize(("lower", "lines"), [(-0.4, 2), (-0.7, 1)])
def test_both_crossings_of_a_two_sided_damage_are_marked_and_do_not_cover_each_other(lower, lines):
    broken = curve(BRIGHTNESS, breaking_margin=Breaking(0.2, "crossed", (lower, 0.2)))
    found = response_plot(BRIGHTNESS, broken, "k").layout.annotations
    shifts = {a.text: a.yshift for a in found if a.yref == "y domain" and "✕" in a.text}
    below, above = f"<b>✕ \N{MINUS SIGN}{-lower}</b>", "<b>✕ +0.2</b>"
    assert shifts.keys() == {below, above}
    apart = shifts[below] - shifts[above]
    assert apart >= 12 if lines == 2 else apart == 0  # the height of the letters


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"breaking_margin": Breaking(None, "never")}, "never falls below"),
        ({"breaking_margin": Breaking(None, "below_at_neutral")}, "below from the start"),
        ({"breaking_margin": None}, "not known: the neutral level has no score"),
        (
            {"hard_negative_margin": None, "breaking_margin": None, "query_id": "upload:0f"},
            "no negative is known: uploads have no labels",
        ),
    ],
)
def test_without_a_breaking_strength_the_reason_is_said(changes, words):
    assert words in labels(response_plot(BLUR, curve(**changes), "k"))


def test_a_growing_curve_is_being_measured():
    part = curve(BLUR, point(0.0, 3.0), breaking_margin=None, breaking_cosine=None)
    assert labels(response_plot(BLUR, part, "k")).count("measuring") == 2


def test_without_a_point_there_are_axes_only():
    figure = response_plot(BLUR, None, "k")
    assert [trace.y for trace in figure.data] == [(None,), (None,)]
    assert figure.layout.xaxis.range[0] < 0 < 4 < figure.layout.xaxis.range[1]


def test_rank_one_is_on_top_and_ticks_are_whole():
    figure = rank_plot(BLUR, curve(BLUR, point(0.0, 3.0, 1), point(1.0, 1.0, 14)), "k")
    bottom, top = figure.layout.yaxis.range
    assert bottom > 14 > 1 > top
    assert figure.layout.yaxis.tickvals == (1, 5, 10)


def test_neutral_is_an_open_mark():
    assert response_plot(BLUR, curve(), "k").data[0].marker.symbol[0] == "circle-open"


def test_a_problem_cannot_become_markup():
    failed = replace(point(1.0, None, None), problem="<img src=x>")
    assert "<img" not in response_plot(BLUR, curve(BLUR, failed), "k").data[0].text[0]


def test_a_strength_between_octaves_is_no_fraction():
    odd = replace(SCALE, levels=(1.0, 0.3))
    assert response_plot(odd, None, "k").layout.xaxis.ticktext == ("1", "0.3")


def test_position_is_linear_unless_the_spec_says_otherwise():
    assert (position(BLUR, 2.0), position(SCALE, 0.25)) == (2.0, -2.0)


def followed(relation: str = "negative") -> ResponseCurve:
    points = [replace(point(level, 3.0 - level), rival_margin=1.0) for level in BLUR.levels]
    return curve(BLUR, *points, rival=Rival("images/<b>.jpg", relation))


@pytest.mark.parametrize("relation", ["negative", "positive"])
def test_the_rival_has_a_curve_of_its_own_in_the_panes_unit(relation):
    *_, rival, _, _ = response_plot(BLUR, followed(relation), "k").data
    assert (rival.name, rival.yaxis, rival.y) == (f"strongest {relation}", "y", (1.0,) * 4)
    assert rival.customdata is None
    assert "<b>.jpg" not in rival.text[0]


def test_a_curve_without_a_rival_has_two_lines_of_its_own_only():
    assert len(response_plot(BLUR, curve(), "k").data) == 4
