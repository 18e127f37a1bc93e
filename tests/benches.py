"""Real workbenches over the drawn images, indexed; whoever opens one closes it."""

import csv
from pathlib import Path

from core.assembly.bench import open_workbench
from core.settings import load_settings
from core.workbench import Workbench
from tests.conftest import draw_tiny_corpus
from tests.core.stand_ins import make_workbench

HALF_IMPORTED = "import:ames@5 > mllm@2"
"""Of a pipeline: its first stage knows the pairs of another query only."""


def embedded_bench(folder: Path) -> Workbench:
    """Draw the images below a folder and open them with the embedded model."""
    root = folder / "tiny"
    draw_tiny_corpus(root)
    bench = open_workbench(load_settings(None, {"corpus": root, "workspace": folder / "w"}))
    list(bench.runs.build_index())
    return bench


def staged_bench(corpus: Path, workspace: Path, pipeline: str, **more: object) -> Workbench:
    """Open drawn images with stand-in models and a pipeline; `more` are dotted settings."""
    bench = make_workbench(corpus, workspace, **{"ranking.pipeline": pipeline, **more})
    list(bench.runs.build_index())
    return bench


def half_imported_bench(corpus: Path, folder: Path) -> Workbench:
    """Open drawn images with a first stage that has a score for one pair alone."""
    file = folder / "scores.csv"
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows(
            [("query", "image", "score"), ("images/cross_q.png", "images/disc_1.png", 0.5)]
        )
    bench = staged_bench(corpus, folder / "w", "mllm@5")
    list(bench.exchange.import_scores(file, "ames", replace=False))
    bench.close()
    return staged_bench(corpus, folder / "w", HALF_IMPORTED)


JOINED_DEPTH = 6
"""How many candidates of each query the fit and the pipeline of `joined_bench` take."""


def joined_bench(folder: Path) -> Workbench:
    """Open the drawn images with the embedded model and evidence fitted on them, evaluated."""
    bench = embedded_bench(folder)
    list(bench.evidence.fit("own", ("mllm", "geometric", "kreciprocal"), JOINED_DEPTH))
    bench.close()
    pipeline = f"evidence:own@{JOINED_DEPTH}"
    named = {"corpus": folder / "tiny", "workspace": folder / "w", "ranking.pipeline": pipeline}
    joined = open_workbench(load_settings(None, named))
    list(joined.runs.build_index())
    list(joined.runs.evaluate(JOINED_DEPTH))
    return joined
