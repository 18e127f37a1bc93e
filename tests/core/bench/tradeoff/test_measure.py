"""Measuring trade-offs on eight drawn images: rows, resume, stop, settings that cannot be had."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from core.errors import ManifestError, SettingsError
from core.types.tradeoff import TradeoffTable
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, make_workbench

GRID = {
    "tradeoff.scorers": ["mllm", "maxsim"],
    "tradeoff.resolutions": ["full"],
    "tradeoff.compressions": ["none", "int8"],
    "tradeoff.depths": [2, 4],
}
N_PAIRS = 4 * 4 * 2  # queries x the greatest depth x the MLLM's two compressions


@dataclass
class Opened:
    bench: Workbench
    scorer: ColourScorer

    def measured(self) -> TradeoffTable:
        list(self.bench.tradeoff.measure())
        table = self.bench.tradeoff.table()
        assert table is not None
        return table


@pytest.fixture
def open_bench(tiny_corpus_root: Path, tmp_path: Path):
    opened: list[Workbench] = []

    def open_(**settings: object) -> Opened:
        for bench in opened:
            bench.close()
        scorer = ColourScorer()
        chosen = GRID | {key.replace("__", "."): value for key, value in settings.items()}
        bench = make_workbench(tiny_corpus_root, tmp_path / "work", scorer=scorer, **chosen)
        opened.append(bench)
        return Opened(bench, scorer)

    yield open_
    opened[-1].close()


def test_every_setting_has_a_row_in_the_grids_order(open_bench):
    table = open_bench().measured()
    settings = [(r.setting.scorer, r.setting.stored, r.setting.depth) for r in table.rows]
    expected = [(s, c, d) for s in ("mllm", "maxsim") for c in ("none", "int8") for d in (2, 4)]
    assert settings == expected
    assert table.n_settings == 8
    for row in table.rows:
        assert (row.problem, row.n_queries) == (None, 4)
        assert row.map_after_ci.low <= row.map_after <= row.map_after_ci.high
        assert row.delta_ci.low <= row.delta_map <= row.delta_ci.high
        assert row.pairs_per_second == pytest.approx(row.setting.depth / row.seconds_per_query)


def test_a_row_says_what_an_evaluation_of_that_setting_says(open_bench):
    row = open_bench().measured().rows[3]
    bench = open_bench(model__compression="int8").bench
    list(bench.runs.build_index())
    list(bench.runs.evaluate(4))
    summary = bench.runs.latest().summary
    assert (row.setting.stored, row.setting.depth) == ("int8", 4)
    assert row.map_after == summary.map_after
    assert row.map_after_ci == summary.map_after_ci
    assert row.bytes_per_image == summary.bytes_per_image
    assert row.seconds_per_query == summary.seconds_per_query
    assert summary.cached_pairs == summary.n_pairs


def test_uncompressed_agrees_with_itself_and_a_compression_is_smaller(open_bench):
    rows = open_bench().measured().rows
    for row in rows:
        if row.setting.stored == "none":
            assert (row.tau, row.delta_map) == (1.0, 0.0)
    sizes = {row.setting.stored: row.bytes_per_image for row in rows}
    assert 0 < sizes["int8"] < sizes["none"]


def test_measuring_again_scores_nothing_and_keeps_every_row(open_bench):
    first = open_bench()
    table = first.measured()
    assert sum(first.scorer.calls) == N_PAIRS
    second = open_bench()
    assert second.measured().rows == table.rows
    assert second.scorer.calls == []


def test_a_stopped_run_keeps_its_rows_and_goes_on(open_bench):
    first = open_bench()
    steps = first.bench.tradeoff.measure()
    for step in steps:
        if step.stage.startswith("2 of 4") and step.stage.endswith("evaluate"):
            break
    steps.close()
    assert len(first.bench.tradeoff.table().rows) == 2
    done = sum(first.scorer.calls)
    second = open_bench()
    assert len(second.measured().rows) == 8
    assert sum(second.scorer.calls) == N_PAIRS - done


def test_a_greater_grid_keeps_the_rows_of_the_smaller_one(open_bench):
    small = open_bench(tradeoff__scorers=["mllm"], tradeoff__compressions=["none"]).measured()
    assert len(small.rows) == 2
    large = open_bench().measured()
    assert large.rows[:2] == small.rows


def test_fewer_queries_are_another_table(open_bench):
    open_bench().measured()
    opened = open_bench(tradeoff__queries=2)
    table = opened.measured()
    assert {row.n_queries for row in table.rows} == {2}
    assert table.receipt.fields["queries"] == "2 of 4, evenly spread"
    assert opened.scorer.calls == []


def test_a_setting_that_the_model_cannot_have_becomes_rows_that_say_why(open_bench):
    rows = open_bench(tradeoff__resolutions=["full", "112"]).measured().rows
    failed = [row for row in rows if row.setting.resolution == 112]
    assert len(failed) == len(rows) - 8 == 8
    for row in failed:
        assert "Colours have no resolution" in row.problem
        assert (row.map_after, row.bytes_per_image, row.tau) == (None, None, None)


def test_a_corpus_without_ground_truth_has_nothing_to_measure(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root / "images", tmp_path / "other", **GRID)
    try:
        with pytest.raises(ManifestError, match="no ground truth"):
            list(bench.tradeoff.measure())
    finally:
        bench.close()


def test_a_choice_reads_the_table_at_a_budget(open_bench):
    bench = open_bench().bench
    assert bench.tradeoff.choice() is None
    list(bench.tradeoff.measure())
    whole = bench.tradeoff.choice()
    sizes = {row.setting.stored: row.bytes_per_image for row in whole.table.rows}
    assert whole.budget == sizes["none"]
    assert whole.uncompressed.setting.depth == 4
    assert bench.tradeoff.choice(sizes["int8"]).best.setting.stored == "int8"
    assert bench.tradeoff.choice(1.0).best is None
    assert whole.is_current


def test_another_models_table_is_not_current(open_bench):
    open_bench().measured()
    bench = open_bench(model__name="another/model").bench
    assert not bench.tradeoff.choice().is_current


def test_where_a_server_scores_there_is_no_command(open_bench):
    bench = open_bench(model__name="http://localhost:1/v1#m").bench
    assert bench.tradeoff.command() is None


def test_the_command_opens_the_same_bench_and_leaves_out_what_the_grid_varies(open_bench):
    bench = open_bench(model__prompt="landmark", ranking__scorer="maxsim").bench
    words = bench.tradeoff.command().split()
    assert words[:3] == ["python", "app.py", "tradeoff"]
    assert words[-2:] == ["--prompt", "landmark"]


PIPELINES = ["kreciprocal@4 > mllm@2", "mllm@3 > feedback:2 > mllm@4"]


def test_pipelines_are_measured_beside_the_grid_and_the_cheapest_is_named(open_bench):
    opened = open_bench(tradeoff__pipelines=PIPELINES)
    table = opened.measured()
    found = {row.setting.scorer: row for row in table.rows if "@" in row.setting.scorer}
    assert [name.partition(" > ")[0] for name in found] == ["kreciprocal@4", "mllm@3"]
    assert "feedback:2@" in list(found)[1]
    for row in found.values():
        assert (row.problem, row.n_queries, row.setting.stored) == (None, 4, "none")
        assert (row.delta_map, row.tau) == (0.0, 1.0)  # against themselves
        assert row.stages
    choice = opened.bench.tradeoff.choice()
    plain = [row for row in table.rows if row.setting.stored == "none"]
    assert choice.top.map_after == max(row.map_after for row in plain)
    assert choice.cheapest.map_after >= choice.top.map_after - choice.points
    assert choice.cheapest.seconds_per_query <= choice.top.seconds_per_query
    assert choice.uncompressed.setting.scorer == "mllm"


def test_a_fit_that_there_is_not_ends_the_run_and_keeps_the_grid(open_bench):
    opened = open_bench(tradeoff__pipelines=["evidence:nobody@4"])
    with pytest.raises(SettingsError, match="no fit 'nobody'"):
        list(opened.bench.tradeoff.measure())
    assert len(opened.bench.tradeoff.table().rows) == 8


def test_what_is_no_pipeline_is_refused_before_anything_is_measured(open_bench):
    opened = open_bench(tradeoff__pipelines=["nothing@4"])
    with pytest.raises(SettingsError, match="Stage 'nothing' is not known"):
        next(opened.bench.tradeoff.measure())
