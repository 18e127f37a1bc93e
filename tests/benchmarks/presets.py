"""The presets on photographs: `python -m tests.benchmarks.presets --corpus PHOTOS`.

Kept in `assets/docs/presets.json`, from which `python -m assets.docs.generate` writes the manual's
table; those on the demo are measured by `python -m assets.docs.measure`.
"""

import argparse
import json
import tempfile
from pathlib import Path

import app  # noqa: F401 - threads that sleep while they wait, as in every command
from assets.docs.results import PRESETS_FILE
from core.assembly.bench import open_workbench
from core.mllm.weights_hash import weights_hash
from core.reranking.presets import PRESETS
from core.settings import POCKET_MODEL, load_settings
from ui.commands.progress import follow


def main() -> None:
    """Evaluate every preset and keep what it reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    given = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in PRESETS:
            chosen = {"corpus": given.corpus, "workspace": folder, "ranking.preset": name}
            bench = open_workbench(load_settings(None, chosen))
            follow(bench.runs.build_index())
            follow(bench.runs.evaluate(bench.info.first_depth))
            report = bench.runs.latest()
            bench.close()
            assert report is not None, "evaluate ends with a stored report"
            summary = report.summary
            found[name] = {
                "n_queries": summary.n_evaluated,
                "map_before": summary.map_before,
                "map_after": summary.map_after,
                "r1_before": summary.r1_before,
                "r1_after": summary.r1_after,
            }
    kept = {
        "command": "python -m tests.benchmarks.presets --corpus PHOTOS",
        "weights": weights_hash(POCKET_MODEL)[:12],
        "presets": found,
    }
    PRESETS_FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
