"""`verify`: every file of the workspace against its checksum."""

import json

import typer

from ui.commands.shared import Json, Opener

NAME = "verify"
DAMAGED = 1


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Read all stored files again; exit 1 if one is damaged or missing."""
    _, bench = opener.open()
    try:
        checked = list(bench.runs.verify())
    finally:
        bench.close()
    damaged = {one.file: one.problem for one in checked if one.problem is not None}
    if json_output:
        typer.echo(json.dumps({"n_files": len(checked), "damaged": damaged}))
    else:
        for file, problem in damaged.items():
            typer.echo(f"{file} {problem}")
        typer.echo(f"{len(checked)} files checked, {len(damaged)} damaged.")
    if damaged:
        typer.echo(
            "Delete the damaged files' folders in the workspace and run the command that made "
            "them again.",
            err=True,
        )
        raise typer.Exit(DAMAGED)
