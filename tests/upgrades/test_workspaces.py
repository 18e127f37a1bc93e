"""Workspaces that older versions made are read by this one, and nothing in them is computed again.

Each folder beside this file was made by the version that it is named after; see
`make_workspace.py`. Scores of the embedded model are found for as long as its weights are the same:
a new model needs a new workspace, made by the version that brings it.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import pytest

from app import main, open_bench
from tests.upgrades.reading import DEPTH, OVERRIDES, STAGES, read, rows

HERE = Path(__file__).parent
VERSIONS = sorted(path.parent.name for path in HERE.glob("*/workspace.zip"))
SECTIONS = (
    "runs",
    "newly encoded",
    "queues",
    "annotations",
    "undo and redo",
    "prompts",
    "recipes",
    "uploads",
    "scorers",
    "import",
    "selections",
    "trade-offs",
    "robustness",
    "rows",
)


def unpack(version: str, place: Path) -> Path:
    """Copy a corpus and its workspace to a place where neither has ever been."""
    shutil.copytree(HERE / version / "corpus", place / "corpus")
    shutil.unpack_archive(HERE / version / "workspace.zip", place / "workspace")
    return place


def command(place: Path, verb: str, *arguments: str) -> int:
    where = ("--corpus", str(place / "corpus"), "--workspace", str(place / "workspace"))
    with pytest.raises(SystemExit) as end:
        main([verb, *where, *arguments])
    return int(end.value.code or 0)


def expected_of(version: str) -> dict[str, Any]:
    return json.loads((HERE / version / "expected.json").read_text("utf-8"))


def require_same_keypoints(expected: dict[str, Any], stage: str) -> None:
    """Skip keypoints of another OpenCV: its version is part of their fingerprint on purpose."""
    if stage == "geometric" and cv2.__version__ != expected["opencv"]:
        pytest.skip(f"the scores are OpenCV {expected['opencv']}'s, this is {cv2.__version__}")


@pytest.fixture(scope="module", params=VERSIONS)
def opened(request, tmp_path_factory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the older version read, and what this one reads."""
    place = unpack(request.param, tmp_path_factory.mktemp(request.param))
    where = {name: place / str(OVERRIDES[name]) for name in ("corpus", "workspace")}
    _, bench = open_bench(None, OVERRIDES | where)
    try:
        found = read(bench, where["workspace"])
    finally:
        bench.close()
    return expected_of(request.param), json.loads(json.dumps(found))


@pytest.fixture(params=VERSIONS)
def version(request) -> str:
    return request.param


@pytest.mark.parametrize("section", SECTIONS)
def test_what_the_older_version_read_is_read(opened, section):
    expected, found = opened
    assert found[section] == expected[section]


def test_every_section_is_compared(opened):
    expected, found = opened
    assert set(found) == set(SECTIONS) == set(expected) - {"scores", "verified", "opencv"}


def test_the_workspace_verifies(version, tmp_path, capsys):
    place = unpack(version, tmp_path)
    assert command(place, "verify", "--json") == 0
    checked = json.loads(capsys.readouterr().out)
    assert checked["damaged"] == {}
    assert checked["n_files"] >= expected_of(version)["verified"]["n_files"]


@pytest.mark.parametrize("stage", STAGES)
def test_evaluating_again_computes_nothing(version, stage, tmp_path, capsys):
    expected = expected_of(version)
    require_same_keypoints(expected, stage)
    place = unpack(version, tmp_path)
    shutil.rmtree(place / "workspace" / "runs")  # the newest is this one's, whatever the clock
    assert command(place, "evaluate", *STAGES[stage], "--depth", str(DEPTH), "--json") == 0
    report = json.loads(capsys.readouterr().out)
    n_scored = len(expected["scores"][stage].splitlines())
    assert (report["cached_pairs"], report["n_unscored"]) == (n_scored, 0)
    assert rows(place / "workspace") == expected["rows"]


@pytest.mark.parametrize("stage", STAGES)
def test_scores_are_exported_to_the_last_digit(version, stage, tmp_path):
    expected = expected_of(version)
    require_same_keypoints(expected, stage)
    place = unpack(version, tmp_path)
    options = (*STAGES[stage], "--depth", str(DEPTH), str(tmp_path / "scores.trec"))
    assert command(place, "export", *options) == 0
    assert (tmp_path / "scores.trec").read_text("utf-8") == expected["scores"][stage]
    assert rows(place / "workspace") == expected["rows"]
