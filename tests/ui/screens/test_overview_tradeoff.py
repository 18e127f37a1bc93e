"""The Overview's trade-offs: full, without a table, damaged, of other weights; as CSV."""

from dataclasses import replace

import pytest
from markupsafe import escape
from starlette.testclient import TestClient

from core.errors import StaleIndexError
from core.storage.tradeoffs import tables
from core.types.number_text import signed
from core.workbench import Workbench
from tests.tradeoffs import choice, row, table
from tests.ui.pages import drawn, routes_of
from ui import messages
from ui.screens.overview import screen
from ui.screens.overview.figure import quality_by_time
from ui.server.parts import draw_screen
from ui.shared.screen import make_page, read_state

ADDRESS = "view=overview"


@pytest.fixture
def measured(bench) -> Workbench:
    """A trade-off table of other weights is in the workspace."""
    tables(bench._session.workspace.tradeoffs).save(table())
    return bench


@pytest.fixture
def client(bench) -> TestClient:
    return routes_of(bench)


def part(bench, name: str, address: str = ADDRESS):
    return drawn(bench, "overview", name, address)


def traded(bench, shown) -> str:
    page = make_page(bench, (screen.SCREEN,))
    return str(page.html(screen.TradeoffContext(shown, "python app.py tradeoff", 440)))


def test_the_screen_places_its_parts(measured):
    page = make_page(measured, (screen.SCREEN,))
    text = draw_screen(page, screen.SCREEN, read_state(measured, ADDRESS))
    assert 'id="sl-tradeoff"' in text
    assert 'data-part="overview/moved"' in text


def test_a_table_of_tradeoffs_fills_both_plots(measured):
    text = str(part(measured, "tradeoff"))
    assert "Smallest within 1 mAP point" in text
    assert messages.NO_TRADEOFFS not in text
    assert part(measured, "memory").data
    assert part(measured, "time").data


def test_the_budget_of_the_address_is_the_one_drawn(measured):
    text = str(part(measured, "tradeoff", f"{ADDRESS}&budget=2000"))
    assert "pq:48, mllm, depth 50" in text


def test_without_a_table_the_command_stands_there(bench):
    assert "python app.py tradeoff" in str(part(bench, "tradeoff"))
    assert part(bench, "memory") is None
    assert part(bench, "time") is None


def test_the_command_is_escaped(bench, monkeypatch):
    told = "python app.py tradeoff --corpus 'my <photos>'"
    monkeypatch.setattr(bench.tradeoff, "command", lambda: told)
    assert "my &lt;photos&gt;" in str(part(bench, "tradeoff"))


def test_where_a_server_scores_there_is_no_command_and_no_section(bench, monkeypatch):
    monkeypatch.setattr(bench.tradeoff, "command", lambda: None)
    assert part(bench, "tradeoff") is None


def test_a_damaged_table_is_one_sentence(measured, monkeypatch):
    def refuse(_budget):
        raise StaleIndexError("Trade-off table a.json cannot be read.")

    monkeypatch.setattr(measured.tradeoff, "choice", refuse)
    assert "a.json cannot be read" in str(part(measured, "tradeoff"))


def test_the_table_is_downloaded_as_csv(measured, client):
    answer = client.get("/tradeoff.csv")
    assert answer.status_code == 200
    assert answer.text == measured.tradeoff.csv()
    assert "attachment" in answer.headers["content-disposition"]


def test_without_a_table_there_is_no_file(client):
    assert client.get("/tradeoff.csv").status_code == 404


def test_the_smallest_setting_is_named_with_its_bytes(bench):
    text = traded(bench, choice())
    assert "within 1 mAP point of uncompressed (27.8 kB, mAP 0.437, mllm, depth 50)" in text
    change = f"{signed(-0.001)} [{signed(-0.02)}, +0.010]"
    assert f"int8, 7.24 kB per image, mAP 0.436, change {change}" in text


def test_the_best_within_the_budget_is_named(bench):
    text = traded(bench, choice(2_000))
    assert "pq:48, mllm, depth 50: mAP 0.420 [0.370, 0.470], 0.5 s per query" in text
    assert '<option value="2000" selected>2 kB</option>' in text
    assert messages.NO_BUDGET_FITS in traded(bench, choice(10))


def test_what_is_not_measured_is_counted(bench):
    text = traded(bench, choice(None, replace(table(), n_settings=20)))
    assert "12 settings, n = 8 of 8 queries, 1 settings not possible, 7 still to be" in text


def test_another_models_table_says_so(bench):
    said = escape(messages.OTHER_TRADEOFFS)
    assert said not in traded(bench, choice())
    assert said in traded(bench, replace(choice(), is_current=False))


def test_without_an_uncompressed_map_nothing_is_compared(bench):
    text = traded(bench, choice(None, table((row(map_after=None, map_after_ci=None),))))
    assert "nothing can be compared" in text


def test_a_pipeline_is_a_family_of_its_last_stage_and_the_frontier_joins_the_best():
    rows = (
        row(),
        row(scorer="maxsim"),
        row(scorer="maxsim@50 > mllm@20", depth=50, seconds_per_query=0.2, map_after=0.44),
        row(scorer="mllm@20 > dba@50", depth=50, seconds_per_query=0.3, map_after=0.41),
    )
    figure = quality_by_time(choice(None, table(rows)))
    traces = {trace.name: trace for trace in figure.data}
    assert traces["maxsim@50 &gt; mllm@20"].marker.symbol == "cross"
    assert traces["maxsim@50 &gt; mllm@20"].marker.color == traces["mllm, none"].marker.color
    assert traces["mllm@20 &gt; dba@50"].marker.color not in (
        traces["mllm, none"].marker.color,
        traces["maxsim, none"].marker.color,
    )
    assert list(traces["frontier"].y) == sorted(traces["frontier"].y)
    assert traces["frontier"].y[-1] == 0.44
