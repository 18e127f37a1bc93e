"""`serve`: the page, on this machine, with index and evaluation streaming in."""

import gc
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from core.gc_pause import paused_collection
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
        typer.Option(
            help="Folder below which the page may open other corpora and models; repeatable."
        ),
    ] = None,
) -> None:
    """Open the bench in a browser; other machines only with --host and --auth-file."""
    with paused_collection():  # gradio is imported by the one verb that needs it
        from ui.server.launch import HEAD_START_S, serve

    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    own: dict[str, object] = {
        "serve__host": host,
        "serve__port": port,
        "serve__auth_file": auth_file,
        "serve__roots": root,
    }
    first_model: str | None = None
    states_cost = False
    while True:
        settings, bench = opener.open(**own)
        first_model = first_model or str(settings.model.name)
        bench.setting.offer(first_model)
        chosen = settings.serve
        addresses: list[str] = []
        if states_cost:
            prepare = bench.jobs.start_plan
        else:
            prepare = partial(bench.jobs.start_preparation, HEAD_START_S)
        started = partial(_started, prepare, addresses)
        try:
            serve(bench, chosen.host, chosen.port, chosen.auth_file, started)
        finally:
            bench.close()
        asked = bench.reopening.overrides
        if asked is None:
            return
        # The page comes back at the same address.
        own |= {"serve__port": urlsplit(addresses[0]).port, **asked}
        states_cost = bench.reopening.states_cost
        gc.collect()  # models are full of cycles, and the next one needs their room


def _started(prepare: Callable[[], None], addresses: list[str], address: str) -> None:
    addresses.append(address)
    typer.echo(f"Second Look is open at {address}  (stop with Ctrl+C)")
    prepare()
