"""`check`: the scorer's self-test."""

import json

import typer

from ui.commands.shared import Json, Opener

NAME = "check"
REFUSED = 1


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Test whether the model tells identical, random and swapped pairs apart; exit 1 if not."""
    _, bench = opener.open()
    try:
        result = bench.runs.self_test()
    finally:
        bench.close()
    typer.echo(json.dumps(result) if json_output else f"{result['verdict']}: {result['reason']}")
    if result["verdict"] != "passed":
        raise typer.Exit(REFUSED)
