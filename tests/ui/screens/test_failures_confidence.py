"""The panel that says which first results can be trusted: told, asked, downloaded, empty."""

import csv

from tests.core.stand_ins import make_workbench
from tests.ui.pages import drawn, routes_of
from ui.screens.failures import screen
from ui.screens.failures.curves import precision_recall
from ui.shared.screen import Asked, make_page, read_state

BEFORE = "view=failures&depth=20&first=before"
AFTER = "view=failures&depth=20"


def panel(bench, address):
    return str(drawn(bench, "failures", "confidence", address))


def asked(bench, address):
    """Ask about the first results as the button does, and wait for the job's end."""
    page = make_page(bench, (screen.SCREEN,))
    job = next(one for one in screen.SCREEN.jobs if one.name == "confidence")
    key = job.ask(page, read_state(bench, address), Asked("tab", {}))
    revision = 0
    while (view := bench.board.view(key)).is_active:
        revision = bench.board.wait(revision, 30)
    return view


def test_signals_that_are_stored_are_told_and_the_others_are_offered(fresh):
    shown = panel(fresh, BEFORE)
    assert "cosine gap" in shown
    assert 'data-job-start="failures/confidence"' in shown
    assert 'data-first="before" aria-pressed="true"' in shown


def test_the_button_asks_every_stage_and_then_goes(fresh):
    assert asked(fresh, BEFORE).state == "done"
    shown = panel(fresh, BEFORE)
    assert "geometric" in shown
    assert 'data-job-start="failures/confidence"' not in shown
    assert "95% right from" in shown


def test_curves_have_a_line_per_signal_and_chance(fresh):
    asked(fresh, BEFORE)
    state = read_state(fresh, BEFORE)
    report = fresh.confidence.report(state.fusion, state.first_of)
    figure = precision_recall(report)
    names = [trace.name for trace in figure.data]
    assert names[-1].startswith("chance ")
    assert len(names) == 1 + sum(one.auprc is not None for one in report.shown)
    for trace in figure.data[:-1]:
        assert max(trace.y) <= 1.0
        assert trace.x[-1] == 1.0


def test_the_table_is_a_download(fresh):
    found = routes_of(fresh).get(f"/confidence.csv?{BEFORE}")
    assert found.status_code == 200
    assert "attachment" in found.headers["content-disposition"]
    rows = list(csv.DictReader(found.text.splitlines()))
    assert len(rows) == len(
        fresh.confidence.report(read_state(fresh, BEFORE).fusion, "before").right
    )


def test_before_the_evaluation_it_says_what_to_do(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    shown = panel(bench, AFTER)
    assert "No query is wholly scored yet" in shown
    bench.close()
