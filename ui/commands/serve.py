"""`serve`: the page, on this machine, with index and evaluation streaming in."""

import logging
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from core.workbench import Workbench
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
    root: Annotated[
        list[Path] | None,
        typer.Option(help="Folder below which the page may open other corpora; repeatable."),
    ] = None,
) -> None:
    """Open the bench in a browser; other machines only with --host and --auth-file."""
    from ui.launch import serve  # gradio is imported by the one verb that needs it

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    own: dict[str, object] = {
        "serve__host": host,
        "serve__port": port,
        "serve__auth_file": auth_file,
        "serve__roots": root,
    }
    while True:
        settings, bench = opener.open(**own)
        chosen = settings.serve
        addresses: list[str] = []
        started = partial(_started, bench, addresses)
        try:
            serve(bench, chosen.host, chosen.port, chosen.auth_file, started)
        finally:
            bench.close()
        if bench.folders.requested is None:
            return
        # The page comes back at the same address; another corpus has a workspace of its own.
        own |= {"serve__port": urlsplit(addresses[0]).port}
        own |= {"corpus": bench.folders.requested, "workspace": None}


def _started(bench: Workbench, addresses: list[str], address: str) -> None:
    addresses.append(address)
    typer.echo(f"Second Look is open at {address}  (stop with Ctrl+C)")
    bench.jobs.start_preparation()
