"""Measure the manual's numbers on the embedded demo: `python -m assets.docs.measure`.

All commands run in one workspace. Each leaves its numbers in `results.json`, with the command, the
day and the hash of the weights; `python -m assets.docs.generate` writes them into the pages. It
takes about a quarter of an hour on two cores.
"""

import argparse
import datetime
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from core.mllm.weights_hash import weights_hash
from core.settings import POCKET_MODEL

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"

_DEMO = "app.py evaluate --depth 50"
COMMANDS: dict[str, str] = {
    "mllm": _DEMO,
    "maxsim": f"{_DEMO} --scorer maxsim",
    "geometric": f"{_DEMO} --scorer geometric",
    "thin_20": f"{_DEMO} --thin 20",
    "depth_20": "app.py evaluate --depth 20",
    "fp16": f"{_DEMO} --compression fp16",
    "int8": f"{_DEMO} --compression int8",
    "int4": f"{_DEMO} --compression int4",
    "pq_48": f"{_DEMO} --compression pq:48",
    "grid_24": f"{_DEMO} --compression grid:24",
    "random_24": f"{_DEMO} --compression random:24",
    "divprune_24": f"{_DEMO} --compression divprune:24",
    "pool": f"{_DEMO} --compression pool",
    "jpeg_96": f"{_DEMO} --compression jpeg:96",
    "divprune_12_pq_48": f"{_DEMO} --compression divprune:12+pq:48",
    "method_alone": "app.py evaluate --preset method-alone",
    "best_first_results": "app.py evaluate --preset best-first-results",
    "fast": "app.py evaluate --preset fast",
    "small": "app.py evaluate --preset small",
    "tradeoff": "app.py tradeoff --resolutions full --depths 50",
    "product": "-m tests.benchmarks.product",
    "suspects": "-m tests.benchmarks.suspects",
}
"""By name, what is given to `python`; options for workspace and JSON are added."""

_BEFORE = {"suspects": ("app.py evaluate", "app.py evaluate --scorer geometric")}
"""What a command needs to have been run in its workspace."""
_KEPT = {
    "evaluate": (
        "n_queries",
        "n_database",
        "n_skipped",
        "n_unscored",
        "shortlist",
        "depth",
        "k",
        "pipeline",
        "stages",
        "map_before",
        "map_after",
        "map_oracle",
        "r1_before",
        "r1_after",
        "delta_map",
        "delta_ci95",
        "seconds_per_query",
        "bytes_per_image",
    ),
    "tradeoff": ("points", "n_settings", "smallest", "uncompressed"),
}
_PRINTED = ("mllm",)
"""Commands of which the manual shows what they print, too."""
_SUSPECTS = re.compile(r"dropped and added positives, of 20, (with|without) keypoints: mean (\S+),")


def main() -> None:
    """Run the commands named, or all, and keep what they print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these, such as mllm or pq_48")
    names = parser.parse_args().names or list(COMMANDS)
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            for command in _BEFORE.get(name, ()):
                _run(command, "--workspace", folder)
            _keep(name, measured(name, folder))
            sys.stderr.write(f"{name} measured\n")


def measured(name: str, workspace: str) -> dict[str, Any]:
    """Run one command in a workspace and return what the manual keeps of its output."""
    command, printed = COMMANDS[name], dict[str, str]()
    if name == "product":
        values = json.loads(_run(command).stdout)
    elif name == "suspects":
        means = _SUSPECTS.findall(_run(command, "--workspace", workspace).stderr)
        values = {f"{word}_keypoints": float(mean) for word, mean in means}
    else:
        found = json.loads(_run(command, "--json", "--workspace", workspace).stdout)
        values = {field: found[field] for field in _KEPT[command.split()[1]]}
        if name in _PRINTED:
            printed = {"printed": _run(command, "--workspace", workspace).stdout.strip()}
    return {
        "command": f"python {command}",
        "measured_on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "weights": weights_hash(POCKET_MODEL),
        **printed,
        "values": values,
    }


def _run(command: str, *options: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, *command.split(), *options]
    return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True)


def _keep(name: str, result: dict[str, Any]) -> None:
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    found = {**kept.get("measured", {}), name: result}
    kept["measured"] = {key: found[key] for key in COMMANDS if key in found}
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
