"""The routes of long work, without a whole page."""

import threading

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from core.errors import SettingsError
from core.types.runs import Progress
from tests.drawn_bench import query_ids
from ui.screens import SCREENS
from ui.server.jobs import add_job_routes
from ui.shared.screen import Job, Screen, make_page


def steps(going: threading.Event, ended: threading.Event):
    def work():
        going.set()
        ended.wait(30)
        yield Progress("sweep", 1, 2, "levels")
        yield Progress("sweep", 2, 2, "levels")

    return work


@pytest.fixture
def asked():
    return []


@pytest.fixture
def client(bench, asked):
    going, ended = threading.Event(), threading.Event()

    def ask(page, state, wish):
        asked.append((state.query, wish))
        if wish.texts.get("prompt") == "bad":
            raise SettingsError("This prompt has no question.")
        work = steps(going, ended)
        return page.workbench.board.ask("sweep", "a sweep", "blur", work, owner=wish.owner)

    screen = Screen("runs", SCREENS[0].parts, jobs=(Job("sweep", ask),))
    app = FastAPI()
    add_job_routes(app.router, make_page(bench, (screen,)), (screen,))
    client = TestClient(app, headers={"X-Tab": "tab-1"})
    client.going, client.ended = going, ended
    yield client
    ended.set()


def test_work_is_asked_for_with_the_selection_and_the_fields(client, bench, asked):
    query = query_ids()[0]
    answer = client.post(f"/job/runs/sweep?query={query}", json={"texts": {"a": "b"}})
    assert answer.json() == {"key": "a sweep"}
    ((shown, wish),) = asked
    assert (shown, wish.owner, dict(wish.texts)) == (query, "tab-1", {"a": "b"})
    assert client.get("/jobs").json() == {"is_active": True}


def test_stopped_work_goes_on_when_it_is_asked_to(client, bench):
    client.post("/job/runs/sweep", json={})
    assert client.going.wait(30)
    assert client.post("/jobs/stop", json={"key": "a sweep"}).json() == {"stops": True}
    client.ended.set()
    revision = 0
    while bench.board.view("a sweep").is_active:
        revision = bench.board.wait(revision, 30)
    assert bench.board.view("a sweep").state == "stopped"
    assert client.post("/jobs/resume", json={"key": "a sweep"}).json() == {"goes_on": True}


def test_stopped_work_that_is_dropped_is_forgotten(client, bench):
    client.post("/job/runs/sweep", json={})
    assert client.going.wait(30)
    client.post("/jobs/drop", json={"key": "a sweep"})
    assert bench.board.view("a sweep") is not None  # it is under way
    client.post("/jobs/stop", json={"key": "a sweep"})
    client.ended.set()
    revision = 0
    while bench.board.view("a sweep").is_active:
        revision = bench.board.wait(revision, 30)
    assert client.post("/jobs/drop", json={"key": "a sweep"}).status_code == 200
    assert bench.board.view("a sweep") is None


def test_what_cannot_be_done_is_one_sentence(client):
    answer = client.post("/job/runs/sweep", json={"texts": {"prompt": "bad"}})
    assert (answer.status_code, answer.json()["error"]) == (422, "This prompt has no question.")


@pytest.mark.parametrize(
    ("address", "body", "status"),
    [
        ("/job/runs/nothing", "{}", 404),
        ("/job/nowhere/sweep", "{}", 404),
        ("/job/runs/sweep", "{", 400),
        ("/job/runs/sweep", '{"texts": {"a": 1}}', 400),
        ("/job/runs/sweep", '{"more": 1}', 400),
        ("/jobs/stop", "{}", 400),
        ("/jobs/drop", "{}", 400),
    ],
)
def test_unknown_work_and_unreadable_bodies_are_refused(client, address, body, status):
    assert client.post(address, content=body).status_code == status


def test_a_text_that_is_too_long_is_refused(client):
    assert client.post("/job/runs/sweep", json={"texts": {"a": "x" * 70_000}}).status_code == 413


def test_a_tab_with_a_strange_name_is_refused(client):
    answer = client.post("/job/runs/sweep", json={}, headers={"X-Tab": "<b>"})
    assert answer.status_code == 422
