"""The Runs handlers: full, compared, empty, loading, partial, failing."""

import json
from dataclasses import replace

import gradio as gr
import pytest

from core.errors import WorkspaceError
from tests.fakes import FakeInfo, FakeWorkbench
from tests.fakes.saved import save_run
from tests.runs import without_after
from tests.ui.conftest import HOSTILE
from ui import messages
from ui.render.text import esc
from ui.views import runs

OLD, NEW = "20260101T000000000000Z-aaaaaaaaaaaa", "20260102T000000000000Z-bbbbbbbbbbbb"


@pytest.fixture
def saved(bench) -> FakeWorkbench:
    """Two runs: depth 5, then depth 20."""
    save_run(bench, OLD, 5)
    save_run(bench, NEW, 20)
    return bench


def shown(bench, urls, address: str) -> dict[str, object]:
    names = ("head", "versus", "body", "figure", "exports", "tables")
    return dict(zip(names, runs.show_run(bench, urls, address), strict=True))


def test_the_newest_run_is_shown_with_everything(saved, urls):
    found = shown(saved, urls, "view=runs")
    assert "depth 20" in str(found["head"])
    assert found["body"].visible is True
    assert json.loads(found["figure"])["data"]
    assert f"run-files/{NEW}/html" in str(found["exports"])
    assert "python app.py evaluate --depth 20" in str(found["exports"])
    assert "attention kernel" in str(found["tables"])


def test_the_list_marks_the_open_run_and_offers_the_other_for_comparison(saved):
    html = str(runs.show_list(saved, f"view=runs&run={OLD}&against={NEW}", ""))
    assert html.index(NEW) < html.index(OLD)
    assert (
        f'<li aria-current="true"><button type="button" class="sl-ru-open" data-run="{OLD}"' in html
    )
    assert f'data-run-against="{NEW}" aria-pressed="true"' in html
    assert f'data-run-against="{OLD}"' not in html


def test_a_list_that_is_shown_already_is_left_alone(saved):
    html = runs.show_list(saved, "view=runs", "")
    assert runs.show_list(saved, "view=runs", str(html)) == gr.skip()


def test_two_runs_are_compared_with_interval_and_queries(saved, urls):
    found = shown(saved, urls, f"view=runs&run={NEW}&against={OLD}")
    comparison = saved.saved.compare(OLD, NEW)
    assert f"{abs(comparison.delta):.3f}" in str(found["versus"])
    assert "paired bootstrap" in str(found["versus"])
    assert str(found["tables"]).count("data-query=") == len(comparison.differences)
    marks = [len(t["x"]) for t in json.loads(found["figure"])["data"] if t["mode"] == "markers"]
    assert sum(marks) == comparison.n_common
    assert f"html?against={OLD}" in str(found["exports"])


def test_a_run_is_not_compared_with_itself(saved, urls):
    assert shown(saved, urls, f"view=runs&run={NEW}&against={NEW}")["versus"] == ""


def test_an_empty_workspace_says_how_runs_come_about(bench, urls):
    found = shown(bench, urls, "view=runs")
    assert esc(messages.NO_RUNS) in str(found["head"])
    assert found["body"].visible is False
    assert runs.show_list(bench, "view=runs", None) == ""


def test_while_the_first_evaluation_runs_the_page_waits_with_a_count(bench, urls):
    bench.state.status = replace(
        bench.state.status, state="running", done=3, total=8, unit="queries"
    )
    head = str(shown(bench, urls, "view=runs")["head"])
    assert messages.FIRST_RUN in head
    assert "3 of 8 queries" in head


def test_without_ground_truth_the_page_says_what_is_missing(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, info=replace(FakeInfo(), has_ground_truth=False))
    assert messages.NO_GROUND_TRUTH in str(shown(bench, urls, "view=runs")["head"])


def test_a_run_with_unscored_pairs_is_marked_partial(bench, urls):
    report = save_run(bench, OLD, 5)
    summary = replace(without_after(report.summary), n_unscored=9)
    save_run(bench, OLD, 5, summary=summary)
    head = str(shown(bench, urls, "view=runs")["head"])
    assert "sl-partial" in head
    assert "9 of them unscored" in head
    assert messages.WITHHELD in head


def test_a_damaged_file_is_listed_beside_the_others(saved):
    (saved.state.root / "runs" / "20260103T0Z-cc.json").write_text("{", "utf-8")
    html = str(runs.show_list(saved, "view=runs", ""))
    assert "20260103T0Z-cc.json cannot be read" in html
    assert f'aria-current="true"><button type="button" class="sl-ru-open" data-run="{NEW}"' in html


@pytest.mark.parametrize("wrong", ["run=nobody", f"run={NEW}&against=nobody"])
def test_an_unknown_run_is_one_sentence(saved, urls, wrong):
    found = shown(saved, urls, f"view=runs&{wrong}")
    assert "There is no run" in f"{found['head']}{found['versus']}"


def test_a_folder_that_cannot_be_read_is_one_sentence(saved, urls, monkeypatch):
    def refuse():
        raise WorkspaceError("The folder runs cannot be read.")

    monkeypatch.setattr(saved.saved, "entries", refuse)
    assert "cannot be read" in str(runs.show_list(saved, "view=runs", ""))
    assert "cannot be read" in str(shown(saved, urls, "view=runs")["head"])


def test_a_run_of_before_says_that_it_has_no_command(bench, urls):
    save_run(bench, OLD, 5, settings=None)
    assert messages.NO_COMMAND in str(shown(bench, urls, "view=runs")["exports"])


def test_more_work_leaves_an_open_run_alone(saved, urls):
    head = str(shown(saved, urls, "view=runs")["head"])
    assert runs.show_first(saved, urls, "view=runs", head) == (gr.skip(),) * 6
    assert "depth 20" in str(runs.show_first(saved, urls, "view=runs", "")[0])


def test_hostile_names_are_shown_as_text(tmp_path, urls):
    bench = FakeWorkbench(tmp_path, suffix="<img src=x onerror=alert(1)>`${1}")
    save_run(bench, OLD, 5)
    report = save_run(bench, NEW, 20)
    fields = {**report.receipt.fields, "model": HOSTILE, HOSTILE: HOSTILE}
    save_run(bench, NEW, 20, receipt=replace(report.receipt, fields=fields))
    address = f"view=runs&run={NEW}&against={OLD}"
    found = shown(bench, urls, address)
    parts = [str(found[name]) for name in ("head", "versus", "exports", "tables")]
    html = "".join([*parts, str(runs.show_list(bench, address, ""))])
    assert "<img src=x" not in html
    assert "<b>\"'" not in html
    assert esc(HOSTILE) in html


def test_other_views_are_left_alone(saved, urls):
    assert runs.show_list(saved, "view=overview", "") == gr.skip()
    assert runs.show_run(saved, urls, "view=overview") == (gr.skip(),) * 6
