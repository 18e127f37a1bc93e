"""`export`: the scores of every query's first `depth` candidates as a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from core.types import Progress
from core.workbench import Workbench
from ui.commands.progress import follow
from ui.commands.shared import Opener

NAME = "export"


def run(
    opener: Opener,
    *,
    file: Annotated[
        Path,
        typer.Argument(help="Ends in .csv, .jsonl, .trec or .run (TREC run), .json (ILIAS)."),
    ],
    depth: Annotated[int | None, typer.Option(help="Candidates per query (default: 100).")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Score what is missing and write all pairs; `import` reads them back exactly."""
    settings, bench = opener.open(ranking__depth=depth)
    try:
        follow(_work(bench, file, settings.ranking.depth))
        n_queries = bench.info.n_queries
    finally:
        bench.close()
    if json_output:
        scorer = settings.ranking.scorer
        typer.echo(json.dumps({"file": str(file), "n_queries": n_queries, "scorer": scorer}))
    else:
        typer.echo(f"The scores of {n_queries:,} queries are in {file}")


def _work(bench: Workbench, file: Path, depth: int) -> Iterator[Progress]:
    steps = bench.exchange.export_scores(file, depth)
    yield from bench.runs.build_index()
    yield from steps
