"""`benchmarks`: which benchmarks can be read, and what a folder holds of one."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.bench.benchmark_folders import known_benchmark, known_benchmarks, look
from core.bench.benchmark_rankings import RankingWork
from core.types.benchmarks import BenchmarkLook, KnownBenchmark, MeasuredRankings
from ui.commands.evaluate import share_text
from ui.commands.progress import follow
from ui.commands.shared import Json, exits

NAME = "benchmarks"
_N_NAMED = 10


def run(
    name: Annotated[
        str | None,
        typer.Argument(help="A benchmark, NAME or NAME:SPLIT, or auto; none lists them all."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Argument(help="Folder with its official files and images.")
    ] = None,
    rankings: Annotated[
        Path | None,
        typer.Option(
            help="Measure rankings made elsewhere: scores or lists as CSV, JSON Lines, JSON, TREC "
            "run, or what the benchmark's own script takes."
        ),
    ] = None,
    vectors: Annotated[
        Path | None,
        typer.Option(
            help="Rank these vectors (.npy, .npz, .safetensors, .parquet), a row per query and "
            "image, and measure the lists; no image is needed."
        ),
    ] = None,
    ids: Annotated[
        Path | None, typer.Option(help="Ids of the vectors' rows, where they lie elsewhere.")
    ] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write the rankings to this file, as --form says.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            help="trec, or what a benchmark's script takes: gldv2, circo, cirr, cirr-subset, "
            "ilias, revisited, disc21, product1m."
        ),
    ] = "trec",
    json_output: Json = False,
) -> None:
    """List the benchmarks that can be read, say what a folder holds of one, or measure rankings.

    No image is opened, and nothing is downloaded.
    """
    with exits(with_json=json_output):
        file = rankings or vectors
        if name is not None and folder is not None and file is not None:
            is_vectors = rankings is None
            work = RankingWork(name, folder, file, is_vectors, ids, write, form)
            follow(work.run())
            assert work.found is not None, "the work ends with what it found"
            found, text = asdict(work.found), measured_text(work.found)
        else:
            found, text = _answer(name, folder)
        typer.echo(json.dumps(found) if json_output else text)


def _answer(name: str | None, folder: Path | None) -> tuple[object, str]:
    """Return what was asked for as values that JSON can hold, and as text."""
    if name is None or folder is None:
        rows = known_benchmarks() if name is None else (known_benchmark(name),)
        return list(map(asdict, rows)), list_text(rows)
    found = look(name, folder)
    return asdict(found), look_text(found)


def list_text(rows: Sequence[KnownBenchmark]) -> str:
    """Return the table, a paragraph for each benchmark."""
    return "\n\n".join(map(_row_text, rows))


def look_text(found: BenchmarkLook) -> str:
    """Return what a folder holds, what is missing, and what would be computed."""
    row = found.benchmark
    lines = [
        f"{row.title}: {found.read}",
        f"queries   {found.n_queries_there:,} of {found.n_queries:,} have their picture here"
        + (f"; {found.n_texts:,} have a text" if found.n_texts else ""),
        f"database  {found.n_images_there:,} of {found.n_images:,} images are here",
        f"positives {found.n_positives:,} pairs of query and image",
    ]
    lines += [f"note      {one}" for one in found.notes]
    lines += [f"missing   {one}" for one in found.missing[:_N_NAMED]]
    if len(found.missing) > _N_NAMED:
        lines.append(f"missing   ... and {len(found.missing) - _N_NAMED:,} more")
    if found.refused:
        lines.append(found.refused)
    else:
        part = (
            " (on the images that are here: not the benchmark's numbers)" if found.missing else ""
        )
        lines.append(f"`evaluate --corpus FOLDER` would report{part}:")
    lines += [f"  {name} = {formula}" for name, formula, _ in row.measures]
    return "\n".join(lines)


def measured_text(found: MeasuredRankings) -> str:
    """Return the published numbers of rankings, a line each, and what they are over."""
    lines = [
        f"{found.title}: {found.benchmark}, {found.n_answered:,} of {found.n_queries:,} queries, "
        f"{found.n_database:,} database images"
    ]
    lines += [f"note: {one}" for one in found.notes]
    for one in found.values:
        value = f"{share_text(one.value)}  (n = {one.n:,})"
        lines.append(f"{one.name}  {one.problem or value}")
    return "\n".join(lines)


def _row_text(row: KnownBenchmark) -> str:
    splits = f":{'|'.join(row.splits)}" if row.splits else ""
    numbers = "; ".join(name for name, _, _ in row.measures)
    opened = "opens as a corpus" if row.opens else "is read, not opened"
    return "\n".join(
        (
            f"{row.name}{splits}  {row.title}",
            f"  known by  {row.signs}",
            f"  images    {row.layout}",
            f"  asks with {row.asks}; {opened}",
            f"  reports   {numbers}",
            f"  from      {row.home}",
            f"  licence   {row.licence}",
        )
    )
