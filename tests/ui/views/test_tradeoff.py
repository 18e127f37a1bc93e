"""The trade-offs' handler: full, without a table, without ground truth, failing; and the CSV."""

import json
from dataclasses import replace

import pytest
from fastapi import APIRouter, FastAPI
from starlette.testclient import TestClient

from core.errors import StaleIndexError
from tests.fakes import FakeInfo, FakeWorkbench
from tests.fakes.tradeoff import table
from ui import messages
from ui.server.downloads import add_download_routes
from ui.views import tradeoff

ADDRESS = "view=overview"


@pytest.fixture
def measured(bench) -> FakeWorkbench:
    bench.tradeoff.shown = table()
    return bench


@pytest.fixture
def client(bench) -> TestClient:
    router, app = APIRouter(), FastAPI()
    add_download_routes(router, bench)
    app.include_router(router)
    return TestClient(app)


def test_a_table_fills_both_plots(measured):
    head, body, memory, time = tradeoff.show(measured, ADDRESS)
    assert "Smallest within 1 mAP point" in head
    assert body.visible is True
    assert json.loads(memory)["data"]
    assert json.loads(time)["data"]


def test_the_budget_of_the_address_is_the_one_drawn(measured):
    head, *_ = tradeoff.show(measured, f"{ADDRESS}&budget=2000")
    assert "pq:48, mllm, depth 50" in head


def test_without_a_table_the_command_stands_there(bench):
    head, body, memory, time = tradeoff.show(bench, ADDRESS)
    assert "python app.py tradeoff" in head
    assert (body.visible, memory, time) == (False, "", "")


def test_where_a_server_scores_there_is_no_command_and_no_section(bench):
    bench.tradeoff.told = None
    head, body, *_ = tradeoff.show(bench, ADDRESS)
    assert (head, body.visible) == ("", False)


def test_without_ground_truth_there_is_nothing_to_trade(tmp_path):
    bench = FakeWorkbench(tmp_path, info=replace(FakeInfo(), has_ground_truth=False))
    assert tradeoff.show(bench, ADDRESS)[0] == ""


def test_a_damaged_table_is_one_sentence(measured, monkeypatch):
    def refuse(_budget):
        raise StaleIndexError("Trade-off table a.json cannot be read.")

    monkeypatch.setattr(measured.tradeoff, "choice", refuse)
    assert "a.json cannot be read" in tradeoff.show(measured, ADDRESS)[0]


def test_another_view_in_front_leaves_it_alone(measured):
    assert len(set(map(str, tradeoff.show(measured, "view=queries")))) == 1


def test_the_table_is_downloaded_as_csv(measured, client):
    answer = client.get("/tradeoff.csv")
    assert answer.status_code == 200
    assert answer.text == measured.tradeoff.csv()
    assert "attachment" in answer.headers["content-disposition"]


def test_without_a_table_there_is_no_file(client):
    assert client.get("/tradeoff.csv").status_code == 404


def test_a_table_takes_the_place_of_the_hint(measured):
    assert messages.NO_TRADEOFFS not in tradeoff.show(measured, ADDRESS)[0]
