"""The server: Gradio mounted behind host check, headers, limits and, off loopback, a login."""

import errno
import ipaddress
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
import uvicorn
from fastapi import FastAPI
from gradio.routes import App
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.routing import Mount

from core.errors import SettingsError
from core.gc_pause import paused_collection
from ui.layout import build_app
from ui.server.addresses import (
    Addresses,
    KnownAddresses,
    PublicAddress,
    parse_origin,
    parse_public_url,
)
from ui.server.cookies import Cookies
from ui.server.head import PageHead, head_html, style_html
from ui.server.images import MAX_UPLOAD_BYTES
from ui.server.login import USER_KEY, LoginGate
from ui.server.middleware import RequestLimits, SecurityHeaders
from ui.server.passwords import Credentials, read_credentials
from ui.server.routes import ALL, make_router
from ui.server.visitors import VisitorCookie
from ui.theme import make_theme

if TYPE_CHECKING:
    from core.settings import ServeSettings
    from core.workbench import Workbench

_SHUTDOWN_S = 1
HEAD_START_S = 2.0
"""How long the preparation waits, so that a first page opens before models are loaded."""
_N_NEXT = 20
"""Ports that are tried, from the default on, where nobody asked for one."""
_PORTS = 65536
_TURN_S = 5e-4
"""How long a thread keeps the interpreter when others wait. A page's requests change threads often,
and with Python's 5 ms each change waits that long while scores are computed."""


@dataclass(frozen=True, slots=True)
class Serving:
    """Where the page is served, and to whom.

    `host` is what the server listens on, `port` 0 for any free one. `public` are addresses behind a
    proxy. `credentials` are the users, None for no login: on loopback only, and with public
    addresses only where the proxy logs people in (`login_by_proxy`). `embed_from` are origins whose
    pages may show this one in a frame; `embed_near` the same of this machine, whose frames get
    ordinary cookies. `certificate` and `key` are files in PEM, for https without
    a proxy.
    """

    host: str = "127.0.0.1"
    port: int = 0
    public: tuple[PublicAddress, ...] = ()
    credentials: Credentials | None = None
    login_by_proxy: bool = False
    embed_from: tuple[str, ...] = ()
    embed_near: tuple[str, ...] = ()
    certificate: Path | None = None
    key: Path | None = None

    @property
    def addresses(self) -> Addresses:
        """Every name that is answered."""
        return Addresses(self.host, self.public)

    def require_login(self) -> None:
        """Do nothing where nobody but the user, or those who log in, can open the page.

        Raises:
            SettingsError: Others could.
        """
        if self.login_by_proxy and not is_loopback(self.host):
            raise SettingsError(
                "--login-by-proxy needs a server that only the proxy can reach, and others can "
                f"reach host {self.host}; leave --host out, or give --auth-file instead."
            )
        if self.credentials is not None:
            return
        if not is_loopback(self.host):
            raise SettingsError(
                f"Host {self.host} is reachable by others: give --auth-file too, or leave --host "
                "out. `python app.py password USER` makes the file's lines."
            )
        if self.public and not self.login_by_proxy:
            raise SettingsError(
                f"{self.public[0].url} is reachable by others: give --auth-file too, or "
                "--login-by-proxy where the proxy itself logs people in."
            )


LOCAL = Serving()
"""This machine alone, without a login."""


def serving_of(chosen: "ServeSettings") -> Serving:
    """Return where the settings say that the page is served, and to whom.

    Raises:
        SettingsError: An address, an origin, the auth file or the certificate cannot be used.
    """
    if (chosen.certificate is None) != (chosen.key is None):
        raise SettingsError("A certificate needs its key: give --certificate and --key together.")
    auth_file = chosen.auth_file
    return Serving(
        host=chosen.host,
        port=chosen.port,
        public=tuple(map(parse_public_url, chosen.public_urls)),
        credentials=None if auth_file is None else read_credentials(auth_file),
        login_by_proxy=chosen.login_by_proxy,
        embed_from=tuple(map(parse_origin, chosen.embed_from)),
        certificate=chosen.certificate,
        key=chosen.key,
    )


@paused_collection()
def create_server(workbench: "Workbench", serving: Serving = LOCAL) -> FastAPI:
    """Return the whole server; from now on the process's threads change turns more often.

    Args:
        workbench: What the page shows; the caller starts its preparation and closes it.
        serving: Where and to whom; nothing listens yet.

    Raises:
        SettingsError: Others could open the page without a login.
    """
    serving.require_login()
    credentials, addresses = serving.credentials, serving.addresses
    cookies = Cookies(is_framed=bool(serving.embed_from))
    sys.setswitchinterval(_TURN_S)
    server = FastAPI(title="Second Look", docs_url=None, redoc_url=None, openapi_url=None)
    server.include_router(make_router(workbench))
    gr.mount_gradio_app(
        server,
        build_app(workbench),
        path="/",
        server_name=serving.host,
        server_port=serving.port,
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
    server.add_middleware(VisitorCookie, cookies=cookies)
    if credentials is not None:
        server.add_middleware(LoginGate, credentials=credentials, cookies=cookies)
    server.add_middleware(RequestLimits, max_bytes=MAX_UPLOAD_BYTES, addresses=addresses)
    server.add_middleware(
        SecurityHeaders, addresses=addresses, embed_from=(*serving.embed_from, *serving.embed_near)
    )
    server.add_middleware(KnownAddresses, addresses=addresses)
    return server


def serve(
    workbench: "Workbench",
    serving: Serving,
    on_started: Callable[[str], None],
    *,
    next_free: bool = False,
) -> None:
    """Serve the page until interrupted, or until the workbench is asked to open something else.

    Args:
        workbench: What the page shows.
        serving: Where and to whom.
        on_started: Called once with the page's own address when it answers.
        next_free: Take one of the next ports where the one that is set is in use.

    Raises:
        SettingsError: The host, the port or the certificate cannot be used, or others could open
            the page without a login.
    """
    serving.require_login()
    host = serving.host
    listener = bound(host, serving.port, _N_NEXT if next_free else 1)
    try:
        port = listener.getsockname()[1]
        app = create_server(workbench, replace(serving, port=port))
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=_SHUTDOWN_S,
            proxy_headers=False,  # nothing that a request says of itself is believed
            ssl_certfile=serving.certificate,
            ssl_keyfile=serving.key,
        )
        _load_certificate(config)
        name = f"[{host}]" if ":" in host else host
        address = f"{'http' if serving.certificate is None else 'https'}://{name}:{port}"
        server = _Server(config, lambda: on_started(address), workbench.reopening.switch)
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


def _load_certificate(config: uvicorn.Config) -> None:
    try:
        config.load()
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or "unreadable"
        raise SettingsError(
            f"The certificate {config.ssl_certfile} with key {config.ssl_keyfile} cannot be used "
            f"({reason}); give both files in PEM, unencrypted."
        ) from error


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


def bound(host: str, port: int, n_tries: int = 1) -> socket.socket:
    """Return a socket bound to the port, or to one of the next where it is in use.

    Raises:
        SettingsError: None of them can be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for tried in range(port, min(port + n_tries, _PORTS)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, tried))
        except OSError as error:
            listener.close()
            if error.errno == errno.EADDRINUSE and tried + 1 < min(port + n_tries, _PORTS):
                continue
            raise SettingsError(
                f"Cannot listen on {host}:{tried}: {error.strerror or error}. "
                "Choose another --port, or 0 for any free one."
            ) from error
        return listener
    raise SettingsError(f"There is no port {port}; choose one from 0 to {_PORTS - 1}.")


def _gated_user(request: Request) -> str | None:
    return request.scope.get(USER_KEY)
