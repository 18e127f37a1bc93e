"""The route that writes the screen as code."""

from html import unescape
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient

from ui.server.launch import create_server


@pytest.fixture
def client(bench):
    return TestClient(create_server(bench), base_url="http://127.0.0.1")


@pytest.fixture
def query(bench):
    return bench.state.query_ids[0]


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({"view": "overview"}, "bench.runs.latest().summary"),
        ({"view": "queries", "depth": "7"}, "python app.py evaluate --depth 7"),
        ({"view": "queries", "query": True}, "bench.queries.inspect({query!r}, Fusion(depth=20,"),
        ({"view": "pair", "query": True, "candidate": "d.jpg"}, "pairs.look({query!r}, 'd.jpg')"),
        ({"view": "pair", "query": True}, "bench.queries.inspect({query!r}, Fusion(depth=20,"),
        ({"view": "perturb", "query": True}, "sweep --query {query} --perturbation blur"),
        ({"view": "perturb", "query": True, "pert": "all"}, "--perturbation all"),
        ({"view": "perturb", "set": "hardest:5"}, "--queries 5 --choose hardest"),
        ({"view": "perturb", "query": True, "with": "noise"}, "bench.robustness.surface("),
        ({"view": "perturb"}, "bench.runs.latest().summary"),
        ({"view": "failures"}, "bench.failures.report(Fusion(depth=20, lam=0.0, gamma=1.0))"),
        ({"view": "annotate"}, "export annotations.csv --what annotations"),
        ({"view": "runs"}, "bench.runs.latest().summary"),
    ],
)
def test_each_screen_is_written_as_code(client, query, fields, holds):
    fields = {name: query if value is True else value for name, value in fields.items()}
    answer = client.get(f"/code?{urlencode(fields)}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert holds.format(query=query) in unescape(answer.text)


def test_nothing_of_an_address_is_trusted(client):
    hostile = "</code><img src=x onerror=hit()>"
    for name in ("query", "candidate", "recipe", "text"):
        answer = client.get(f"/code?{urlencode({'view': 'pair', name: hostile})}")
        assert "<img" not in answer.text


def test_what_cannot_be_written_is_one_sentence(bench, client, query):
    bench.robustness = SimpleNamespace(recipes=lambda: ())
    asked = urlencode({"view": "perturb", "query": query, "recipe": "gone"})
    assert "no saved recipe" in unescape(client.get(f"/code?{asked}").text)
