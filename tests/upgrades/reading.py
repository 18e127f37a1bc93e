"""Read everything that a workspace holds through the bench and its files, as plain values.

`app.open_bench` is the door; of the modules behind it nothing is imported.
"""

import importlib
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

DEPTH, THIN = 5, 3
AUTHOR = "ada"
QUESTION = "Is it the very same thing?"
OVERRIDES: dict[str, Any] = {
    "corpus": Path("corpus"),
    "workspace": Path("workspace"),
    "ranking.depth": DEPTH,
}
"""Paths below the folder that holds both, so that nothing stored names another one."""
STAGES = {
    "mllm": (),
    "maxsim": ("--scorer", "maxsim"),
    "geometric": ("--scorer", "geometric"),
    "thin": ("--thin", str(THIN)),
    "import": ("--scorer", "import:elsewhere"),
}
"""The second stages that the workspace holds all scores of, as options of a command."""
SCORES = """
SELECT fingerprint, COUNT(*)
FROM (SELECT scorer FROM score UNION ALL SELECT scorer FROM plain_score)
JOIN scorer ON scorer.id = scorer GROUP BY fingerprint
"""
EVALUATED = ("map_before", "map_after", "map_oracle", "r1_before", "r1_after", "classes")


def read(bench: Any, workspace: Path) -> dict[str, Any]:
    """Return what a bench tells of its workspace; the index is opened, nothing is scored.

    Args:
        bench: As `app.open_bench` opened it with `OVERRIDES`.
        workspace: Its folder, whose SQLite files are counted row by row.
    """
    found = {"runs": runs(bench)}  # before the evaluation below adds one
    for work in (bench.runs.build_index(), bench.runs.evaluate(DEPTH)):
        for _ in work:
            pass
    return found | {
        "newly encoded": bench.runs.index_counts()["n_encoded"],
        "queues": queues(bench),
        "annotations": [json.loads(line) for line in bench.labels.export("jsonl").splitlines()[1:]],
        "undo and redo": list(bench.annotations.now(AUTHOR, None)[1:]),
        "prompts": [[p.name, p.question, p.layout] for p in bench.prompts.all() if not p.builtin],
        "recipes": [[r.name, [s.name for s in r.sweeps]] for r in bench.robustness.recipes()],
        "uploads": uploads(bench, workspace),
        "scorers": sorted([e.scorer_id, QUESTION in e.name] for e in bench.scorers.entries()),
        "import": imported(bench),
        "selections": selections(bench),
        "trade-offs": tradeoffs(bench),
        "robustness": robustness(bench, workspace),
        "rows": rows(workspace),
    }


def runs(bench: Any) -> list[list[Any]]:
    """Return id, receipt, what it was and what it came to of every run, newest first."""
    reports = [entry.report for entry in bench.saved.entries().entries]
    return [
        [
            run.run_id,
            run.receipt.receipt_id,
            run.receipt.fields["scorer"],
            run.receipt.fields["middle stage"],
            run.summary.lam,
            {name: getattr(run.summary, name) for name in EVALUATED},
            {outcome.query_id: outcome.ap_after for outcome in run.outcomes},
        ]
        for run in reports
    ]


def ranking() -> tuple[Any, tuple[Any, ...]]:
    """Return depth, lam and gamma as one argument, and as the arguments of most functions.

    They are one value since there are pipelines; before they were three numbers.
    """
    numbers = (DEPTH, 0.0, 1.0)
    try:
        fusion = importlib.import_module("core.types.orders").Fusion(*numbers)
    except ModuleNotFoundError:
        return numbers, numbers
    return fusion, (fusion,)


def queues(bench: Any) -> dict[str, list[list[Any]]]:
    """Return every queue's pairs with their relation and rank, by kind and name.

    The queue `background` needs a column that the corpus does not have.
    """
    fusion, arguments = ranking()
    choices = bench.annotations.choices(*arguments)
    offered = [spec for spec, _ in choices if spec.kind != "background"]
    spec_of = type(offered[0])
    kinds = ("hard", "suspect", "disputed", "selection")
    asked = [spec_of(kind, "") for kind in kinds] + [spec_of("query", "images/disc_q.png")]
    # a disagreement under the name that older versions gave it, which is read too
    asked += [
        replace(one, name=one.name.replace("own", "scorer").replace("descriptor", "cosine"))
        if one.kind == "disagreement"
        else one
        for one in offered
    ]
    return {
        f"{spec.kind} {spec.name}".strip(): [
            [one.query_id, one.image_id, one.relation, one.rank_before, one.rank_after]
            for one in bench.annotations.queue(spec, fusion, AUTHOR).items
        ]
        for spec in asked
    }


def uploads(bench: Any, workspace: Path) -> list[list[Any]]:
    """Return id, bytes and origin of every upload and damaged copy."""
    ids = [f"upload:{path.stem}" for path in sorted(workspace.glob("uploads/*.json"))]
    records = [bench.queries.record(one) for one in ids]
    return [[record.image_id, record.sha256, dict(record.tags)] for record in records]


def imported(bench: Any) -> list[Any]:
    """Return what is known of the import."""
    record = bench.exchange.imported("elsewhere")
    return [record.file, record.sha256, record.format, record.n_pairs, record.fingerprint]


def selections(bench: Any) -> list[list[Any]]:
    """Return id and queries of what was selected on the descriptor map."""
    found = [one.selection for one in bench.maps.selections(ranking()[0])]
    return [[one.selection_id, list(one.query_ids), one.n_images] for one in found]


def tradeoffs(bench: Any) -> list[list[Any]]:
    """Return scorer, depth, mAP and bytes of every row of the newest table."""
    table = bench.tradeoff.table()
    return [[r.setting.scorer, r.setting.depth, r.map_after, r.bytes_per_image] for r in table.rows]


def robustness(bench: Any, workspace: Path) -> list[list[str]]:
    """Return receipt and name of every file of a robustness report that the bench hands out."""
    files = [(p.parent.name, p.name) for p in sorted(workspace.glob("robustness/*/*"))]
    return [[receipt, bench.set_sweeps.kept(receipt, name).name] for receipt, name in files]


def rows(workspace: Path) -> dict[str, int]:
    """Return how many scores every scorer has, and how many events the log of annotations."""
    with closing(sqlite3.connect(workspace / "scores.sqlite")) as db:
        counts: dict[str, int] = dict(db.execute(SCORES).fetchall())
    with closing(sqlite3.connect(workspace / "annotations.sqlite")) as db:
        counts["annotation events"] = db.execute("SELECT COUNT(*) FROM event").fetchone()[0]
    return dict(sorted(counts.items()))
