"""The failures facet on eight drawn images: report, slices, measuring."""

import pytest

from core.errors import SettingsError
from core.types.failures import QuerySlice
from core.types.orders import Fusion
from tests.core.stand_ins import make_workbench

SETTING = Fusion(4, 0.0, 1.0)
QUERIES = {
    "images/bars_1.png", "images/bars_2.png", "images/cross_q.png", "images/disc_q.png",
}  # fmt: skip


def evaluated(root, work):
    bench = make_workbench(root, work)
    for steps in (bench.runs.build_index(), bench.runs.evaluate(SETTING.depth)):
        for _ in steps:
            pass
    return bench


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    opened = evaluated(tiny_corpus_root, tmp_path / "work")
    yield opened
    opened.close()


def measured(bench):
    return list(bench.failures.measure(SETTING.depth))


def test_the_report_repeats_the_summary(bench):
    report = bench.failures.report(SETTING)
    summary = bench.runs.summary(SETTING)
    assert report.ledger.kept == pytest.approx(summary.map_after)
    assert report.classes == summary.classes
    assert (report.n_evaluated, report.n_queries, report.withheld) == (4, 4, False)


def test_before_any_evaluation_nothing_is_claimed(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    report = bench.failures.report(SETTING)
    assert (report.n_evaluated, report.ledger, report.grid, report.slices) == (0, None, None, None)
    bench.close()


def test_boxes_give_coverage_and_clutter_waits_for_the_pictures(bench):
    report = bench.failures.report(SETTING)
    coverage, clutter = report.grid.facts
    assert dict(coverage.sources) == {"box": 5}
    assert (coverage.n, coverage.n_known, clutter.n_known, clutter.bounds) == (5, 5, 0, None)
    assert report.grid.cells is None
    assert report.grid.clutter == ()
    assert len(report.grid.coverage) == 4
    assert report.n_to_measure == 5


def test_measuring_labels_its_estimates_and_is_remembered(bench):
    assert measured(bench)[-1].done == 5
    report = bench.failures.report(SETTING)
    assert dict(report.grid.facts[1].sources) == {"estimate": 5}
    assert "edge" in report.grid.facts[1].unit
    assert report.n_to_measure == 0
    assert sum(cell.n_positives for row in report.grid.cells for cell in row) == 5
    assert measured(bench)[-1].total == 0


def test_estimates_are_never_held_against_the_published_counts(bench):
    measured(bench)
    grid = bench.failures.report(SETTING, "ilias").grid
    assert grid.facts[0].bounds == (0.0688, 0.13527, 0.27299)
    assert (grid.facts[1].bounds, grid.cells) == (None, None)


def test_measuring_goes_on_where_it_was_stopped(tiny_corpus_root, tmp_path):
    bench = evaluated(tiny_corpus_root, tmp_path / "w")
    steps = bench.failures.measure(SETTING.depth)
    assert [next(steps).done for _ in range(3)] == [0, 1, 2]
    steps.close()
    bench.close()
    again = evaluated(tiny_corpus_root, tmp_path / "w")
    assert again.failures.report(SETTING).n_to_measure == 3
    assert [step.total for step in measured(again)] == [3, 3, 3, 3]
    again.close()


def test_a_positive_that_cannot_be_opened_any_more_is_unknown_and_not_0(bench, tiny_corpus_root):
    (tiny_corpus_root / "images" / "disc_1.png").write_bytes(b"")
    measured(bench)
    facts = bench.failures.report(SETTING).grid.facts[1]
    assert (facts.n, facts.n_known) == (5, 4)


def test_slices_hold_their_queries(bench):
    measured(bench)
    members = bench.failures.members
    dim = {"images/bars_1.png", "images/cross_q.png"}
    assert members(QuerySlice("tag", "light=dim"), SETTING) == dim
    assert members(QuerySlice("grid", "corpus:*,*"), SETTING) == QUERIES
    lost = members(QuerySlice("lost", "re-ranker"), SETTING)
    by_hand = {o.query_id for o in bench.runs.outcomes(SETTING) if o.ap_oracle - o.ap_margin > 1e-9}
    assert lost == by_hand
    # bars_1 dim against bars_2 bright, cross_q dim against bright, disc_q bright against both
    other = {"images/bars_1.png", "images/bars_2.png", "images/cross_q.png", "images/disc_q.png"}
    assert members(QuerySlice("change", "light=other"), SETTING) == other
    assert members(QuerySlice("change", "light=same"), SETTING) == {"images/disc_q.png"}


def test_every_cell_opens_as_many_queries_as_it_says(bench):
    measured(bench)
    grid = bench.failures.report(SETTING).grid
    for i, row in enumerate(grid.cells, 1):
        for j, cell in enumerate(row, 1):
            found = bench.failures.members(QuerySlice("grid", f"corpus:{i},{j}"), SETTING)
            assert len(found) == cell.n_queries
    for i, group in enumerate(grid.coverage, 1):
        found = bench.failures.members(QuerySlice("grid", f"corpus:{i},*"), SETTING)
        assert len(found) == group.n_queries


@pytest.mark.parametrize(
    "slice_",
    [
        QuerySlice("lost", "nothing"), QuerySlice("tag", "light=blue"), QuerySlice("tag", "x"),
        QuerySlice("grid", "corpus:5,1"), QuerySlice("grid", "mine:1,1"), QuerySlice("grid", ""),
        QuerySlice("change", "light=blue"), QuerySlice("change", ""),
    ],
)  # fmt: skip
def test_a_slice_that_does_not_exist_is_one_sentence(bench, slice_):
    with pytest.raises(SettingsError, match="There is no slice"):
        bench.failures.members(slice_, SETTING)
