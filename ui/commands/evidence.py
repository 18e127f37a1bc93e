"""`evidence`: list, export and import fits."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from core.errors import ExchangeError
from ui.commands.fit import as_text
from ui.commands.shared import Json, Opener

NAME = "evidence"


def run(
    opener: Opener,
    *,
    export: Annotated[
        str | None, typer.Option(help="Name of a fit that is written to --out, else to stdout.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File that --export writes.")] = None,
    import_file: Annotated[
        Path | None, typer.Option("--import", help="File that --export wrote elsewhere.")
    ] = None,
    remove: Annotated[
        str | None, typer.Option(help="Name of a fit of this workspace that is deleted.")
    ] = None,
    json_output: Json = False,
) -> None:
    """List the fits of evidence that a pipeline may name, or carry one elsewhere."""
    _, bench = opener.open()
    try:
        if import_file is not None:
            bench.evidence.bring(_read(import_file))
        if remove is not None:
            bench.evidence.remove(remove)
        if export is not None:
            _write(bench.evidence.export(export), out)
            return
        fits = bench.evidence.fits()
    finally:
        bench.close()
    if json_output:
        typer.echo(json.dumps([asdict(fit) for fit in fits]))
        return
    none = "No fit of evidence yet; make one with `fit NAME`."
    typer.echo("\n\n".join(map(as_text, fits)) or none)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ExchangeError(f"File {path} cannot be read: {error.strerror}.") from error


def _write(content: bytes, path: Path | None) -> None:
    if path is None:
        typer.echo(content.decode())
        return
    try:
        path.write_bytes(content)
    except OSError as error:
        raise ExchangeError(f"File {path} cannot be written: {error.strerror}.") from error
    typer.echo(f"Written to {path}.", err=True)
