"""`index`: encode what is not yet stored and build the local index."""

import json
from dataclasses import asdict
from typing import Any

import typer

from core.types.corpus_report import CorpusReport
from ui.commands.progress import follow
from ui.commands.shared import Json, Opener
from ui.corpus_words import report_lines

NAME = "index"


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Encode the corpus: visual tokens, descriptors and the index; resumes where it stopped."""
    _, bench = opener.open()
    try:
        follow(bench.runs.build_index())
        counts = bench.runs.index_counts()
        report = bench.corpus.report()
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps(counts | {"corpus": as_json(report)}))
        return
    typer.echo(
        f"{counts['n_searchable']} images in the index, {counts['n_encoded']} newly encoded in "
        f"{counts['seconds']:.1f} s, {counts['bytes_per_image']:.0f} bytes per image."
    )
    for line in report_lines(report):
        typer.echo(line)


def as_json(report: CorpusReport) -> dict[str, Any]:
    """Return the report as plain values, with the labels' source in words."""
    return asdict(report) | {"labels_from": report.labels_from.text}
