"""Cards of a strip beyond the first ones."""

import re

import pytest
from fastapi.testclient import TestClient

from core.types.orders import Fusion
from tests.fakes.scorers import OTHER
from ui.server.launch import create_server

QUERY = "queries/object_03.jpg"


@pytest.fixture
def client(bench) -> TestClient:
    return TestClient(create_server(bench), base_url="http://127.0.0.1:7860")


def cards(client, side: str, start: int, stop: int, **fields) -> list[str]:
    asked = {"query": QUERY, "depth": 20, "start": start, "stop": stop, **fields}
    answer = client.get(f"/strip/{side}", params=asked)
    assert answer.status_code == 200
    return re.findall(r'data-card="([^"]+)"', answer.text)


@pytest.mark.parametrize("side", ["before", "after", "third"])
def test_pieces_make_up_the_whole_strip(client, bench, side):
    third = {"third": OTHER}
    pieces = cards(client, side, 0, 15, **third) + cards(client, side, 15, 40, **third)
    scorers = bench.scorers
    view = (
        scorers.inspect(OTHER, QUERY, Fusion(20, 0.0, 1.0))
        if side == "third"
        else bench.queries.inspect(QUERY, Fusion(20, 0.0, 1.0))
    )
    shown = view.before if side == "before" else view.after
    assert pieces == [card.image_id for card in shown]


def test_a_button_is_there_until_the_last_card(client):
    asked = {"query": QUERY, "start": 0, "stop": 30}
    assert 'data-more="30"' in client.get("/strip/after", params=asked).text
    assert "data-more" not in client.get("/strip/after", params={**asked, "stop": 40}).text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/strip/middle?query={QUERY}&start=0&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=9&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=-1&stop=9", 404),
        (f"/strip/after?query={QUERY}&start=0&stop=99999", 404),
        (f"/strip/after?query={QUERY}&start=x&stop=9", 422),
        ("/strip/after?query=../../etc/passwd&start=0&stop=9", 404),
        (f"/strip/third?query={QUERY}&start=0&stop=9", 404),
        (f"/strip/third?query={QUERY}&third={'0' * 16}&start=0&stop=9", 422),
    ],
)
def test_anything_else_is_refused(client, path, status):
    assert client.get(path).status_code == status
