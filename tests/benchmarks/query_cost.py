"""Seconds of one query, cold and warm: `python -m tests.benchmarks.query_cost`.

Cold: descriptors, visual tokens and keypoints of the database are stored, and no score of the query
is. Warm: every score is stored. Every pipeline is asked with the same queries, in a workspace of
its own; printed are medians of the process's CPU time, over all threads.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import app  # noqa: F401 - threads that sleep while they wait, as in every command
from core.assembly.bench import open_workbench
from core.settings import DEMO_CORPUS, load_settings
from core.workbench import Workbench

PIPELINES = (
    "mllm@50",
    "geometric@50",
    "kreciprocal@50",
    "evidence:pocket@50",
    "mllm@50 > evidence:pocket@20",
    "kreciprocal@1000 > evidence:pocket@50",
)


def main() -> None:
    """Index once, then ask the queries under every pipeline, cold and warm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=DEMO_CORPUS)
    parser.add_argument("--queries", type=int, default=12)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        bench = opened(given.corpus, base, "kreciprocal@1000 > evidence:pocket@50")
        list(bench.runs.build_index())
        ids = [row.query_id for row in bench.queries.rows(bench.runs.fusion_set())][: given.queries]
        for one in ids:  # keypoints and neighbours are found once
            list(bench.queries.score(one, 100))
        bench.close()
        for pipeline in PIPELINES:
            place = Path(folder) / "own"
            shutil.copytree(base, place)
            for name in place.glob("scores.sqlite*"):
                name.unlink()
            bench = opened(given.corpus, place, pipeline)
            list(bench.runs.build_index())
            depth = bench.info.first_depth
            ask = asking(bench, depth)
            ask(ids[0])  # loads what is loaded on first need
            cold, warm = [timed(ask, one) for one in ids[1:]], [timed(ask, one) for one in ids[1:]]
            bench.close()
            shutil.rmtree(place)
            print(  # noqa: T201
                f"| `{pipeline}` | {statistics.median(cold):.3f} | {statistics.median(warm):.4f} |",
                flush=True,
            )


def opened(corpus: Path, workspace: Path, pipeline: str) -> Workbench:
    """Open a bench on the corpus."""
    chosen = {"corpus": corpus, "workspace": workspace, "ranking.pipeline": pipeline}
    return open_workbench(load_settings(None, chosen))


def asking(bench: Workbench, depth: int) -> Callable[[str], object]:
    """Return what a click asks: the scores that are missing, and both orders."""

    def ask(query_id: str) -> object:
        list(bench.queries.score(query_id, depth))
        return bench.queries.inspect(query_id, bench.runs.fusion_set())

    return ask


def timed(ask: Callable[[str], object], query_id: str) -> float:
    """Return the CPU seconds of one query."""
    started = time.process_time()
    ask(query_id)
    return time.process_time() - started


if __name__ == "__main__":
    main()
