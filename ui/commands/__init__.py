"""The command line: one file per verb; everything is done by the workbench it is handed."""

import typer

from ui.commands import (
    benchmarks,
    check,
    confidence,
    evaluate,
    evidence,
    export,
    figures,
    fit,
    import_scores,
    index,
    password,
    robustness,
    serve,
    sweep,
    tradeoff,
    verify,
)
from ui.commands.shared import OpenBench, shared_options

_VERBS = (
    serve,
    index,
    evaluate,
    sweep,
    check,
    verify,
    tradeoff,
    fit,
    evidence,
    confidence,
    robustness,
    figures,
    import_scores,
    export,
)
COMMANDS = (
    "serve",
    "index",
    "evaluate",
    "sweep",
    "check",
    "verify",
    "tradeoff",
    "fit",
    "evidence",
    "confidence",
    "robustness",
    "figures",
    "import",
    "export",
    "benchmarks",
    "password",
)


def build_cli(open_bench: OpenBench) -> typer.Typer:
    """Return the command line over a function that opens workbenches."""
    cli = typer.Typer(
        help="A bench for debugging image retrieval with MLLM re-ranking.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for verb in _VERBS:
        cli.command(verb.NAME)(shared_options(verb.run, open_bench))
    cli.command(benchmarks.NAME)(benchmarks.run)
    cli.command(password.NAME)(password.run)
    return cli
