"""Every second stage and some pipelines of them, on the demo and on photographs.

Run as `python -m tests.benchmarks.second_stages demo --workspace DIR` and then `python -m
tests.benchmarks.second_stages photographs --corpus PHOTOS --workspace OTHER`. Each keeps its
numbers in `assets/docs/second_stages.json`, from which `python -m assets.docs.generate` writes the
table of the manual; the same table is printed for the log. Calls and seconds are per query;
seconds are those of computing the scores, stored with them, whenever that was.
"""

import argparse
import datetime
import json
import logging
from pathlib import Path

import app  # noqa: F401 - threads that sleep while they wait, as in every command
from assets.docs.results import SECOND_STAGES_FILE
from core.analysis.run_comparison import compare_runs
from core.assembly.bench import open_workbench
from core.mllm.weights_hash import weights_hash
from core.settings import DEMO_CORPUS, POCKET_MODEL, load_settings
from ui.commands.progress import follow

STAGES = (
    "mllm@50",
    "maxsim@50",
    "geometric@50",
    "kreciprocal@1000",
    "kreciprocal:20,6,0.3@1000",
    "superglobal@50",
    "superglobal:400,9,0.15@1000",
    "aqe@1000",
    "dba@1000",
    "diffusion@1000",
    "diffusion:10,50,0.99@1000",
    "evidence:pocket@50",
)
PIPELINES = (
    "mllm@50 > feedback:2",
    "mllm@20 > feedback:2 > mllm@50",
    "mllm@50 > feedback:2 > mllm@50",
    "maxsim@100 > mllm@20",
    "kreciprocal@1000 > mllm@50",
    "dba@1000 > mllm@50",
    "superglobal@100 > mllm@50",
    "mllm@50 > evidence:pocket@20",
    "kreciprocal@1000 > evidence:pocket@50",
    "mllm@50 > feedback:2 > evidence:pocket@50",
)
log = logging.getLogger(__name__)


def main() -> None:
    """Read the arguments, measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=("demo", "photographs"))
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, default=DEMO_CORPUS)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    log.setLevel(logging.INFO)
    values = {"workspace": arguments.workspace, "corpus": arguments.corpus}
    found = [measured(values, pipeline) for pipeline in (*STAGES, *PIPELINES)]
    rows = [row | against(found[0][1], run) for row, run in found]
    kept = json.loads(SECOND_STAGES_FILE.read_text("utf-8")) if SECOND_STAGES_FILE.exists() else {}
    kept[arguments.name] = {
        "command": f"python -m tests.benchmarks.second_stages {arguments.name}",
        "measured_on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "weights": weights_hash(POCKET_MODEL),
        "rows": rows,
    }
    text = json.dumps(dict(sorted(kept.items())), indent=1)
    SECOND_STAGES_FILE.write_text(text + "\n", encoding="utf-8")


def measured(values, pipeline):
    """Evaluate one pipeline; return what it reaches and costs, and its run with the queries."""
    bench = open_workbench(load_settings(None, {**values, "ranking.pipeline": pipeline}))
    try:
        follow(bench.runs.build_index())
        follow(bench.runs.evaluate(bench.runs.fusion_set().depth))
        summary = bench.runs.summary(bench.runs.fusion_set())
        told = [use.seconds for use in summary.stages]
        row = {
            "pipeline": pipeline,
            "map_before": summary.map_before,
            "map_after": summary.map_after,
            "low": summary.delta_ci.low,
            "high": summary.delta_ci.high,
            "r1_before": summary.r1_before,
            "r1_after": summary.r1_after,
            "n_calls": sum(use.n_calls for use in summary.stages),
            "seconds": None if None in told else sum(told),
        }
        log.info("%s", json.dumps(row))
        return row, (bench.runs.latest(), bench._session.queries)
    finally:
        bench.close()


def against(method, run):
    """Return the change of mAP against the first row's run, with its paired interval."""
    found = compare_runs(method[0], run[0], run[1])
    if found.delta_ci is None:
        return {"against": None}
    ends = [found.delta_ci.low, found.delta_ci.high]
    return {"against": {"change": found.delta, "low": ends[0], "high": ends[1]}}


if __name__ == "__main__":
    main()
