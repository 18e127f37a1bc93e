"""The page in a notebook's cell: `show()` serves it from the kernel until the kernel ends."""

import asyncio
import atexit
import importlib.util
import os
import threading
import time
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from core.errors import SettingsError
from core.opened import Corpus, open_bench
from ui.server.launch import Serving, bound, create_server

if TYPE_CHECKING:
    from core.notebook.bench import Bench

_START_S = 60.0
_NEAR = ("'self'", "http://127.0.0.1:*", "http://localhost:*")
"""Who may show the page in a frame: notebooks on this machine, and a proxy that both are behind."""
_HUB_PREFIX = "JUPYTERHUB_SERVICE_PREFIX"


@dataclass(eq=False)
class Shown:
    """A page that is served; a notebook shows it in a frame.

    `bench` is the same bench for cells of code, `address` where the page is as the notebook's
    browser reaches it. `close` ends both; they end with the kernel too.
    """

    bench: "Bench"
    port: int
    prefix: str
    height_px: int
    _server: uvicorn.Server
    _thread: threading.Thread | None

    @property
    def address(self) -> str:
        """Where a browser finds the page: below the hub's prefix, or on this machine."""
        return self.prefix or f"http://127.0.0.1:{self.port}/"

    def _repr_html_(self) -> str:
        """Return a frame with the page, and a link to it."""
        address = escape(self.address, quote=True)
        return (
            f'<iframe src="{address}" title="Second Look" width="100%" '
            f'height="{self.height_px}" style="border:1px solid #ccc"></iframe>'
            f'<p><a href="{address}" target="_blank" rel="noopener">open it in a tab</a></p>'
        )

    def close(self) -> None:
        """Stop serving and close the bench; does nothing a second time."""
        if self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._thread = None
        self.bench.close()


def show(
    corpus: Corpus | Path | str | None = None,
    *,
    model: str | None = None,
    depth: int | None = None,
    settings: dict[str, object] | None = None,
    height_px: int = 900,
) -> Shown:
    """Serve the page on a free port of this machine and return what a notebook shows of it.

    Behind JupyterHub it is reached through jupyter-server-proxy, which must be installed there.

    Args:
        corpus: As `core.open_bench` takes it, like the next three.
        model: See there.
        depth: See there.
        settings: See there.
        height_px: Of the frame.

    Raises:
        SettingsError: A setting cannot be used, or the server did not start.
        ManifestError: The corpus cannot be read; all faults are listed.
        WorkspaceError: The workspace is in use, damaged or cannot be written.
    """
    hub = _hub()
    bench = open_bench(corpus, model=model, depth=depth, settings=settings)
    try:
        listener = bound("127.0.0.1", 0)
        port = listener.getsockname()[1]
        app = create_server(bench.workbench, Serving(port=port, embed_near=_NEAR))
        config = uvicorn.Config(app, log_level="warning", access_log=False, proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(
            target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True
        )
        thread.start()
        _wait(server, thread)
    except BaseException:
        bench.close()
        raise
    bench.workbench.jobs.start_preparation()
    shown = Shown(bench, port, f"{hub}/proxy/{port}/" if hub else "", height_px, server, thread)
    atexit.register(shown.close)
    return shown


def _wait(server: uvicorn.Server, thread: threading.Thread) -> None:
    until = time.monotonic() + _START_S
    while not server.started:
        if not thread.is_alive() or time.monotonic() > until:
            raise SettingsError(
                "The page's server did not start; `python app.py` in a terminal says why."
            )
        time.sleep(0.02)


def _hub() -> str:
    """Return the path of the user's server behind JupyterHub; empty on this machine.

    Raises:
        SettingsError: There is a hub, and nothing that leads from it to a port.
    """
    prefix = os.environ.get(_HUB_PREFIX)
    if not prefix:
        return ""
    if importlib.util.find_spec("jupyter_server_proxy") is None:
        raise SettingsError(
            "JupyterHub reaches the page through jupyter-server-proxy, which is not installed; run "
            "`python -m pip install jupyter-server-proxy` and start the server again."
        )
    return prefix.rstrip("/")
