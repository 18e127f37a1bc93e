"""`serve`: the page, on this machine, with index and evaluation streaming in."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from ui.commands.shared import Opener

NAME = "serve"


def run(
    opener: Opener,
    *,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on (default: 127.0.0.1).")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port; 0 = any free one (default: 7860).")
    ] = None,
    auth_file: Annotated[
        Path | None, typer.Option(help="Lines made by `python app.py password`.")
    ] = None,
) -> None:
    """Open the bench in a browser; other machines only with --host and --auth-file."""
    from ui.launch import serve  # gradio is imported by the one verb that needs it

    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    settings, bench = opener.open(serve__host=host, serve__port=port, serve__auth_file=auth_file)
    chosen = settings.serve

    def started(url: str) -> None:
        typer.echo(f"Second Look is open at {url}  (stop with Ctrl+C)")
        bench.jobs.start_preparation()

    try:
        serve(bench, chosen.host, chosen.port, chosen.auth_file, started)
    finally:
        bench.close()
