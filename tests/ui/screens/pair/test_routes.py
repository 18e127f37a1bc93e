"""The Pair screen over its server: pictures, crops, saved wordings, and whose uploads are shown."""

from io import BytesIO

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from tests.core.bench.waiting import ended
from tests.ui.screens.pair.conftest import AT, POSITIVE, QUERY
from ui import messages
from ui.server.launch import create_server

BASE = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def server(bench):
    return create_server(bench)


@pytest.fixture
def client(server) -> TestClient:
    return TestClient(server, base_url=BASE)


def upload(client: TestClient, name: str = "mine.png") -> str:
    pixels = np.random.default_rng(7).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    answer = client.post("/uploads", content=file.getvalue(), headers={"X-File-Name": name})
    return answer.json()["query_id"]


def test_the_screen_comes_with_its_parts(client):
    answer = client.get(f"/screen/pair?{AT}")
    assert answer.status_code == 200
    assert f"picture/{POSITIVE}" in answer.text
    assert "Prompt lab" in answer.text


def test_a_picture_is_served_whole_and_an_unknown_one_is_not(client):
    found = client.get(f"/picture/{QUERY}")
    assert found.status_code == 200
    assert found.headers["content-type"] == "image/webp"
    assert client.get("/picture/../manifest.csv").status_code == 404


def test_a_crop_is_an_image_with_its_lineage(bench, client, html, do):
    found = client.post("/crops", json={"image": POSITIVE, "box": [4, 4, 60, 60]})
    assert found.status_code == 200
    crop = found.json()["image"]
    at = f"view=pair&query={QUERY}&candidate={crop}"
    assert "not in the query" in html("top", at)
    do("look", at)
    lineage = html("lineage", at)
    assert "4, 4, 60, 60" in lineage
    assert f'data-pair-candidate="{POSITIVE}"' in lineage
    assert html("lineage") == ""
    steps = bench.pairs.lineage(QUERY, crop).candidate
    assert [step.image_id for step in steps] == [POSITIVE, crop]


@pytest.mark.parametrize(
    "body",
    [{}, [], {"image": POSITIVE, "box": [0, 0, 4]}, {"image": POSITIVE, "box": [0, 0, 2, 2]}],
)
def test_a_crop_that_cannot_be_is_one_sentence(client, body):
    answer = client.post("/crops", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


def test_an_upload_is_shown_to_its_visitor_alone(server, bench):
    mine, theirs = (TestClient(server, base_url=BASE) for _ in range(2))
    query = upload(mine)
    at = f"view=pair&query={query}&candidate={POSITIVE}&depth=6"
    assert "mine.png" in mine.get(f"/part/pair/pictures?{at}").text
    key = mine.post(f"/job/pair/look?{at}", json={}).json()["key"]
    assert ended(bench.board, key).state == "done"
    assert "Score anatomy" in mine.get(f"/part/pair/anatomy?{at}").text
    assert messages.NO_PAIR in theirs.get(f"/part/pair/top?{at}").text
    for part in (
        "pictures",
        "anatomy",
        "attribution",
        "matches",
        "words",
        "compressions",
        "trials",
    ):
        assert theirs.get(f"/part/pair/{part}?{at}").text == "", part
    assert theirs.post(f"/job/pair/look?{at}", json={}).status_code == 422


def test_an_upload_of_another_is_no_candidate(server, bench):
    mine, theirs = (TestClient(server, base_url=BASE) for _ in range(2))
    candidate = upload(mine, "secret.png")
    at = f"view=pair&query={QUERY}&candidate={candidate}&depth=6"
    assert "secret.png" in mine.get(f"/part/pair/pictures?{at}").text
    shown = theirs.get(f"/part/pair/pictures?{at}").text
    assert "secret.png" not in shown
    assert candidate not in shown


def test_a_wording_is_saved_by_its_name_and_offered_from_then_on(bench, client):
    texts = {
        "name": " my  words ",
        "question": "Same? Answer yes or no.",
        "layout": "question_first",
    }
    form = client.post("/prompts", json=texts)
    assert "Saved as &#39;my words&#39;." in form.text
    assert '<option value="my words"' in form.text
    assert "my words" in {one.name for one in bench.prompts.all()}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"question": "Same?", "layout": "question_first"}, "saved by a name"),
        ({"name": "x", "question": "", "layout": "question_first"}, "question"),
        ({"name": "x", "question": "Same?", "layout": "sideways"}, "sideways"),
    ],
)
def test_a_wording_that_cannot_be_saved_is_said_beside_what_was_written(client, texts, said):
    form = client.post("/prompts", json=texts)
    assert 'role="alert"' in form.text
    assert said in form.text
    assert texts["question"] in form.text


@pytest.mark.parametrize("body", ["", "[", "[1]", "null", '{"name": 1}'])
def test_an_unreadable_wording_is_refused(client, body):
    assert client.post("/prompts", content=body).status_code == 422
