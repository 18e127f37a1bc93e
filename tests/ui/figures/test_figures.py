"""Figures: traces, ids and labels."""

from dataclasses import replace

from core.types.orders import Fusion
from core.types.rankings import StageStep
from core.types.scores import MARGIN
from ui.screens.queries.figure import rank_flow
from ui.shared.figures.ap_scatter import ap_scatter
from ui.shared.figures.style import CLASS_MARKS


def test_the_scatter_has_one_mark_per_query(bench):
    outcomes = bench.runs.outcomes(Fusion(20, 0.0, 1.0))
    marks = [trace for trace in ap_scatter(outcomes, 8).data if trace.mode == "markers"]
    ids = sorted(query_id for trace in marks for query_id in trace.customdata)
    assert ids == [outcome.query_id for outcome in outcomes]


def test_the_scatter_puts_ap_before_on_x(bench):
    first = bench.runs.outcomes(Fusion(20, 0.0, 1.0))[0]
    mark = ap_scatter([first], 8).data[1]
    assert (mark.x[0], mark.y[0]) == (first.ap_before, first.ap_after)


def test_a_partial_scatter_counts_what_is_there(bench):
    first = bench.runs.outcomes(Fusion(20, 0.0, 1.0))[:1]
    assert "n = 1 of 8" in ap_scatter(first, 8).layout.xaxis.title.text


def test_classes_differ_by_symbol():
    assert len({symbol for _, symbol in CLASS_MARKS.values()}) == len(CLASS_MARKS)


def test_the_flow_has_a_line_per_re_ranked_candidate(view):
    figure = rank_flow(view)
    lines = sum(sum(y == 1 for y in trace.y) for trace in figure.data)
    assert lines == len(view.moved) == 20


def test_a_line_runs_from_rank_before_to_rank_after(with_candidate):
    view = with_candidate(rank_before=9, rank_after=2, relation="positive", intruder=False)
    trace = rank_flow(view).data[0]
    assert (trace.x, trace.y) == ((9, 2, None), (1, 0, None))
    assert trace.name == "positive (1)"


def step(name: str, **ranks: int) -> StageStep:
    return StageStep(name, MARGIN, 2, 2, 0, 0, 1, 1, ranks, 0.5, 0, None, None)


def test_each_stage_between_before_and_after_is_a_row_of_the_flow(with_candidate):
    view = with_candidate(image_id="a", rank_before=9, rank_after=2)
    stages = (step("maxsim", a=4), step("mllm", a=2))
    figure = rank_flow(replace(view, lam=0.0, stages=stages))
    assert (figure.data[0].x, figure.data[0].y) == ((9, 4, 2, None), (1, 0.5, 0, None))
    assert figure.layout.yaxis.ticktext == ("after", "maxsim", "before")
    assert "rank 9 → 4 → 2" in figure.data[0].text[0]
    fused = rank_flow(replace(view, lam=0.5, stages=stages))
    assert fused.layout.yaxis.ticktext == ("after", "mllm", "maxsim", "before")
    assert fused.layout.height > figure.layout.height


def test_a_stage_that_left_no_order_is_missing_in_the_flow_and_lines_pass_it(with_candidate):
    view = with_candidate(image_id="a", rank_before=9, rank_after=2)
    figure = rank_flow(replace(view, lam=0.0, stages=(step("import:ames"), step("mllm", a=2))))
    assert (figure.data[0].x, figure.data[0].y) == ((9, 2, None), (1, 0, None))
    assert figure.layout.yaxis.ticktext[1] == "import:ames: missing"


def test_without_an_order_after_a_flow_has_no_lines(with_candidate):
    view = with_candidate(image_id="a", rank_before=9, rank_after=9)
    figure = rank_flow(replace(view, lam=0.0, stages=(step("mllm"),)))
    assert (figure.data[0].x, figure.data[0].y) == ((9, None), (1, None))
    assert figure.layout.yaxis.ticktext == ("after: missing", "before")
    assert figure.layout.annotations == ()


def test_positives_are_thicker_than_negatives(view):
    widths = {trace.name.split()[0]: trace.line.width for trace in rank_flow(view).data}
    assert widths["positive"] > widths["negative"]


def test_an_intruder_is_called_out(with_candidate):
    view = with_candidate(rank_before=9, rank_after=2, relation="negative", intruder=True)
    figure = rank_flow(view)
    assert figure.data[0].name == "intruder (1)"
    assert figure.layout.annotations[0].text == "✕ ▲7"


def test_names_cannot_become_markup_in_the_hover(with_candidate):
    view = with_candidate(image_id="<img src=x>.jpg")
    assert "<img" not in rank_flow(view).data[0].text[0]


def test_an_empty_view_makes_an_empty_flow(view):
    assert len(rank_flow(replace(view, moved=())).data) == 0
