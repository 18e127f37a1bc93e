"""The Overview's handler: full, empty, without ground truth, failing."""

import json
from dataclasses import replace

from core.errors import StaleIndexError
from tests.fakes import FakeInfo, FakeWorkbench
from tests.fakes.scorers import OTHER
from ui import messages
from ui.views import overview


def test_a_finished_run_fills_every_part(bench, urls):
    figures, mosaic, body, scatter, classes, changes = overview.show(bench, urls, "view=overview")
    assert "8 of 8 queries" in figures
    assert mosaic == ""
    assert body.visible is True
    assert json.loads(scatter)["data"]
    assert "rescued" in classes
    assert "Biggest rescues" in changes
    assert "Biggest harms" in changes


def test_before_the_first_outcome_there_are_pictures(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, evaluated=0)
    figures, mosaic, body, *_ = overview.show(bench, urls, "view=overview")
    assert ">not started</span>" in figures
    assert mosaic.count("<img") == 8
    assert body.visible is False


def test_without_ground_truth_the_page_says_what_is_missing(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, info=replace(FakeInfo(), has_ground_truth=False))
    figures, mosaic, *_ = overview.show(bench, urls, "view=overview")
    assert figures == ""
    assert messages.NO_GROUND_TRUTH in mosaic


def test_a_damaged_workspace_is_one_sentence(bench, urls, monkeypatch):
    def refuse(*_args, **_options):
        raise StaleIndexError("scores.sqlite is damaged; run `verify`.")

    monkeypatch.setattr(bench.runs, "summary", refuse)
    assert "scores.sqlite is damaged" in overview.show(bench, urls, "view=overview")[0]


def test_intervals_wait_for_the_end(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, evaluated=3)
    bench.state.status = replace(bench.state.status, state="running")
    figures = overview.show(bench, urls, "view=overview")[0]
    assert "[" not in figures
    assert ">waiting</span>" in figures


def test_moved_positives_follow_the_two_scorers_of_the_address(bench, urls):
    text = overview.show_moved(bench, urls, "view=overview")
    assert '<option value="descriptor" title="before re-ranking" selected>' in text
    swapped = overview.show_moved(bench, urls, f"view=overview&a={OTHER}&b=descriptor")
    assert f'<option value="{OTHER}" title="compression: int8" selected>' in swapped
    assert swapped != text


def test_a_scorer_of_another_workspace_is_one_sentence_above_the_default(bench, urls):
    text = overview.show_moved(bench, urls, f"view=overview&a={'0' * 16}")
    assert 'role="alert"' in text
    assert "data-choice" in text


def test_moved_positives_wait_for_the_first_scores(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, evaluated=0)
    bench.moves.positives = lambda *_args: None
    assert messages.NO_MOVES_YET in overview.show_moved(bench, urls, "view=overview")
