"""`import`: scores, vectors, lists or confidences made elsewhere become a part of the bench."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from core.workbench import Workbench
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener

NAME = "import"
Kind = Literal["scores", "descriptors", "shortlists", "confidence"]


def run(
    opener: Opener,
    *,
    file: Annotated[
        Path,
        typer.Argument(
            help="Scores and shortlists: CSV, JSONL or JSON with query, image, score; a TREC run; "
            "or ILIAS JSON. Descriptors: .npy, .npz, .safetensors or .parquet, a row per image. "
            "Confidence: CSV, JSONL, JSON or Parquet with query, confidence."
        ),
    ],
    kind: Annotated[
        Kind,
        typer.Option(
            "--as",
            help="scores: a second stage; descriptors: vectors of the first stage; shortlists: "
            "whole lists of the first stage; confidence: a number per query.",
        ),
    ] = "scores",
    name: Annotated[
        str | None, typer.Option(help="What the import is called (default: the file's name).")
    ] = None,
    ids: Annotated[
        Path | None,
        typer.Option(
            help="Descriptors: the rows' image ids, one a line (default: in the file, beside it, "
            "or all images in the order of their ids)."
        ),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="The name may stand for another file until now.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Check a file against the corpus and make it `import:NAME`."""
    _, bench = opener.open()
    try:
        chosen = bench.exchange.import_name(file, name)
        facts, sentences = _KINDS[kind](bench, file, chosen, ids, replace)
    finally:
        bench.close()
    if facts["assumed"]:
        typer.echo(f"{facts['assumed']}.", err=True)
    if json_output:
        typer.echo(json.dumps(facts))
        return
    for sentence in filter(None, sentences):
        typer.echo(sentence)


def _scores(
    bench: Workbench, file: Path, name: str, _ids: Path | None, replace: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    follow(bench.exchange.import_scores(file, name, replace=replace))
    record = bench.exchange.imported(name)
    missing = record.n_queries_missing
    return {**asdict(record), "scorer": f"import:{name}"}, (
        f"{record.n_pairs:,} scores of {record.n_queries:,} queries read as {record.format}; use "
        f"them with --scorer import:{name}",
        f"{missing:,} of {bench.info.n_queries:,} queries have no score in it" if missing else "",
    )


def _descriptors(
    bench: Workbench, file: Path, name: str, ids: Path | None, replace: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    follow(bench.exchange.import_vectors(file, name, ids=ids, replace=replace))
    record = bench.exchange.imported_vectors(name)
    missing = record.n_database_missing
    return {**asdict(record), "descriptor": f"import:{name}"}, (
        f"{record.n_vectors:,} vectors of {record.dimension:,} numbers read as {record.format}; "
        f"use them with --descriptor import:{name}",
        f"{missing:,} database images have no vector and cannot be found" if missing else "",
        "uploads and damaged images have no vector of this descriptor: neither can be searched "
        "for or swept",
    )


def _shortlists(
    bench: Workbench, file: Path, name: str, _ids: Path | None, replace: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    follow(bench.exchange.import_shortlists(file, name, replace=replace))
    record = bench.exchange.imported_shortlists(name)
    facts: dict[str, Any] = {**asdict(record), "shortlists": f"import:{name}"}
    facts["queries"] = len(record.queries)
    return facts, (
        f"{len(record.queries):,} lists of {record.n_shortest:,} images and more read as "
        f"{record.format}; use them with --shortlists import:{name}",
        "uploads have no list and cannot be searched for",
    )


def _confidence(
    bench: Workbench, file: Path, name: str, _ids: Path | None, replace: bool
) -> tuple[Mapping[str, Any], tuple[str, ...]]:
    bench.exchange.import_confidence(file, name, replace=replace)
    record = bench.exchange.imported_confidence(name)
    facts: dict[str, Any] = {**asdict(record), "confidence": f"import:{name}"}
    n = facts["n_queries"] = len(facts.pop("values"))
    missing = record.n_queries_missing
    return facts, (
        f"Numbers of {n:,} queries read as {record.format}; they are the confidence import:{name}",
        f"{missing:,} of {bench.info.n_queries:,} queries have none in it" if missing else "",
    )


_KINDS = {
    "scores": _scores,
    "descriptors": _descriptors,
    "shortlists": _shortlists,
    "confidence": _confidence,
}
