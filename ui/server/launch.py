"""The server: Gradio mounted behind host check, headers, limits and, off loopback, a login."""

import ipaddress
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio.routes import App
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.routing import Mount

from core.errors import SettingsError
from core.gc_pause import paused_collection
from ui.layout import build_app
from ui.server.head import PageHead, head_html, style_html
from ui.server.images import MAX_UPLOAD_BYTES
from ui.server.login import USER_KEY, LoginGate
from ui.server.middleware import RequestLimits, SecurityHeaders
from ui.server.passwords import Credentials, read_credentials
from ui.server.routes import ALL, make_router
from ui.server.visitors import VisitorCookie
from ui.theme import make_theme

if TYPE_CHECKING:
    from core.workbench import Workbench

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_SHUTDOWN_S = 3
HEAD_START_S = 2.0
"""How long the preparation waits, so that a first page opens before models are loaded."""
_TURN_S = 5e-4
"""How long a thread keeps the interpreter when others wait. A page's requests change threads often,
and with Python's 5 ms each change waits that long while scores are computed."""


@paused_collection()
def create_server(
    workbench: "Workbench",
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    credentials: Credentials | None = None,
) -> FastAPI:
    """Return the whole server; from now on the process's threads change turns more often.

    Args:
        workbench: What the page shows; the caller starts its preparation and closes it.
        host: Address that the server will listen on; decides which Host headers are answered.
        port: Told to Gradio; nothing listens yet.
        credentials: Users; None = no login, on loopback only.

    Raises:
        SettingsError: A host other than loopback without credentials.
    """
    if credentials is None and not is_loopback(host):
        raise SettingsError(
            f"Host {host} is reachable by others: give --auth-file too, or leave --host out. "
            "`python app.py password USER` makes the file's lines."
        )
    sys.setswitchinterval(_TURN_S)
    server = FastAPI(title="Second Look", docs_url=None, redoc_url=None, openapi_url=None)
    server.include_router(make_router(workbench))
    gr.mount_gradio_app(
        server,
        build_app(workbench),
        path="/",
        server_name=host,
        server_port=port,
        app_kwargs={"docs_url": None, "redoc_url": None, "openapi_url": None},
        auth_dependency=_gated_user if credentials is not None else None,
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size="32mb",
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=make_theme(),
    )
    _forgive_late_cancels(server)
    # The last one added is the first one asked.
    server.add_middleware(PageHead, head=head_html(ALL), style=style_html())
    server.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    server.add_middleware(VisitorCookie)
    if credentials is not None:
        server.add_middleware(LoginGate, credentials=credentials)
    server.add_middleware(RequestLimits, max_bytes=MAX_UPLOAD_BYTES)
    server.add_middleware(SecurityHeaders)
    server.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed_hosts(host))
    return server


def serve(
    workbench: "Workbench",
    host: str,
    port: int,
    auth_file: Path | None,
    on_started: Callable[[str], None],
) -> None:
    """Serve the page until interrupted, or until the workbench is asked to open something else.

    Args:
        workbench: What the page shows.
        host: Loopback unless `auth_file` is given too.
        port: 0 = any free port.
        auth_file: Lines `user:hash`; None = no login.
        on_started: Called once with the page's address when it answers.

    Raises:
        SettingsError: The host, the port or the auth file cannot be used.
    """
    credentials = read_credentials(auth_file) if auth_file is not None else None
    listener = _listen(host, port)
    try:
        port = listener.getsockname()[1]
        app = create_server(workbench, host=host, port=port, credentials=credentials)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, timeout_graceful_shutdown=_SHUTDOWN_S
        )
        name = f"[{host}]" if ":" in host else host
        server = _Server(
            config, lambda: on_started(f"http://{name}:{port}"), workbench.reopening.switch
        )
        with workbench.uploads.cleaning():
            server.run(sockets=[listener])
    finally:
        listener.close()


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def allowed_hosts(host: str) -> list[str]:
    """Return the Host headers that are answered, against DNS rebinding.

    A server on all addresses cannot know its names. There the login is what keeps a rebound page
    out: the session cookie belongs to the true name.
    """
    if host in ("0.0.0.0", "::"):
        return ["*"]
    return list(dict.fromkeys([*LOOPBACK_HOSTS, host]))


class _Server(uvicorn.Server):
    """Uvicorn that tells when it answers, and ends when something else is to be opened."""

    def __init__(
        self, config: uvicorn.Config, on_started: Callable[[], None], switch: threading.Event
    ) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._switch = switch

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._switch.is_set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_started()


class _Iterators(dict[str, Any]):
    """Running generators by event id; one that has just ended may be removed twice."""

    def __delitem__(self, event_id: str) -> None:
        self.pop(event_id, None)


def _forgive_late_cancels(server: FastAPI) -> None:
    """Let a generator be cancelled while it ends.

    Gradio 6.31 looks an event's iterator up, waits for a lock and deletes it: when the event ends
    in between, the answer is 500 for what has happened as asked (`cancel_event` in its routes.py).
    """
    for route in server.routes:
        if isinstance(route, Mount) and isinstance(route.app, App):
            route.app.iterators = _Iterators(route.app.iterators)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. "
            "Choose another --port, or 0 for any free one."
        ) from error
    return listener


def _gated_user(request: Request) -> str | None:
    return request.scope.get(USER_KEY)
