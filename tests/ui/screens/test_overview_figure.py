"""Quality against memory and time: what is drawn at a budget."""

from core.types.runs import StageMean
from tests.tradeoffs import choice, row, table
from ui.screens.overview.figure import quality_by_memory, quality_by_time
from ui.screens.overview.staircase import staircase


def traces(figure) -> dict[str, object]:
    return {trace.name: trace for trace in figure.data}


def test_memory_has_a_mark_per_compression_at_the_greatest_depth():
    mark = traces(quality_by_memory(choice()))["mllm, depth 50"]
    assert dict(zip(mark.x, mark.y, strict=True)) == {
        row(c).bytes_per_image: row(c).map_after for c in ("none", "int8", "pq:48")
    }


def test_the_budget_is_a_line_and_the_best_within_it_is_ringed():
    found = traces(quality_by_memory(choice(10_000)))
    assert found["budget 10 kB"].x == (10_000, 10_000)
    ring = found["best within the budget: depth 50"]
    assert (ring.x, ring.y) == ((row("int8").bytes_per_image,), (row("int8").map_after,))


def test_time_runs_over_the_depths_of_what_fits():
    found = traces(quality_by_time(choice(10_000)))
    line = found["mllm, int8"]
    assert (line.x, line.text) == ((0.1, 0.5), ("10", "50"))
    assert "mllm, none" not in found
    assert found["best within the budget: depth 50"].x == (0.5,)


def test_a_budget_that_nothing_fits_leaves_only_its_line():
    assert len(quality_by_time(choice(1)).data) == 0
    assert "budget 1 B" in traces(quality_by_memory(choice(1)))


def test_names_cannot_become_markup():
    hostile = row()
    object.__setattr__(hostile.setting, "compression", "<img src=x>")
    figure = quality_by_time(choice(None, table((hostile,))))
    assert "<img" not in figure.to_json()


def test_a_table_without_a_measured_row_is_an_empty_figure():
    nothing = choice(None, table(table().rows[-1:]))
    assert len(quality_by_time(nothing).data) == 0


def test_a_staircase_has_a_step_per_order_and_a_gap_where_numbers_are_withheld():
    stages = [StageMean("before", 0.5, 8), StageMean("maxsim@20 <b>", None, 8)]
    figure = staircase([*stages, StageMean("mllm@5", 0.61, 8)])
    steps = [trace for trace in figure.data if trace.mode == "lines+markers+text"]
    assert [(trace.y[0], trace.text[1]) for trace in steps] == [(0.5, "0.500"), (0.61, "0.610")]
    assert figure.layout.xaxis.ticktext == ("before", "maxsim@20 &lt;b&gt;", "mllm@5")
    assert figure.data[0].y[2] is None
    low, high = figure.layout.yaxis.range
    assert low < 0.5
    assert high - 0.61 > 0.2 * (0.61 - 0.5)  # the highest label is not cut
