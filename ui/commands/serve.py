"""`serve`: the page, on this machine, with index and evaluation streaming in."""

import gc
import logging
import webbrowser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from core.gc_pause import paused_collection
from ui.commands.shared import Opener

if TYPE_CHECKING:
    from core.settings import ServeSettings

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
    public_url: Annotated[
        list[str] | None,
        typer.Option(
            help="Address of the page behind a proxy, with its prefix; needs --auth-file or "
            "--login-by-proxy; repeatable."
        ),
    ] = None,
    login_by_proxy: Annotated[
        bool, typer.Option(help="The proxy logs people in; only it may reach this machine's port.")
    ] = False,
    embed_from: Annotated[
        list[str] | None,
        typer.Option(help="Origin whose pages may show the page in a frame; repeatable."),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate in PEM: https without a proxy.")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="The certificate's private key in PEM.")] = None,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in a browser.")
    ] = False,
    root: Annotated[
        list[Path] | None,
        typer.Option(
            help="Folder below which the page may open other corpora and models; repeatable."
        ),
    ] = None,
) -> None:
    """Open the bench in a browser; other machines only with --host and --auth-file."""
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s")
    own: dict[str, object] = {
        "serve__host": host,
        "serve__port": port,
        "serve__auth_file": auth_file,
        "serve__public_urls": tuple(public_url) if public_url else None,
        "serve__login_by_proxy": login_by_proxy or None,
        "serve__embed_from": tuple(embed_from) if embed_from else None,
        "serve__certificate": certificate,
        "serve__key": key,
        "serve__roots": root,
    }
    _serve_each(opener, own, open_browser=open_browser)


def _serve_each(opener: Opener, own: dict[str, object], *, open_browser: bool) -> None:
    """Serve a bench, and every further one that the page asks for, at the same address.

    Args:
        opener: Opens benches.
        own: Settings by key, with `__` for dots.
        open_browser: Whether a browser is started with the first.
    """
    with paused_collection():  # gradio is imported by the one verb that needs it
        from ui.server.launch import HEAD_START_S, serve, serving_of

    first_model: str | None = None
    states_cost = False
    addresses: list[str] = []
    while True:
        settings, bench = opener.open(**own)
        first_model = first_model or str(settings.model.name)
        bench.setting.offer(first_model)
        if states_cost:
            prepare = bench.jobs.start_plan
        else:
            prepare = partial(bench.jobs.start_preparation, HEAD_START_S)
        started = partial(_started, prepare, addresses, settings.serve, open_browser)
        next_free = "port" not in settings.serve.model_fields_set  # nobody asked for one
        try:
            serve(bench, serving_of(settings.serve), started, next_free=next_free)
        finally:
            bench.close()
        asked = bench.reopening.overrides
        if asked is None:
            return
        # The page comes back at the same address.
        own = {**own, "serve__port": urlsplit(addresses[0]).port, **asked}
        states_cost = bench.reopening.states_cost
        gc.collect()  # models are full of cycles, and the next one needs their room


def _started(
    prepare: Callable[[], None],
    addresses: list[str],
    chosen: "ServeSettings",
    open_browser: bool,
    address: str,
) -> None:
    is_first = not addresses
    addresses[:] = [address]
    public = " and ".join(chosen.public_urls)
    behind = f", behind a proxy at {public}" if public else ""
    typer.echo(f"Second Look is open at {address}{behind}  (stop with Ctrl+C)")
    if urlsplit(address).port != chosen.port and chosen.port:
        typer.echo(f"Port {chosen.port} is in use, so it took the next free one.")
    if chosen.login_by_proxy:
        typer.echo("There is no login here: --login-by-proxy says that the proxy logs people in.")
    if open_browser and is_first:
        webbrowser.open(address)
    prepare()
