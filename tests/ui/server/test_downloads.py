"""The route for runs as files: downloads by looked-up ids, refusals in one sentence."""

import sys

import pytest

from core.storage.reports import reports
from tests.drawn_bench import save_run
from tests.ui.pages import routes_of

RUN = "20260101T000000000000Z-aaaaaaaaaaaa"
SETTING = "depth5-lam0-gamma1"


@pytest.fixture
def client(bench):
    save_run(bench, RUN, 5)
    return routes_of(bench)


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [("csv", "text/csv"), ("jsonl", "application/jsonl"), ("json", "application/json")],
)
def test_a_table_is_a_download_with_a_name(client, kind, media_type):
    answer = client.get(f"/run-files/{RUN}/{kind}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)
    wanted = f"attachment; filename*=UTF-8''run-{RUN}-{SETTING}.{kind}"
    assert answer.headers["content-disposition"] == wanted
    assert answer.headers["cache-control"] == "no-store"


@pytest.fixture
def unprepared(bench, opens, evaluated):
    """The same run in a workspace of which nothing is loaded yet."""
    again = opens(evaluated.unprepared)
    reports(again._session.workspace.runs).save(save_run(bench, RUN, 5))
    return routes_of(again)


def test_the_page_is_a_download_too_and_says_what_it_lacks(client, unprepared):
    assert "Without the candidates" not in client.get(f"/run-files/{RUN}/html").text
    client = unprepared
    answer = client.get(f"/run-files/{RUN}/html")
    assert answer.text.startswith("<!doctype html>")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "Without the candidates" in answer.text
    assert "data:image/webp;base64," in answer.text


def test_rankings_that_are_not_there_are_refused_with_a_remedy(client, unprepared):
    assert client.get(f"/run-files/{RUN}/trec").status_code == 200
    answer = unprepared.get(f"/run-files/{RUN}/trec")
    assert answer.status_code == 422
    assert "not open yet" in answer.json()["error"]


def test_a_picture_needs_no_extra(client):
    answer = client.get(f"/run-files/{RUN}/png")
    assert answer.headers["content-type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")


def test_a_missing_extra_is_one_sentence(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)  # an import of it fails, as where it is not
    answer = client.get(f"/run-files/{RUN}/parquet")
    assert answer.status_code == 422
    assert "extra `export`" in answer.json()["error"]


@pytest.mark.parametrize("path", ["nobody/csv", f"{RUN}/exe", f"{RUN}/html?against=nobody"])
def test_what_is_not_there_is_not_found(client, path):
    answer = client.get(f"/run-files/{path}")
    assert answer.status_code == 404
    assert "error" in answer.json()


def test_a_path_in_place_of_an_id_reaches_nothing(client):
    assert client.get("/run-files/..%2F..%2Fworkspace/json").status_code == 404


@pytest.mark.parametrize(
    ("path", "start"),
    [
        ("descriptors/npy", b"\x93NUMPY"),
        ("descriptors/ids.json", b'["'),
        ("descriptors/npz", b"PK"),
        ("descriptors/safetensors", b""),
        ("shortlists/csv", b"query,image,score\n"),
        ("shortlists/jsonl", b'{"query": "'),
        ("shortlists/trec", b""),
        ("shortlists/json", b'{"'),
    ],
)
def test_the_first_stage_is_a_download(client, unprepared, bench, path, start):
    answer = client.get(f"/first-stage/{path}")
    assert (answer.status_code, answer.content.startswith(start)) == (200, True)
    name = f"{bench.info.corpus_name}-{path.replace('/', '.', 1)}"
    assert answer.headers["content-disposition"].endswith(f"''{name}")
    refused = unprepared.get(f"/first-stage/{path}")
    assert refused.status_code == 422
    assert "not open yet" in refused.json()["error"]


@pytest.mark.parametrize("path", ["descriptors/exe", "scores/csv", "shortlists/npy"])
def test_what_the_first_stage_is_not_written_as_is_not_found(client, path):
    assert client.get(f"/first-stage/{path}").status_code == 404
