"""Real workbenches over 48 drawn images, with colours for models; indexed and scored once.

Eight queries of one object each and forty database images: three positives and one junk image per
query, the rest are of no query. How like its query a positive is drawn differs, so that re-ranking
by the place of the colours helps some queries and harms others.
"""

import csv
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from core.storage.reports import reports
from core.storage.scorers import ScorerCards
from core.types.orders import Fusion
from core.types.runs import RunReport
from core.workbench import Workbench
from tests.core.stand_ins import ColourScorer, make_workbench

N_QUERIES, N_DATABASE, DEPTH, N_POSITIVES = 8, 40, 20, 3
FUSION = Fusion(DEPTH, 0.0, 1.0)
SIZE = (200, 150)
OTHER_DEPTH = 10
"""How many candidates of a query the other scorer, MaxSim, has scored in a copy of `Evaluated`."""
_SEED = 11  # rescues and harms of every class, and a positive that is not found


def query_ids(suffix: str = "") -> tuple[str, ...]:
    return tuple(f"queries/object_{i:02d}{suffix}.jpg" for i in range(N_QUERIES))


def database_ids(suffix: str = "") -> tuple[str, ...]:
    return tuple(f"database/image_{i:03d}{suffix}.jpg" for i in range(N_DATABASE))


def draw_corpus(
    root: Path, *, suffix: str = "", is_labelled: bool = True, has_measures: bool = True
) -> Path:
    """Draw the images below `root` with their manifest and return `root`.

    Args:
        root: Is made.
        suffix: Added to every file's name, to try hostile ones.
        is_labelled: With a manifest and `relevance.csv`; else there are the pictures alone.
        has_measures: With the columns coverage and clutter.
    """
    for folder in ("queries", "database"):
        (root / folder).mkdir(parents=True)
    random = np.random.default_rng(_SEED)
    queries, database = query_ids(suffix), database_ids(suffix)
    looks = random.uniform(0, 1, (N_QUERIES, 13))
    places = random.permutation(N_DATABASE)
    positives = places[: N_QUERIES * N_POSITIVES].reshape(N_QUERIES, N_POSITIVES)
    junk = places[N_QUERIES * N_POSITIVES :][:N_QUERIES]
    drawn = random.uniform(0, 1, (N_DATABASE, 13))
    for number, (of, rows) in enumerate(zip(looks, positives, strict=True)):
        if number % 2:  # the colours change places: hard for the scorer, not for the descriptor
            of = of[[0, 1, 2, 6, 7, 8, 3, 4, 5, 9, 10, 11, 12]]
        likeness = random.uniform(0.4, 0.95, (N_POSITIVES, 1))
        drawn[rows] = likeness * of + (1 - likeness) * drawn[rows]
    drawn[junk] = 0.9 * looks + 0.1 * drawn[junk]
    for image_id, look in zip((*queries, *database), (*looks, *drawn), strict=True):
        _draw(look).save(root / image_id, quality=90)
    if is_labelled:
        _write_manifest(root, queries, database, positives, random, has_measures)
        rows = [(q, database[i], "positive") for q, one in zip(queries, positives, strict=True)
                for i in one]  # fmt: skip
        rows += [(q, database[i], "junk") for q, i in zip(queries, junk, strict=True)]
        _write(root / "relevance.csv", ("query", "image", "label"), rows)
    return root


def _draw(look) -> Image.Image:
    """An ellipse and a rectangle on a ground; `look` are 13 numbers in [0, 1]."""
    ground, first, second = (
        tuple((one * 255).astype(int).tolist()) for one in look[:9].reshape(3, 3)
    )
    x, y, size, width = look[9:].tolist()
    image = Image.new("RGB", SIZE, ground)
    pen = ImageDraw.Draw(image)
    left, top, side = 10 + 70 * x, 10 + 40 * y, 40 + 50 * size
    pen.ellipse((left, top, left + side, top + side), fill=first)
    pen.rectangle((110, 85, 130 + 60 * width, 135), fill=second)
    return image


def _write_manifest(root, queries, database, positives, random, has_measures) -> None:
    instances = {database[i]: place for place, one in enumerate(positives) for i in one}
    instances |= {query: place for place, query in enumerate(queries)}
    rows = []
    for image in (*queries, *database):
        place = instances.get(image)
        row = [image, "query" if image in queries else "database"]
        row += ["" if place is None else f"object {place:02d}", random.choice(["dim", "bright"])]
        if has_measures:
            row += [f"{random.uniform(0.02, 0.9):.3f}", str(random.integers(0, 16))]
        rows.append(row)
    head = ("image", "role", "instance", "light", "coverage", "clutter")
    _write(root / "manifest.csv", head if has_measures else head[:4], rows)


def _write(path: Path, head, rows) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([head, *rows])


def open_drawn(
    corpus: Path, workspace: Path, *, scorer: ColourScorer | None = None, **settings: object
) -> Workbench:
    """Open drawn images with a depth of 20 and their index; `settings` are dotted."""
    depth = {} if "ranking.pipeline" in settings else {"ranking.depth": DEPTH}
    bench = make_workbench(corpus, workspace, scorer=scorer, **depth, **settings)
    list(bench.runs.build_index())
    return bench


def score(bench: Workbench, n: int | None = None, depth: int = DEPTH) -> Workbench:
    """Score the first `n` queries, all where it is None; no run is kept."""
    list(bench.runs.score(list(bench._session.measurable)[:n], depth))
    return bench


class Evaluated:
    """Workspaces over drawn images, made once and copied for everyone who opens one.

    In a copy with all scores the first 10 candidates of every query have a score by MaxSim too.

    Args:
        folder: Where the images and the workspaces to copy lie.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def copy(self, folder: Path, **options: object) -> Workbench:
        """Open a copy of the workspace with all scores, made below `folder`."""
        bench = self._copy("scored", folder, {}, options)
        return score(bench)  # the stored scores are read

    def fresh(self, folder: Path, **options: object) -> Workbench:
        """Open a copy of the workspace without scores, made below `folder`."""
        return self._copy("indexed", folder, {}, options)

    def unprepared(self, folder: Path) -> Workbench:
        """Open a copy of the workspace with all scores as at a start: nothing is loaded yet."""
        self._copy("scored", folder, {}, {}).close()
        return make_workbench(self._folder / "usual" / "drawn", folder / "work")

    def unlabelled(self, folder: Path, **options: object) -> Workbench:
        """Open the same pictures without ground truth, indexed; all 48 are queries too."""
        options = {"folder_labels": "no", **options}
        return self._copy("indexed", folder, {"is_labelled": False}, options)

    def unmeasured(self, folder: Path, **options: object) -> Workbench:
        """Open the same pictures, evaluated, with a manifest without coverage and clutter."""
        return score(self._copy("indexed", folder, {"has_measures": False}, options))

    def _copy(
        self, state: str, folder: Path, kind: Mapping[str, bool], options: Mapping[str, object]
    ) -> Workbench:
        home = self._folder / (" ".join(kind) or "usual")
        if not home.exists():
            open_drawn(draw_corpus(home / "drawn", **kind), home / "indexed").close()
        if not (home / state).exists():
            shutil.copytree(home / "indexed", home / state)
            _score_twice(home)
        shutil.copytree(home / state, folder / "work")
        return open_drawn(home / "drawn", folder / "work", **options)


def _score_twice(home: Path) -> None:
    """Store the scores of MaxSim, with its name, and then the bench's own."""
    by_maxsim = open_drawn(home / "drawn", home / "scored", **{"ranking.pipeline": "maxsim@20"})
    scorer = by_maxsim._session.models().scorer
    cards = ScorerCards(by_maxsim._session.workspace.scorers)
    cards.save(scorer.fingerprint, {"scorer": "maxsim", **scorer.receipt_fields})
    score(by_maxsim, depth=OTHER_DEPTH).close()
    score(open_drawn(home / "drawn", home / "scored")).close()


def hostile(folder: Path, suffix: str) -> Workbench:
    """Draw the images below `folder`, with this at the end of every name, and evaluate them."""
    return score(open_drawn(draw_corpus(folder / "drawn", suffix=suffix), folder / "work"))


def other_scorer(bench: Workbench) -> str:
    """Return the id of the scorer that is neither the descriptor nor the bench's own."""
    return bench.scorers.entries()[2].scorer_id


def save_run(bench: Workbench, run_id: str, depth: int, **changes: object) -> RunReport:
    """Save what a bench shows at a depth as a run of this id; `changes` go into the report."""
    fusion = Fusion(depth, 0.0, 1.0)
    summary = bench.runs.summary(fusion)
    assert summary is not None
    report = RunReport(
        run_id=run_id,
        created_at="2026-01-02T03:04:05+00:00",
        receipt=bench.runs.receipt(fusion),
        summary=summary,
        outcomes=bench.runs.outcomes(fusion),
        settings={"ranking.depth": depth},
    )
    report = replace(report, **changes)
    reports(bench._session.workspace.runs).save(report)
    return report
