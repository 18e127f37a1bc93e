"""`export`: annotations, or the labels that they come to, as a file."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ui.commands.shared import Opener

NAME = "export"
Kind = Literal["csv", "jsonl", "patch", "relevance"]


def run(
    opener: Opener,
    *,
    annotations: Annotated[
        Path, typer.Option(help="File to write; it must lie outside the corpus folder.")
    ],
    kind: Annotated[
        Kind | None,
        typer.Option(
            help="csv or jsonl: all annotations; patch: the labels they change; relevance: the "
            "whole relevance.csv with them (default: by the file's ending, else csv)."
        ),
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(help="Only this author's (default: all; labels where all agree)."),
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Write what annotators said, as CSV or JSONL, or as labels in the form of relevance.csv."""
    chosen: Kind = kind or ("jsonl" if annotations.suffix == ".jsonl" else "csv")
    _, bench = opener.open()
    try:
        n_rows = bench.labels.save(annotations, chosen, author)
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps({"file": str(annotations), "kind": chosen, "n_rows": n_rows}))
    else:
        typer.echo(f"{n_rows} rows written to {annotations} ({chosen}).")
