"""`benchmarks`: which benchmarks can be read, and what a folder holds of one."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.bench.benchmark_folders import known_benchmark, known_benchmarks, look
from core.types.benchmarks import BenchmarkLook, KnownBenchmark
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
    json_output: Json = False,
) -> None:
    """List the benchmarks that can be read, or say what a folder holds of one.

    Nothing is computed from images, and nothing is downloaded.
    """
    with exits(with_json=json_output):
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
