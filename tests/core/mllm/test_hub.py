"""The hub: each trouble is one sentence; what is cached is not asked for."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from core.mllm.troubles import TROUBLES
from core.settings import POCKET_MODEL
from tests.fake_hub import COMMIT, OTHER, FakeHub, fake_hub

ROOT = Path(__file__).resolve().parents[3]
# The hub's address is read when huggingface_hub is imported, so it is asked from processes.
ASK = """
import json, sys
from core.errors import ModelError
from core.mllm.model_files import locate, read_config
for line in sys.stdin:
    name, whole = json.loads(line)
    steps = []
    try:
        found = str(locate(name, steps.append)) if whole else read_config(name)
    except ModelError as error:
        found = str(error)
    told = [(step.stage, step.done, step.total) for step in steps]
    print(json.dumps([found, told]), flush=True)
"""


class Asker:
    """A process that asks a hub, with a cache of its own."""

    def __init__(self, address: str, home: Path, **environment: str) -> None:
        own = {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_OFFLINE": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", ASK],
            cwd=ROOT,
            env={**os.environ, "HF_HUB_DISABLE_XET": "1", **own, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, name: str, *, whole: bool = False):
        """Return what was found or said, and the steps of a download."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, whole]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def asked_once(name: str, address: str, home: Path, *, whole: bool = False, **environment: str):
    with closing(Asker(address, home, **environment)) as asker:
        return asker(name, whole=whole)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeHub]:
    with fake_hub() as served:
        yield served


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def ask(published: FakeHub, home: Path) -> Iterator[Asker]:
    with closing(Asker(published.address, home)) as asker:
        yield asker


@pytest.fixture
def hub(published: FakeHub, tmp_path: Path, request: pytest.FixtureRequest) -> FakeHub:
    """The hub, with a model of this test's own in `hub.name`."""
    folder = tmp_path / "published"
    shutil.copytree(POCKET_MODEL, folder)
    name = re.sub(r"\W+", "-", request.node.name)[:60].strip("-")
    published.name = f"some/{name}"
    published.models[published.name] = folder
    published.asked.clear()
    return published


def assert_says(found: tuple[str, object], key: str) -> str:
    """Return a refusal, which must be the table's sentence."""
    text, _ = found
    pattern = re.sub(r"\\\{\w+\\\}", ".+", re.escape(TROUBLES[key].sentence))
    assert re.fullmatch(pattern, str(text)), text
    return str(text)


def test_a_configuration_is_fetched_alone(hub, ask):
    found, _ = ask(hub.name)
    assert found["model_type"] == "qwen2_5_vl"
    assert not [line for line in hub.asked if "safetensors" in line]


def test_what_is_cached_is_not_asked_for(hub, ask):
    first, _ = ask(hub.name, whole=True)
    hub.asked.clear()
    again, _ = ask(hub.name, whole=True)
    config, _ = ask(hub.name)
    assert (again, config["model_type"]) == (first, "qwen2_5_vl")
    assert hub.asked == []
    assert Path(first).name == COMMIT


def test_a_revision_is_pinned_and_cached_by_its_commit(hub, ask):
    tagged, _ = ask(f"{hub.name}@v1.0", whole=True)
    assert Path(tagged).name == OTHER
    hub.asked.clear()
    again, _ = ask(f"{hub.name}@v1.0", whole=True)
    by_commit, _ = ask(f"{hub.name}@{OTHER}", whole=True)
    assert (again, by_commit, hub.asked) == (tagged, tagged, [])


def test_a_download_tells_files_and_megabytes(hub, ask):
    _, steps = ask(hub.name, whole=True)
    assert steps
    assert re.fullmatch(r"download model \(\d+ files\)", steps[-1][0])
    assert 0 <= steps[-1][1] <= steps[-1][2]
    assert steps[-1][2] == sum(p.stat().st_size for p in hub.models[hub.name].iterdir()) // 10**6


def test_an_unknown_id(ask):
    assert_says(ask("some/typo"), "unknown-id")


def test_an_unknown_revision(hub, ask):
    text = assert_says(ask(f"{hub.name}@v9"), "no-revision")
    assert f"{hub.name} has no revision 'v9'" in text


def test_a_revision_that_is_empty(ask):
    assert_says(ask("some/model@"), "no-id")


def test_a_gated_model(hub, ask):
    hub.faults[hub.name] = "gated"
    assert "hf auth login" in assert_says(ask(hub.name), "gated")


def test_a_token_that_is_not_accepted(hub, ask):
    hub.faults[hub.name] = "401"
    assert_says(ask(hub.name), "token")


def test_a_repository_without_configuration(hub, ask):
    (hub.models[hub.name] / "config.json").unlink()
    assert_says(ask(hub.name), "no-hub-config")


def test_a_hub_that_answers_503_is_asked_three_times(hub, ask):
    hub.faults[hub.name] = "503"
    text = assert_says(ask(hub.name), "hub-status")
    assert "answered 503" in text
    assert len(hub.asked) == 3


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_hub_that_never_answers(hub, ask, fault):
    hub.faults[hub.name] = fault
    assert_says(ask(hub.name), "hanging")


def test_all_that_the_hub_is_waited_for_is_less_than_ten_seconds():
    from core.mllm import hub as ours

    assert ours.ANSWER_S + sum(ours._PAUSES_S) < 10


def test_a_hub_that_is_not_there(tmp_path):
    text = assert_says(asked_once("some/model", "http://127.0.0.1:9", tmp_path), "no-network")
    assert "the hub (127.0.0.1) cannot be reached" in text


def test_a_name_that_does_not_resolve(tmp_path):
    assert_says(asked_once("some/model", "http://no-such-hub.invalid", tmp_path), "no-network")


def test_offline_by_wish(tmp_path):
    found = asked_once("some/model", "http://127.0.0.1:9", tmp_path, HF_HUB_OFFLINE="1")
    assert_says(found, "offline")


def test_an_interrupted_download_says_what_is_missing(hub, ask, home):
    whole, _ = ask(hub.name, whole=True)
    (Path(whole) / "model.safetensors").unlink()
    part = f"only in part (Model {hub.name} has no safetensors weights"
    gone = "http://127.0.0.1:9"
    for offline in ("0", "1"):
        found = asked_once(hub.name, gone, home, whole=True, HF_HUB_OFFLINE=offline)
        assert part in assert_says(found, "not-complete")
    again, _ = ask(hub.name, whole=True)
    assert (again, (Path(again) / "model.safetensors").is_file()) == (whole, True)


def test_a_disk_too_small_for_the_download(monkeypatch):
    from collections import namedtuple
    from types import SimpleNamespace

    from core.errors import ModelError
    from core.mllm import hub as ours

    siblings = [SimpleNamespace(rfilename="model.safetensors", size=16_000_000_000)]
    usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(ours, "_ask", lambda *_: SimpleNamespace(siblings=siblings, sha=COMMIT))
    monkeypatch.setattr(ours.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(ours.shutil, "disk_usage", lambda _: usage(0, 0, 1_000_000_000))
    with pytest.raises(ModelError) as caught:
        ours.fetch(ours.parse_id("some/model"), ["*"], lambda _: None, ours.Meter())
    text = assert_says((str(caught.value), None), "no-space")
    assert "takes 16.0 GB on disk and 1.0 GB are free" in text


def test_a_download_that_stands_still_is_stopped(monkeypatch):
    from core.errors import ModelError
    from core.mllm import hub as ours

    def hang(*_: object, **__: object) -> str:
        Event().wait(60)
        return ""

    monkeypatch.setattr(ours, "snapshot_download", hang)
    monkeypatch.setattr(ours, "STALL_S", 0.5)
    with pytest.raises(ModelError) as caught:
        ours._download(ours.parse_id("some/model"), COMMIT, ["*"], ours.Meter())
    assert_says((str(caught.value), None), "stalled")
