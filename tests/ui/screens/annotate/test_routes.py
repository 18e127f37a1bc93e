"""The routes of the Annotate view: pairs, actions, conflicts, malformed requests, files, login."""

import json
import uuid

import pytest
from fastapi.testclient import TestClient

from tests.drawn_bench import N_DATABASE, N_POSITIVES, N_QUERIES, score
from tests.ui.pages import routes_of
from tests.ui.server.test_launch import GOOD, OnePassword, log_in
from ui.server.launch import Serving, create_server
from ui.server.passwords import Credentials

HARD = "view=annotate&queue=hard"


@pytest.fixture
def client(bench) -> TestClient:
    return routes_of(bench)


def window(client, address=HARD, author="ada", **more):
    params = {"address": address, "author": author, **more}
    answer = client.get("/annotations/window", params=params)
    assert answer.status_code == 200
    return answer.json()


def act(client, **fields):
    body = {"kind": "set", "action": str(uuid.uuid4()), "author": "ada", **fields}
    return client.post("/annotations/actions", json=body)


def verdict(client, item, value="match", author="ada", **more):
    pair = {"query": item["query"], "image": item["image"], "expected": item["version"]}
    fields = {**pair, "author": author, "op": "verdict", "value": value}
    return act(client, **{**fields, **more})


def test_without_a_queue_there_is_an_invitation(client):
    found = window(client, "view=annotate")
    assert found["total"] == 0
    assert 'data-an-choose="hard"' in found["message"]


def test_without_ground_truth_no_hard_case_is_offered(unlabelled):
    client = routes_of(unlabelled)
    found = window(client, "view=annotate&query=queries/object_01.jpg")
    assert "no ground truth" in found["message"]
    assert 'data-an-choose="hard"' not in found["message"]
    own = window(client, "view=annotate&queue=query:queries/object_01.jpg")
    assert own["total"] == N_QUERIES + N_DATABASE - 1
    assert "unlabelled" in own["items"][0]["html"]


@pytest.mark.parametrize(
    ("queue", "text"),
    [
        ("selection", "press A to add"),
        ("disputed", "No two authors"),
        ("slice:light=green", "no slice"),
        ("query:nobody", "choose another one"),
        ("class:harmed, demoted", "No pair here"),
    ],
)
def test_an_empty_queue_says_why(client, queue, text):
    found = window(client, f"view=annotate&queue={queue}")
    assert found["total"] == 0
    assert text in found["message"]


def test_a_queue_before_any_evaluation_says_so(fresh):
    assert "No query is evaluated yet" in window(routes_of(fresh))["message"]


def test_a_part_of_the_queries_is_said(fresh):
    source = window(routes_of(score(fresh, 5)))["source"]
    assert "from 5 of 8 queries evaluated so far" in source


def test_a_verdict_is_acknowledged_with_its_pair_and_comes_back(client):
    first = window(client)["items"][0]
    answer = verdict(client, first)
    assert answer.status_code == 200
    word = answer.json()["annotation"]
    assert (word["query"], word["image"], word["verdict"], word["version"]) == (
        first["query"],
        first["image"],
        "match",
        1,
    )
    again = window(client)
    assert (again["judged"], again["at"], again["undoable"]) == (1, 1, answer.json()["undoable"])
    assert again["items"][0]["verdict"] == "match"
    assert window(client, author="bob")["judged"] == 0


def test_another_window_of_the_author_gets_the_clash_and_what_stands(client):
    first = window(client)["items"][0]
    verdict(client, first)
    answer = verdict(client, first, "no match")
    assert answer.status_code == 409
    assert "in another window meanwhile" in answer.json()["error"]
    assert answer.json()["annotation"]["verdict"] == "match"
    assert verdict(client, first, "no match", expected=1).status_code == 200


def test_undo_and_redo_name_the_pair(client):
    first = window(client)["items"][0]
    event = verdict(client, first).json()["undoable"]
    undo = {"kind": "undo", "author": "ada", "expected": event}
    answer = client.post("/annotations/actions", json={**undo, "action": str(uuid.uuid4())})
    assert answer.json()["annotation"]["verdict"] is None
    assert answer.json()["annotation"]["image"] == first["image"]
    assert answer.json()["redoable"] == event
    nothing = client.post("/annotations/actions", json={**undo, "action": str(uuid.uuid4())})
    assert (nothing.status_code, nothing.json()["error"]) == (422, "There is nothing to undo.")


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "drop"},
        {"expected": -1},
        {"expected": 1e99},
        {"expected": "1"},
        {"expected": None},
        {"expected": 2**70},
        {"value": 1},
        {"value": {"a": 1}},
        {"op": "version"},
        {"query": None},
        {"query": "q" * 5000},
        {"action": "1"},
        {"action": "<script>alert(1)</script>"},
        {"author": 7},
        {"more": 1},
    ],
)
def test_a_request_of_another_form_is_refused_and_changes_nothing(client, bench, change):
    first = window(client)["items"][0]
    assert verdict(client, first, **change).status_code == 400
    assert bench.annotations.authors() == ()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"NaN", b"\xff", b"[" * 60_000])
def test_a_body_that_is_no_action_is_refused(client, body):
    assert client.post("/annotations/actions", content=body).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"author": ""},
        {"author": "a\x00b"},
        {"value": "maybe"},
        {"op": "tags", "value": "glare"},
        {"op": "note", "value": None},
        {"image": "nobody"},
        {"query": "database/image_001.jpg"},
    ],
)
def test_an_action_that_cannot_be_done_is_one_sentence(client, bench, change):
    first = window(client)["items"][0]
    answer = verdict(client, first, **change)
    assert answer.status_code == 422
    assert answer.json()["error"]
    assert bench.annotations.authors() == ()


def test_a_large_body_is_refused(client):
    assert client.post("/annotations/actions", content=b" " * 70_000).status_code == 413


def test_a_full_disk_is_told_as_not_saved(client, bench):
    first = window(client)["items"][0]
    log = bench.annotations._store._log
    (pages,) = log.db.execute("PRAGMA page_count").fetchone()
    log.db.execute(f"PRAGMA max_page_count = {pages}")
    answers = [
        act(
            client,
            query=first["query"],
            image=item["image"],
            op="note",
            value="n" * 2000,
            expected=0,
        )
        for item in window(client, "view=annotate&queue=query:" + first["query"])["items"]
    ]
    assert answers[-1].status_code == 507
    assert "free disk space" in answers[-1].json()["error"]


@pytest.mark.parametrize("site", ["https://evil.com", "null"])
def test_other_sites_cannot_act(bench, site):
    client = TestClient(create_server(bench), base_url=GOOD)
    answer = client.post("/annotations/actions", json={}, headers={"Origin": site})
    assert answer.status_code == 403


def test_a_login_is_the_author_whatever_the_request_says(bench):
    users = Credentials({"ada": OnePassword(b"", b"")})
    client = TestClient(create_server(bench, Serving(credentials=users)), base_url=GOOD)
    assert client.get("/annotations/window", follow_redirects=False).status_code == 401
    assert client.get("/annotations/export/csv", follow_redirects=False).status_code == 401
    log_in(client)
    found = window(client, author="eve")
    assert found["user"] == "ada"
    verdict(client, found["items"][0], author="eve")
    assert bench.annotations.authors() == ("ada",)


def test_panels_tell_agreement_and_map(client):
    for author, value in (("ada", "match"), ("bob", "unsure")):
        for item in window(client, author=author)["items"][:2]:
            verdict(client, item, value, author)
    found = client.get("/annotations/panels", params={"address": HARD, "author": "ada"}).json()
    assert "0 %" in found["agreement"]
    assert "2 disputed" in found["labels"]
    alone = client.get("/annotations/panels", params={"address": HARD, "of": "ada"}).json()
    assert "2 changed" in alone["labels"]
    assert 'href="annotations/export/patch?author=ada"' in alone["labels"]


@pytest.mark.parametrize(
    ("kind", "n"),
    [("csv", 1), ("jsonl", 1), ("patch", 1), ("relevance", N_QUERIES * (N_POSITIVES + 1) + 1)],
)
def test_an_export_is_a_download(client, kind, n):
    verdict(client, window(client)["items"][0])
    answer = client.get(f"/annotations/export/{kind}")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.text.splitlines()) == n + 1


def test_an_unknown_export_is_not_found(client):
    assert client.get("/annotations/export/xlsx").status_code == 404


def test_an_import_adds_and_lists_all_faults(client, bench):
    verdict(client, window(client)["items"][0])
    text = client.get("/annotations/export/jsonl").text
    other = text.replace('"ada"', '"bob"')
    query = {"author": "ada", "action": "file one"}
    answer = client.post("/annotations/import", params=query, content=other)
    assert answer.json() == {"added": 1, "same": 0, "kept": 0}
    row = json.loads(other.splitlines()[1]) | {"image": "nobody"}
    broken = client.post("/annotations/import", params=query, content=json.dumps(row))
    assert broken.status_code == 422
    assert broken.json()["faults"] == ["line 1: image 'nobody' is not in this corpus"]
    assert client.post("/annotations/import", params=query, content=b"\xff\xfe").status_code == 422
    assert bench.annotations.authors() == ("ada", "bob")


def test_a_selection_is_added_to_and_emptied(client):
    pairs = [["queries/object_01.jpg", "database/image_001.jpg"]]
    action = {"kind": "select", "action": str(uuid.uuid4()), "author": "ada"}
    added = client.post("/annotations/actions", json={**action, "pairs": pairs})
    assert added.json() == {"size": 1}
    assert window(client, "view=annotate&queue=selection")["total"] == 1
    assert client.post("/annotations/actions", json={**action, "pairs": []}).json() == {"size": 0}
