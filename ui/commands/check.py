"""`check`: the scorer's self-test."""

import json
from dataclasses import asdict

import typer

from core.errors import ModelError
from ui.commands.progress import Opening
from ui.commands.shared import Json, Opener
from ui.shared.model_words import model_line

NAME = "check"
REFUSED = 1


def run(
    opener: Opener,
    *,
    json_output: Json = False,
) -> None:
    """Say what the model is and takes, then test whether it tells pairs apart; exit 1 if not."""
    _, bench = opener.open()
    try:
        facts = bench.setting.diagnose(Opening())
        if facts is not None and facts.problem is not None:
            raise ModelError(facts.problem)
        if facts is not None:
            typer.echo(model_line(facts), err=True)
        result = bench.runs.self_test()
    finally:
        bench.close()
    if facts is not None:
        result["model"] = asdict(facts)
    typer.echo(json.dumps(result) if json_output else f"{result['verdict']}: {result['reason']}")
    if result["verdict"] != "passed":
        raise typer.Exit(REFUSED)
