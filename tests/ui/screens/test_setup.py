"""The Setup screen: what is told, refused and escaped, and who may ask."""

import json
import time

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from core.types.pairs import PromptText
from core.types.setting import MemoryNeed, SettingCheck, SettingFacts, StoredSize
from tests.conftest import draw_object
from tests.core.stand_ins import make_workbench
from ui.screens.setup import words
from ui.screens.setup.routes import add_routes
from ui.screens.setup.screen import SCREEN
from ui.server.launch import create_server
from ui.server.parts import add_part_routes
from ui.shared.screen import make_page

HOSTILE = "<img src=x onerror=alert(1)>"
FACTS = SettingFacts("id", "a<b>", "Same <i>thing</i>?", "question_first", "int8", None, "mllm@20")


@pytest.fixture
def bench(tiny_corpus_root, tmp_path):
    for name in ("good", "bad"):
        (tmp_path / "root" / name).mkdir(parents=True)
        draw_object("disc", 5, 5).save(tmp_path / "root" / name / "x.png")
    (tmp_path / "root/bad/manifest.csv").write_text("image,role,instance\n<b>.png,query,a\n")
    odd = tmp_path / "root" / "<b>odd"
    odd.mkdir(parents=True)
    (odd / "config.json").write_text(json.dumps({"model_type": HOSTILE}))
    opened = make_workbench(
        tiny_corpus_root, tmp_path / "w", **{"serve.roots": (tmp_path / "root",)}
    )
    yield opened
    opened.close()


def routes_of(bench) -> TestClient:
    app = FastAPI()
    page = make_page(bench, (SCREEN,))
    add_part_routes(app.router, page, (SCREEN,))
    add_routes(app.router, page)
    return TestClient(app)


@pytest.fixture
def client(bench):
    return routes_of(bench)


def wish(bench, **changes) -> dict[str, str]:
    present = bench.setting.wish()
    fields = {name: getattr(present, name) for name in present.__slots__}
    return fields | changes


def test_the_setting_is_told_with_an_id(bench, client):
    told = client.get("/setting")
    assert told.json()["setting"] == bench.setting.present().setting_id
    assert "compression none" in told.json()["text"]
    assert told.headers["cache-control"] == "no-store"


def test_the_form_escapes_names_and_faults(bench, client):
    bench.prompts.save(PromptText(HOSTILE, HOSTILE, "question_first"))
    form = client.get("/part/setup/form").text
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


def test_another_site_cannot_change_the_setting(bench):
    client = TestClient(create_server(bench), base_url="http://127.0.0.1")
    changed = wish(bench, compression="int8")
    answer = client.post("/setting", json=changed, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert not bench.reopening.switch.is_set()


def test_without_a_root_the_routes_refuse_too(tiny_corpus_root, tmp_path):
    bench = make_workbench(tiny_corpus_root, tmp_path / "w")
    client = routes_of(bench)
    assert "started with --root FOLDER" in client.get("/part/setup/chooser").text
    assert "--root FOLDER" in client.get("/part/setup/form").text
    changed = wish(bench, compression="int8")
    assert "--root FOLDER" in client.post("/setting", json=changed).text
    assert not bench.reopening.switch.is_set()
    bench.close()


def looked(client, name: str) -> str:
    return client.post("/setting/folder", json={"folder": name}).text


def test_a_folder_is_looked_at_before_anything_is_read_or_moves(bench, client):
    assert '<option value="root/good">' in client.get("/part/setup/chooser").text
    shown = looked(client, "root/good")
    assert "no image was read yet" in shown
    assert "<dt>kept in</dt><dd>files of a folder</dd>" in shown
    assert (
        "<dt>read as</dt><dd>images of one folder, each a query and a database image</dd>" in shown
    )
    assert "none, so everything works but metrics" in shown
    assert "data-open-corpus" in shown
    assert not bench.reopening.switch.is_set()


def test_a_corpus_is_read_as_work_and_then_asked_for(bench, client, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert client.get("/part/setup/opening").text == ""
    task = bench.work.open_corpus("root/good")
    task.ask()
    while task.view().is_active:
        time.sleep(0.01)
    asked = {"corpus": (tmp_path / "root/good").resolve(), "workspace": None, "format": "auto"}
    assert bench.reopening.overrides == asked
    assert bench.reopening.switch.is_set()
    assert 'data-reopen="folder"' in client.get("/part/setup/opening").text


def test_work_that_failed_says_why_and_nothing_waits(bench, client):
    task = bench.work.open_corpus("root/bad")
    task.ask()
    while task.view().is_active:
        time.sleep(0.01)
    shown = client.get("/part/setup/opening").text
    assert "has 2 faults" in shown
    assert "The first: manifest.csv:2" in shown
    assert "data-reopen" not in shown
    assert not bench.reopening.switch.is_set()


def test_every_fault_of_a_bad_folder_is_shown_and_nothing_moves(bench, client):
    shown = looked(client, "root/bad")
    assert "manifest.csv:2" in shown
    assert "&lt;b&gt;.png" in shown
    assert "<b>" not in shown
    assert not bench.reopening.switch.is_set()


def test_a_name_outside_the_root_is_one_sentence(client):
    assert "no folder below a root" in looked(client, "../../etc")


def test_many_faults_are_counted():
    assert words.shown_faults([f"f{i}" for i in range(words.MAX_FAULTS + 7)])[-1] == "and 7 more"


def test_the_line_of_a_left_page_names_the_setting():
    assert words.moved_text(FACTS).endswith(
        "a<b>, “Same <i>thing</i>?”, compression int8, pipeline mllm@20."
    )


@pytest.mark.parametrize("free", [5_000_000_000, None])
def test_memory_is_told_before_loading(free):
    need = MemoryNeed(2_000_000_000, free, "float32", "cpu")
    shown = " ".join(words.check_lines(SettingCheck((), False, True, need, None)))
    assert "The weights take 2 GB in float32" in shown
    assert ("5 GB are free" in shown) == (free is not None)


def test_bytes_that_are_not_known_yet_are_not_made_up():
    check = SettingCheck((), False, False, None, StoredSize("int8", None, 0))
    assert "known once the model is loaded" in words.check_lines(check)[0]
