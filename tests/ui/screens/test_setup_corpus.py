"""The corpus on the Setup screen: what was found, whose labels, and the visitor's uploads."""

import csv
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from core.types.corpus import LabelSource
from core.types.visitors import Visitor
from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench
from tests.ui.pages import drawn, routes_of
from ui.frame.screen import FRAME
from ui.screens.setup import words
from ui.screens.setup.screen import SCREEN
from ui.server.launch import create_server
from ui.shared.screen import make_page

HOSTILE = "<b>x'\""


def draw_albums(root: Path) -> Path:
    """Two albums of two pictures, one unreadable image, a copy and two files of other kinds."""
    for album, kind in (("katze 1", "disc"), (HOSTILE, "cross")):
        (root / album).mkdir(parents=True)
        for number in range(2):
            draw_object(kind, 10 * number, 10).save(root / album / f"{number}.png")
    (root / "katze 1/copy.png").write_bytes((root / "katze 1/0.png").read_bytes())
    (root / HOSTILE / "text.jpg").write_text("no picture")
    for name in ("a.heic", "b.pdf"):
        (root / name).write_bytes(b"x")
    return root


@pytest.fixture
def bench(tmp_path):
    opened = make_workbench(draw_albums(tmp_path / "albums"), tmp_path / "w")
    yield opened
    opened.close()


@pytest.fixture
def client(bench):
    app = FastAPI()
    assert SCREEN.routes is not None
    SCREEN.routes(app.router, make_page(bench, (SCREEN, FRAME)))
    return TestClient(app)


def corpus(bench) -> str:
    return str(drawn(bench, "setup", "corpus", "view=setup"))


def test_what_cannot_be_used_stands_there_with_its_reason(bench):
    shown = corpus(bench)
    assert "5 of 6 database images can be searched" in shown
    assert "1 cannot be read" in shown
    assert "is not a JPEG" in shown
    assert "2 left out" in shown
    assert "<b>1 HEIC</b>" in shown
    assert "pillow-heif" in shown
    assert "1 repeat another image" in shown


def test_names_of_files_and_folders_are_escaped(bench):
    shown = corpus(bench)
    assert "&lt;b&gt;x&#39;&#34;/text.jpg" in shown
    assert "<b>x" not in shown


def test_guessed_labels_are_marked_here_and_in_the_header_until_they_are_confirmed(bench, client):
    assert "labels guessed from folder names" in corpus(bench)
    assert "Each of 2 folders is read as one instance" in corpus(bench)
    assert "labels guessed" in str(drawn(bench, "frame", "counts", ""))
    answer = client.post("/corpus/labels", json={"folders": "confirmed"})
    assert (answer.status_code, answer.text) == (200, "")
    assert "guessed" not in corpus(bench) + str(drawn(bench, "frame", "counts", ""))
    assert "folder names, confirmed" in corpus(bench)
    assert not bench.reopening.switch.is_set()


def test_dropped_labels_open_the_corpus_again(bench, client):
    answer = client.post("/corpus/labels", json={"folders": "dropped"})
    assert 'data-reopen="labels"' in answer.text
    assert bench.reopening.overrides == {}


def test_a_contact_sheet_shows_each_folder(bench):
    shown = corpus(bench)
    assert shown.count("3 images") == 2
    assert shown.count("<img") == 6


@pytest.mark.parametrize("body", [b"", b"[]", b'{"folders": "guessed"}', b"x" * 5000])
def test_what_is_no_decision_is_refused(bench, client, body):
    answer = client.post("/corpus/labels", content=body)
    assert answer.status_code == 400
    assert bench.info.labels_from.is_guessed


def test_what_the_settings_say_is_a_sentence(tmp_path):
    root = draw_albums(tmp_path / "albums")
    bench = make_workbench(root, tmp_path / "w", folder_labels="yes")
    client = routes_of(bench)
    answer = client.post("/corpus/labels", json={"folders": "dropped"})
    assert answer.status_code == 422
    assert "folder_labels = yes" in answer.json()["error"]
    bench.close()


@pytest.mark.parametrize(
    ("source", "offered"),
    [
        (LabelSource(folders="guessed"), ["confirmed", "dropped"]),
        (LabelSource(folders="confirmed"), ["dropped"]),
        (LabelSource(folders="dropped"), ["confirmed"]),
        (LabelSource(manifest=True), []),
    ],
)
def test_only_what_changes_something_is_offered(source, offered):
    assert [decision for decision, _ in words.decisions(source)] == offered


def test_the_header_counts_what_can_be_searched(bench):
    list(bench.runs.build_index())
    assert "5 database images" in str(drawn(bench, "frame", "counts", ""))


def test_a_visitor_sees_and_removes_their_own_uploads_only(bench):
    server = create_server(bench)
    client, other = (TestClient(server, base_url="http://127.0.0.1") for _ in range(2))
    data = BytesIO()
    draw_object("bars", 3, 3).save(data, "PNG")
    sent = client.post("/uploads", content=data.getvalue(), headers={"X-File-Name": "m%C3%BC.png"})
    query_id = sent.json()["query_id"]
    shown = client.get("/part/setup/uploads").text
    assert "mü.png" in shown
    assert f'data-remove-upload="{query_id}"' in shown
    assert "after 7 days" in shown
    assert "None yet" in other.get("/part/setup/uploads").text
    assert other.delete(f"/uploads/{query_id}").status_code == 404
    assert client.delete(f"/uploads/{query_id}").status_code == 200
    assert "None yet" in client.get("/part/setup/uploads").text
    assert bench.uploads.records(Visitor("browser:nobody")) == ()


def test_imports_of_each_kind_are_listed_with_what_they_hold(bench, tmp_path):
    assert "Nothing was imported" in str(drawn(bench, "setup", "imports", "view=setup"))
    query = bench._session.corpus.queries[0].image_id
    with (tmp_path / "sure.csv").open("w") as file:
        csv.writer(file).writerows([("query", "confidence"), (query, 1)])
    with (tmp_path / "theirs.csv").open("w") as file:
        csv.writer(file).writerows([("query", "image", "score"), (query, query, 1)])
    bench.exchange.import_confidence(tmp_path / "sure.csv", "sure", replace=False)
    list(bench.exchange.import_scores(tmp_path / "theirs.csv", "theirs", replace=False))
    (tmp_path / "w/imports/broken.json").write_text("{")
    shown = str(drawn(bench, "setup", "imports", "view=setup"))
    assert "n = 3 imports" in shown
    assert "a confidence of 1 queries, from sure.csv; 5 queries have none. Used as" in shown
    assert "scores of 1 pairs, from theirs.csv; 5 queries have none. Used as a stage" in shown
    assert "imports/broken.json in the workspace cannot be read" in shown


def test_the_first_stage_can_be_taken_away_once_the_index_is_open(bench):
    assert "once the index is open" in str(drawn(bench, "setup", "files", "view=setup"))
    list(bench.runs.build_index())
    shown = str(drawn(bench, "setup", "files", "view=setup"))
    links = [f'href="first-stage/descriptors/{kind}"' for kind in ("npy", "ids.json", "npz")]
    links += [f'href="first-stage/shortlists/{kind}"' for kind in ("csv", "jsonl", "trec", "json")]
    assert [link for link in links if link not in shown] == []
