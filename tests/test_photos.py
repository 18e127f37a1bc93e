"""The commands on a folder of real photos, named by SECOND_LOOK_PHOTOS."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.corpus.manifest import open_corpus

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = os.environ.get("SECOND_LOOK_PHOTOS")

pytestmark = pytest.mark.skipif(
    not PHOTOS, reason="SECOND_LOOK_PHOTOS does not name a folder of real photographs"
)


def run(workspace: Path, *arguments: str) -> dict:
    place = ["--corpus", str(PHOTOS), "--workspace", str(workspace)]
    done = subprocess.run(
        [sys.executable, "app.py", arguments[0], *place, *arguments[1:], "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("photos") / "w"


def test_real_photos_are_evaluated_with_every_pair_scored(workspace):
    report = run(workspace, "evaluate", "--depth", "100")
    corpus = open_corpus(Path(str(PHOTOS)))
    assert (report["n_queries"], report["n_database"]) == (
        len(corpus.queries),
        len(corpus.database),
    )
    assert (report["n_unscored"], report["unreadable"]) == (0, {})
    # the perfect order of the same shortlist bounds both
    assert report["map_oracle"] >= max(report["map_before"], report["map_after"])
    # a random order of this many images would be near the share of positives, below 0.05
    assert report["map_before"] > 0.15


def test_a_positive_pair_of_photos_is_swept_with_an_assumed_box(workspace):
    corpus = open_corpus(Path(str(PHOTOS)))
    query = corpus.queries[0].image_id
    report = run(workspace, "sweep", "--query", query, "--pair", "positive")
    assert len(report["curves"]) == 10
    assert {curve["box"]["source"] for curve in report["curves"]} == {"assumed"}
    for curve in report["curves"]:
        assert None not in curve["margins"]
