"""Run inside a checkout by `versions.py`: what only its Python door tells, as JSON on stdout.

It imports `app.open_bench` and nothing else, so that it reads versions whose modules have moved.
Arguments: the folder of the checkout, a workspace, and the other settings as JSON.
"""

import importlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

QUEUE_FIELDS = ("query_id", "image_id", "relation", "reason", "rank_before", "rank_after")
MOST_QUEUES = 40


def main() -> None:
    """Print whole rankings of every run, and every queue's pairs; or why they cannot be had."""
    checkout, workspace, overrides = sys.argv[1:]
    app: Any = importlib.import_module("app")
    assert Path(app.__file__).parent == Path(checkout).resolve(), app.__file__
    settings, bench = app.open_bench(None, {"workspace": Path(workspace), **json.loads(overrides)})
    try:
        for work in (bench.runs.build_index(), bench.runs.evaluate(settings.ranking.depth)):
            for _ in work:
                pass
        found = {
            "order": tried(lambda: orders(bench)),
            "queue": tried(lambda: queues(bench, settings.ranking)),
        }
    finally:
        bench.close()
    sys.stdout.write(json.dumps(found))


def tried(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what is read, or `failed`: a version may offer the one and no longer the other."""
    try:
        return read()
    except (AttributeError, TypeError) as error:
        return {"failed": f"{type(error).__name__}: {error}"}


def orders(bench: Any) -> dict[str, str]:
    """Return each run's whole ranking as a TREC run, by the weight of the cosine."""
    runs = [one.report for one in bench.saved.entries().entries]
    return {
        f"lam {run.summary.lam:g}": bench.saved.export(run.run_id, "trec").data.decode()
        for run in runs
    }


def queues(bench: Any, ranking: Any) -> dict[str, list[list[Any]]]:
    """Return the first `MOST_QUEUES` queues' pairs in order, by kind and name."""
    setting: Any = (ranking.depth, ranking.lam, ranking.gamma)
    arguments = setting
    try:  # one value since pipelines, three numbers before
        setting = importlib.import_module("core.types.orders").Fusion(*setting)
        arguments = (setting,)
    except ModuleNotFoundError:
        pass
    offered = [spec for spec, _ in bench.annotations.choices(*arguments)]
    spec_of = type(offered[0])
    first = bench.queries.rows(*arguments)[0].query_id
    asked = [spec_of("hard", ""), spec_of("suspect", ""), spec_of("query", first)]
    refusal: Any = importlib.import_module("core.errors").SecondLookError
    found: dict[str, list[list[Any]]] = {}
    for spec in [*asked, *offered][:MOST_QUEUES]:
        try:
            pairs = [pair(item) for item in bench.annotations.queue(spec, setting).items]
        except refusal as error:
            pairs = [["refused", str(error)]]  # such as a column that the corpus does not have
        found[f"{spec.kind} {spec.name}"] = pairs
    return found


def pair(item: Any) -> list[Any]:
    """Return what a queue says of one pair; its score has had two names."""
    score = item.margin if hasattr(item, "margin") else item.score
    return [*(getattr(item, name) for name in QUEUE_FIELDS), score, item.suspicion, item.suspect]


if __name__ == "__main__":
    main()
