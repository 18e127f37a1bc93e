"""`import`: scores made elsewhere become a scorer."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.progress import follow
from ui.commands.shared import Json, Opener

NAME = "import"


def run(
    opener: Opener,
    *,
    file: Annotated[
        Path,
        typer.Argument(help="CSV or JSONL with query, image, score; a TREC run; or ILIAS JSON."),
    ],
    name: Annotated[
        str | None, typer.Option(help="What the scorer is called (default: the file's name).")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The name may stand for other scores until now.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Check a file of scores against the corpus and make it the scorer `import:NAME`."""
    _, bench = opener.open()
    try:
        chosen = bench.exchange.import_name(file, name)
        follow(bench.exchange.import_scores(file, chosen, replace=replace))
        record = bench.exchange.imported(chosen)
        n_queries = bench.info.n_queries
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps({**asdict(record), "scorer": f"import:{chosen}"}))
        return
    typer.echo(
        f"{record.n_pairs:,} scores of {record.n_queries:,} queries read as {record.format}; use "
        f"them with --scorer import:{chosen}"
    )
    if record.assumed:
        typer.echo(f"{record.assumed}.", err=True)
    if record.n_queries_missing:
        typer.echo(f"{record.n_queries_missing:,} of {n_queries:,} queries have no score in it")
