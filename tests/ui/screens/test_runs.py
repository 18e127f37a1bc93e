"""The Runs handlers: full, compared, empty, loading, partial, failing."""

from dataclasses import replace

import pytest
from markupsafe import escape

from core.errors import WorkspaceError
from core.workbench import Workbench
from tests.drawn_bench import hostile, save_run
from tests.runs import without_after
from tests.ui.conftest import HOSTILE
from ui import messages
from ui.screens.runs import screen
from ui.server.parts import draw, draw_screen
from ui.shared.screen import make_page, read_state

OLD, NEW = "20260101T000000000000Z-aaaaaaaaaaaa", "20260102T000000000000Z-bbbbbbbbbbbb"


@pytest.fixture
def saved(bench) -> Workbench:
    """Two runs: depth 5, then depth 20."""
    save_run(bench, OLD, 5)
    save_run(bench, NEW, 20)
    return bench


def part(bench, name: str, address: str):
    page = make_page(bench, (screen.SCREEN,))
    return draw(page, screen.SCREEN.part(name), read_state(bench, address))


def run(bench, address: str) -> str:
    return str(part(bench, "run", address))


def test_the_newest_run_is_shown_with_everything(saved):
    found = run(saved, "view=runs")
    assert "depth 20" in found
    assert f"run-files/{NEW}/html" in found
    assert "python app.py evaluate --depth 20" in found
    assert "corpus fingerprint" in found
    assert part(saved, "plot", "view=runs").data


def test_a_run_begins_with_its_sentence(saved):
    assert str(escape(saved.saved.headline(NEW))) in run(saved, "view=runs")


def test_sliders_unlike_the_open_run_are_said_and_can_be_kept(saved):
    assert "the screens show" not in run(saved, f"view=runs&run={NEW}&depth=20")
    found = run(saved, f"view=runs&run={NEW}&depth=7")
    assert "This run holds depth 20" in found
    assert "the screens show depth 7" in found
    assert "data-keep-run" in found


def test_a_run_found_with_the_sliders_says_that_it_was_chosen_by_looking(bench):
    save_run(bench, OLD, 5, chosen_by_looking=True)
    assert "chosen by looking</span>" in run(bench, "view=runs")


def test_the_list_marks_the_open_run_and_offers_the_other_for_comparison(saved):
    html = str(part(saved, "list", f"view=runs&run={OLD}&against={NEW}"))
    assert html.index(NEW) < html.index(OLD)
    opens = f'<button type="button" class="sl-ru-open" data-run="{OLD}"'
    assert f'<li aria-current="true">{opens}' in html
    assert f'data-run-against="{NEW}" aria-pressed="true"' in html
    assert f'data-run-against="{OLD}"' not in html


def test_two_runs_are_compared_with_interval_and_queries(saved):
    address = f"view=runs&run={NEW}&against={OLD}"
    found = run(saved, address)
    comparison = saved.saved.compare(OLD, NEW)
    assert f"{abs(comparison.delta):.3f}" in found
    assert "paired bootstrap, two-sided" in found
    assert found.count("data-query=") == len(comparison.differences)
    figure = part(saved, "plot", address)
    marks = [len(trace.x) for trace in figure.data if trace.mode == "markers"]
    assert sum(marks) == comparison.n_common
    assert f"html?against={OLD}" in found


def test_a_run_is_not_compared_with_itself(saved):
    assert "Compared with" not in run(saved, f"view=runs&run={NEW}&against={NEW}")


def test_an_empty_workspace_says_how_runs_come_about(bench):
    assert escape(messages.NO_RUNS) in run(bench, "view=runs")
    assert part(bench, "list", "view=runs") is None
    assert part(bench, "plot", "view=runs") is None


def test_while_the_first_evaluation_runs_the_page_waits_with_a_count(running):
    found = run(running, "view=runs")
    assert messages.FIRST_RUN in found
    assert "3 of 8 queries" in found


def test_without_ground_truth_the_page_says_what_is_missing(unlabelled):
    assert messages.NO_GROUND_TRUTH in run(unlabelled, "view=runs")


def test_a_run_with_unscored_pairs_is_marked_partial(bench):
    report = save_run(bench, OLD, 5)
    summary = replace(without_after(report.summary), n_unscored=9)
    save_run(bench, OLD, 5, summary=summary)
    found = run(bench, "view=runs")
    assert "sl-partial" in found
    assert "9 of them unscored" in found
    assert messages.WITHHELD in found


def test_a_damaged_file_is_listed_beside_the_others(saved):
    (saved._session.workspace.runs / "20260103T0Z-cc.json").write_text("{", "utf-8")
    html = str(part(saved, "list", "view=runs"))
    assert "20260103T0Z-cc.json cannot be read" in html
    assert f'aria-current="true"><button type="button" class="sl-ru-open" data-run="{NEW}"' in html


@pytest.mark.parametrize("wrong", ["run=nobody", f"run={NEW}&against=nobody"])
def test_an_unknown_run_is_one_sentence(saved, wrong):
    assert "There is no run" in run(saved, f"view=runs&{wrong}")


def test_a_comparison_that_fails_leaves_the_open_run_in_sight(saved):
    address = f"view=runs&run={NEW}&against=nobody"
    assert "depth 20" in run(saved, address)
    assert part(saved, "plot", address).data


def test_a_folder_that_cannot_be_read_is_one_sentence(saved, monkeypatch):
    def refuse():
        raise WorkspaceError("The folder runs cannot be read.")

    monkeypatch.setattr(saved.saved, "entries", refuse)
    for name in ("list", "run", "plot"):
        assert "cannot be read" in str(part(saved, name, "view=runs"))


def test_a_run_of_before_says_that_it_has_no_command(bench):
    save_run(bench, OLD, 5, settings=None)
    assert escape(messages.NO_COMMAND) in run(bench, "view=runs")


def test_hostile_names_are_shown_as_text(opens):
    bench = opens(hostile, suffix="<img src=x onerror=alert(1)>`${1}")
    save_run(bench, OLD, 5)
    report = save_run(bench, NEW, 20)
    fields = {**report.receipt.fields, "model": HOSTILE, HOSTILE: HOSTILE}
    save_run(bench, NEW, 20, receipt=replace(report.receipt, fields=fields))
    page = make_page(bench, (screen.SCREEN,))
    state = read_state(bench, f"view=runs&run={NEW}&against={OLD}")
    html = draw_screen(page, screen.SCREEN, state)
    assert "<img src=x" not in html
    assert "<b>\"'" not in html
    assert escape(HOSTILE) in html
