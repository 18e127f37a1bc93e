"""A 3B shape on a machine of 24 GB: diagnosis, memory at the peak, and a stop while it is tested.

Random weights of the real class in bfloat16 and in shards, 7.5 GB on disk, written by the test.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from core.mllm.diagnosis import diagnose
from core.mllm.memory import free_bytes
from core.mllm.wanted import Wanted
from tests.benchmarks.shapes import NAMED, save_sharded

ROOT = Path(__file__).resolve().parents[3]
NEEDED = 17 * 10**9
MOST = 1.15  # of the weights, in memory that the system cannot take back
pytestmark = pytest.mark.large

LOAD = """
import json, sys, threading, time
from core.mllm.loading import load_mllm
top = 0
def held():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon:"))
def watch():
    global top
    while True:
        top = max(top, held())
        time.sleep(0.02)
before = held()
threading.Thread(target=watch, daemon=True).start()
loaded = load_mllm(sys.argv[1], "cpu", sys.argv[2])
n = sum(value.nbytes for value in loaded.model.parameters())
print(json.dumps([top - before, n]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    free = free_bytes(torch.device("cpu"))
    if free is None or free < NEEDED:
        pytest.skip(f"a 3B model in float32 needs {NEEDED / 1e9:.0f} GB of free memory")
    return save_sharded(NAMED["qwen2.5-vl-3b"], tmp_path_factory.mktemp("3b"), 224)


def test_the_diagnosis_reads_headers_only_and_tells_both_sizes(folder):
    found = diagnose(str(folder), Wanted("cpu", "bfloat16"))
    assert found.problem is None
    assert found.n_bytes == sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    assert found.memory is not None
    assert found.n_bytes == pytest.approx(found.memory.n_bytes, rel=0.001)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_loading_holds_little_more_than_the_weights(folder, dtype):
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(folder), dtype],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    peak, weights = json.loads(done.stdout.splitlines()[-1])
    assert peak < MOST * weights


def test_a_stop_ends_the_self_test_and_is_one_sentence(folder, tmp_path):
    command = ["app.py", "check", "--model", str(folder), "--dtype", "bfloat16", "--device", "cpu"]
    told: list[str] = []
    with subprocess.Popen(
        [sys.executable, *command, "--workspace", str(tmp_path / "w")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            told.append(line)
            if "self-test of the scorer: 0/12 pairs" in line:
                running.send_signal(signal.SIGINT)
    assert running.returncode == 130
    text = "".join(told)
    assert "7.51 GB in bfloat16" in text
    assert "self-test of the scorer: 12/12" not in text
    assert "Stopped. Run the same command again" in text
    assert "Traceback" not in text
