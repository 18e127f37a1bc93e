"""The public endpoints: over HTTP, and as functions with bad input."""

import math

import gradio as gr
import pytest
from fastapi.testclient import TestClient

from core.types.orders import Fusion
from tests.drawn_bench import save_run
from ui.server.api import ranking_of, runs_of, summary_of
from ui.server.launch import create_server

QUERY = "queries/object_03.jpg"


@pytest.fixture
def client(bench):
    return TestClient(create_server(bench), base_url="http://127.0.0.1")


def ask(client, name: str, *values):
    return client.post(f"/gradio_api/run/{name}", json={"data": list(values)})


def test_the_summary_is_that_of_the_page(client, bench):
    answer = ask(client, "summary", 20, 0.0, 1.0)
    assert answer.status_code == 200, answer.text
    found = answer.json()["data"][0]
    assert found["map_after"] == bench.runs.summary(Fusion(20, 0.0, 1.0)).map_after
    assert found["receipt"]["depth"] == "20"


def test_a_ranking_is_that_of_the_page(bench):
    view = bench.queries.inspect(QUERY, Fusion(20, 0.0, 1.0))
    found = ranking_of(bench, QUERY, 20, 0.0, 1.0)
    assert [c["image_id"] for c in found] == [c.image_id for c in view.after]


def test_runs_are_listed(bench):
    save_run(bench, "20260101T0Z-a", 5)
    assert [run["run_id"] for run in runs_of(bench)] == ["20260101T0Z-a"]


@pytest.mark.parametrize(
    ("depth", "lam", "gamma"),
    [(0, 0, 1), (99, 0, 1), (5, 2, 1), (5, math.nan, 1), (5, 0, math.inf)],
)
def test_numbers_out_of_range_are_refused(bench, depth, lam, gamma):
    with pytest.raises(gr.Error, match="must lie"):
        summary_of(bench, depth, lam, gamma)


def test_an_unknown_query_is_one_sentence(bench):
    with pytest.raises(gr.Error, match="not in the corpus"):
        ranking_of(bench, "nobody", 5, 0.0, 1.0)


def test_nothing_else_can_be_called(bench):
    client = TestClient(create_server(bench), "http://127.0.0.1", raise_server_exceptions=False)
    assert ask(client, "show_run", "view=runs").status_code >= 400
