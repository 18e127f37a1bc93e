"""`index` and `evaluate` killed at random moments give the same result when run again."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.settings import DEMO_CORPUS

ROOT = Path(__file__).resolve().parents[2]
TIMES = ("seconds_per_query", "cached_pairs", "stages")  # which say the seconds of each stage


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 10 instances of the demo and 20 distractors, about 100 images."""
    root = tmp_path_factory.mktemp("corpus")
    with (DEMO_CORPUS / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    instances = sorted({row["instance"] for row in rows if row["instance"]})[:10]
    kept = [row for row in rows if row["instance"] in instances]
    kept += [row for row in rows if not row["instance"]][:20]
    for row in kept:
        row["mask"] = ""
        (root / row["image"]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEMO_CORPUS / row["image"], root / row["image"])
    with (root / "manifest.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(kept)
    return root


def command(verb: str, corpus: Path, workspace: Path) -> list[str]:
    depth = ["--depth", "20"] if verb == "evaluate" else []
    place = ["--corpus", str(corpus), "--workspace", str(workspace)]
    return [sys.executable, "app.py", verb, *place, *depth, "--json"]


def finish(verb: str, corpus: Path, workspace: Path) -> dict[str, object]:
    done = subprocess.run(
        command(verb, corpus, workspace), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    return {key: value for key, value in report.items() if key not in TIMES}


def kill_in_stage(verb: str, stage: str, corpus: Path, workspace: Path, wait_s: float) -> None:
    """Start the command, wait until the stage has begun and a moment more, and kill it."""
    with subprocess.Popen(
        command(verb, corpus, workspace),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith(f"{stage}:"):
                break
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("rounds", [1, pytest.param(25, marks=pytest.mark.faults)])
def test_a_killed_evaluation_resumes_to_the_same_result(corpus, tmp_path, rounds):
    expected = finish("evaluate", corpus, tmp_path / "undisturbed")
    moments = random.Random(7)
    for _ in range(rounds):
        for stage in ("index", "evaluate"):
            kill_in_stage("evaluate", stage, corpus, tmp_path / "w", moments.uniform(0, 0.4))
    assert finish("evaluate", corpus, tmp_path / "w") == expected


@pytest.mark.parametrize("rounds", [1, pytest.param(25, marks=pytest.mark.faults)])
def test_a_killed_index_resumes_to_whole_stores(corpus, tmp_path, rounds):
    moments = random.Random(8)
    for _ in range(rounds):
        kill_in_stage("index", "index", corpus, tmp_path / "w", moments.uniform(0, 0.4))
    report = finish("index", corpus, tmp_path / "w")
    assert report["unreadable"] == {}
    again = finish("index", corpus, tmp_path / "w")
    assert (again["n_encoded"], again["n_images"]) == (0, report["n_images"])


def test_a_terminated_command_says_how_to_go_on(corpus, tmp_path):
    with subprocess.Popen(
        command("evaluate", corpus, tmp_path / "w"), cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("evaluate:"):
                break
        process.terminate()
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "again to go on" in rest
    assert "Traceback" not in rest


def test_a_second_process_on_one_workspace_is_refused(corpus, tmp_path):
    with subprocess.Popen(
        command("index", corpus, tmp_path / "w"),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as first:
        assert first.stderr is not None
        first.stderr.readline()
        second = subprocess.run(
            command("index", corpus, tmp_path / "w"),
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        first.kill()
    assert second.returncode == 2
    assert f"in use by process {first.pid}" in second.stderr
    third = finish("index", corpus, tmp_path / "w")
    assert third["n_images"]
