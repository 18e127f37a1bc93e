"""Handlers and routes of the Pair view over a real workbench: embedded model, eight images."""

import json

import pytest
from fastapi.testclient import TestClient

from core.assembly.bench import open_workbench
from core.errors import ModelError
from core.settings import load_settings
from tests.conftest import draw_tiny_corpus
from ui import messages
from ui.server.launch import create_server
from ui.shared.text import ThumbnailUrls
from ui.views import pair_compression, pair_lab, pair_look
from ui.views.pair_fields import pair_of, read_wish

QUERY, POSITIVE = "images/disc_q.png", "images/disc_1.png"
AT = f"view=pair&query={QUERY}&candidate={POSITIVE}&depth=6"
URLS = ThumbnailUrls("v1")


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs") / "tiny"
    draw_tiny_corpus(root)
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": root.parent / "w"}))
    list(bench.runs.build_index())
    list(bench.queries.score(QUERY, 6))
    yield bench
    bench.close()


@pytest.fixture(scope="module")
def asked(bench) -> str:
    return str(pair_look.show(bench, URLS, AT, "")[3])


@pytest.fixture(scope="module")
def client(bench) -> TestClient:
    return TestClient(create_server(bench), base_url="http://127.0.0.1:7860")


def wish(**fields) -> str:
    return json.dumps(fields)


def is_skip(value) -> bool:
    return isinstance(value, dict) and value.get("__type__") == "update"


def test_a_pair_shows_both_pictures_and_its_place(bench, asked):
    top, body, pictures, *_ = pair_look.show(bench, URLS, AT, "")
    assert "positive" in top
    assert "cosine" in top
    assert body.visible is True
    assert f"picture/{QUERY}" in pictures
    assert f"picture/{POSITIVE}" in pictures
    assert pair_of(asked) == (QUERY, POSITIVE)


def test_without_a_query_there_is_an_invitation(bench):
    top, body, *_ = pair_look.show(bench, URLS, "view=pair", "")
    assert messages.NO_PAIR in top
    assert body.visible is False


def test_an_unknown_candidate_is_one_sentence(bench):
    address = f"view=pair&query={QUERY}&candidate=no<such>.png"
    top, body, *_ = pair_look.show(bench, URLS, address, "")
    assert 'role="alert"' in top
    assert "not in the corpus" in top
    assert "<such>" not in top
    assert body.visible is False


def test_looking_yields_anatomy_and_then_both_maps(bench, asked):
    steps = list(pair_look.look(bench, URLS, AT, asked))
    assert any("candidate, query" in str(step[1]) for step in steps)
    assert 'data-map="query"' in steps[-1][3]
    assert 'data-map="candidate"' in steps[-1][3]


def test_a_model_that_fails_is_said_in_place(bench, asked, monkeypatch):
    def refuse(*_args):
        raise ModelError("The <model> failed.")

    monkeypatch.setattr(bench.pairs, "look", refuse)
    *_, last = pair_look.look(bench, URLS, AT, asked)
    assert "The &lt;model&gt; failed." in last[0]
    assert 'role="alert"' in last[0]


def test_matches_are_lines_over_both_pictures(bench, asked):
    (found,) = pair_look.compare(bench, URLS, AT, asked)
    assert found.count("<image ") == 2


def test_the_embedded_model_says_that_it_cannot_write(bench, asked):
    *_, last = pair_look.speak(bench, asked, wish(do="words"))
    assert messages.CANNOT_WRITE in last


def test_a_wording_is_tried_beside_the_own_one(bench, asked):
    asks = wish(do="pair", question="Same thing? Answer yes or no.", layout="question_first")
    *_, last = pair_lab.fulfil(bench, AT, asked, asks, pair_lab.Tried())
    assert "Same thing?" in last[2]
    assert last[2].count("<tr>") == 3


def test_a_flip_rate_counts_the_whole_shortlist(bench, asked):
    asks = wish(do="flips", question="Are both empty? Answer yes or no.", layout="question_first")
    *_, last = pair_lab.fulfil(bench, AT, asked, asks, pair_lab.Tried())
    assert "of n = 6" in last[2]


def test_an_empty_question_is_one_sentence(bench, asked):
    asks = wish(do="flips", question="", layout="question_first")
    *_, last = pair_lab.fulfil(bench, AT, asked, asks, pair_lab.Tried())
    assert 'role="alert"' in last[0]


def test_compressions_show_drift_and_what_is_dropped(bench, asked):
    *_, (panel, rows) = pair_compression.fulfil(bench, asked, wish(do="compressions"), ())
    assert rows[0].compression == "none"
    assert all(row.problem is None for row in rows)
    quarter = next(row for row in rows if row.compression.startswith("divprune"))
    assert quarter.candidate.count == rows[0].candidate.count // 4
    assert "sl-pair-left" in panel


def test_a_compression_that_is_not_known_is_one_sentence(bench, asked):
    asks = wish(do="compression", compression="zip:<9>")
    *_, (panel, rows) = pair_compression.fulfil(bench, asked, asks, ())
    assert rows[-1].margin is None
    assert "zip:&lt;9&gt;" in panel


@pytest.mark.parametrize("text", ["", "[", "[1]", "null", '{"do": 1}'])
def test_a_broken_wish_is_no_wish(text):
    assert read_wish(text) == {}


def test_a_picture_is_served_whole_and_an_unknown_one_is_not(client):
    found = client.get(f"/picture/{QUERY}")
    assert found.status_code == 200
    assert found.headers["content-type"] == "image/webp"
    assert client.get("/picture/../manifest.csv").status_code == 404


def test_a_crop_is_an_image_with_its_lineage(bench, client):
    found = client.post("/crops", json={"image": POSITIVE, "box": [4, 4, 60, 60]})
    assert found.status_code == 200
    crop = found.json()["image"]
    top, *_ = pair_look.show(bench, URLS, f"view=pair&query={QUERY}&candidate={crop}", "")
    assert "not in the query" in top
    assert [step.image_id for step in bench.pairs.lineage(QUERY, crop).candidate] == [
        POSITIVE,
        crop,
    ]


@pytest.mark.parametrize(
    "body",
    [{}, [], {"image": POSITIVE, "box": [0, 0, 4]}, {"image": POSITIVE, "box": [0, 0, 2, 2]}],
)
def test_a_crop_that_cannot_be_is_one_sentence(client, body):
    answer = client.post("/crops", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")
