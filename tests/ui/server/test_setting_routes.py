"""The routes of the setting: what is told, refused and escaped, and who may ask."""

import json

import pytest
from starlette.testclient import TestClient

from core.types.pairs import PromptText
from tests.core.stand_ins import make_workbench
from ui.server.launch import create_server

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    odd = tmp_path / "root" / "<b>odd"
    odd.mkdir(parents=True)
    (odd / "config.json").write_text(json.dumps({"model_type": HOSTILE}))
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"serve.roots": (tmp_path / "root",)}
    )
    yield opened
    opened.close()


@pytest.fixture
def client(bench):
    return TestClient(create_server(bench), base_url="http://127.0.0.1")


def wish(bench, **changes) -> dict[str, str]:
    present = bench.setting.wish()
    fields = {name: getattr(present, name) for name in present.__slots__}
    return fields | changes


def test_the_setting_is_told_with_an_id(bench, client):
    told = client.get("/setting")
    assert told.json()["setting"] == bench.setting.present().setting_id
    assert "compression none" in told.json()["text"]
    assert told.headers["cache-control"] == "no-store"


def test_the_page_holds_the_same_id(bench, client):
    assert bench.setting.present().setting_id in client.get("/").text


def test_the_form_escapes_names_and_faults(bench, client):
    bench.prompts.save(PromptText(HOSTILE, HOSTILE, "question_first"))
    form = client.get("/setting/form").text
    assert "root/&lt;b&gt;odd" in form
    assert "&lt;img src=x onerror=alert(1)&gt; (saved)" in form
    assert "<b>odd" not in form
    assert "<img" not in form


def test_a_good_wish_is_ready_and_asked_for(bench, client):
    changed = wish(bench, compression="int8")
    assert "data-ready" in client.post("/setting/check", json=changed).text
    assert not bench.reopening.switch.is_set()
    assert 'data-reopen="setting"' in client.post("/setting", json=changed).text
    assert bench.reopening.overrides["model.compression"] == "int8"


def test_the_present_setting_is_not_ready(bench, client):
    told = client.post("/setting/check", json=wish(bench)).text
    assert "This is the present setting." in told
    assert "data-ready" not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "../../etc"},
        {"model": "root/<b>odd"},
        {"model": HOSTILE},
        {"compression": HOSTILE},
        {"layout": HOSTILE},
        {"question": "x" * 3000},
        {"question": ""},
    ],
)
def test_a_hostile_or_wrong_wish_is_a_sentence(bench, client, changes):
    for path in ("/setting/check", "/setting"):
        answer = client.post(path, json=wish(bench, **changes))
        assert answer.status_code == 200
        assert 'role="alert"' in answer.text
        assert "<img" not in answer.text
        assert "data-ready" not in answer.text
    assert not bench.reopening.switch.is_set()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"model": 3}', b"\xff\xfe", b'{"model": "' + b"x" * 40_000 + b'"}']
)
def test_what_is_no_wish_is_a_sentence(bench, client, body):
    for path in ("/setting/check", "/setting"):
        answer = client.post(path, content=body)
        assert answer.status_code == 200
        assert 'role="alert"' in answer.text
    assert not bench.reopening.switch.is_set()


def test_another_site_cannot_change_the_setting(bench, client):
    changed = wish(bench, compression="int8")
    answer = client.post("/setting", json=changed, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert not bench.reopening.switch.is_set()


def test_without_a_root_the_routes_refuse_too(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    client = TestClient(create_server(bench), base_url="http://127.0.0.1")
    assert "--root FOLDER" in client.get("/setting/form").text
    changed = wish(bench, compression="int8")
    assert "--root FOLDER" in client.post("/setting", json=changed).text
    assert not bench.reopening.switch.is_set()
    bench.close()
