"""`export`: scores, annotations, or the labels that annotations come to, as a file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import typer

from core.types.runs import Progress
from core.workbench import Workbench
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener

NAME = "export"
What = Literal["scores", "annotations", "patch", "relevance"]


def run(
    opener: Opener,
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="Scores: .csv, .jsonl, .trec or .run (TREC run), .json (ILIAS). Annotations: "
            ".jsonl, else CSV. Labels: CSV."
        ),
    ],
    what: Annotated[
        What,
        typer.Option(
            help="scores: of every query's first `depth` candidates; annotations: all of them; "
            "patch: the labels they change; relevance: the whole relevance.csv with them."
        ),
    ] = "scores",
    depth: Annotated[
        int | None, typer.Option(help="Scores: candidates per query (default: 100).")
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(help="Annotations: only this author's (default: all; labels where all agree)"),
    ] = None,
    json_output: Json = False,
) -> None:
    """Write scores that `import` reads back exactly, or what annotators said."""
    _, bench = opener.open(ranking__depth=depth)
    facts: dict[str, object] = {"file": str(file), "what": what}
    try:
        if what == "scores":
            follow(_score(bench, file, bench.info.first_depth))
            facts |= {"n_queries": bench.info.n_queries, "scorer": bench.info.last_stage}
            sentence = f"The scores of {bench.info.n_queries:,} queries are in {file}"
        else:
            facts["n_rows"] = bench.labels.save(file, _kind(file, what), author)
            sentence = f"{facts['n_rows']:,} rows of {what} are in {file}"
    finally:
        bench.close()
    typer.echo(json.dumps(facts) if json_output else sentence)


def _kind(file: Path, what: str) -> str:
    if what != "annotations":
        return what
    return "jsonl" if file.suffix == ".jsonl" else "csv"


def _score(bench: Workbench, file: Path, depth: int) -> Iterator[Progress]:
    steps = bench.exchange.export_scores(file, depth)
    yield from bench.runs.build_index()
    yield from steps
