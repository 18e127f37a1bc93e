"""The head of the page: style and scripts, and the routes that serve them."""

import gzip
import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import plotly
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.selection import FIELDS, VIEWS, names_of
from ui.server.parts import parts_table
from ui.server.responses import FOREVER, refusal
from ui.shared.screen import Screen
from ui.theme import font_addresses

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_STYLES = (
    *("app", "zoom", "overview", "pair", "perturb", "failures", "map", "annotate", "runs", "setup"),
)
_HEAD, _BODY = b"<script>window.gradio_config", b"<gradio-app"
"""What stands in Gradio's page after the place of our head, and of our style."""
_ADDRESS = b"<script>window.gradio_api_info"
"""What stands after Gradio's settings, which say where the page is."""
_HERE = b"<script>gradio_config.root = new URL('.', location.href).href.slice(0, -1)</script>"
"""Where the page is, as the browser knows it: no server can, behind a proxy with a prefix."""
_AT_THE_TOP = (
    (re.compile(rb'const root = "[^"]*";'), b"const root = gradio_config.root;"),
    (re.compile(rb'href="/manifest.json"'), b'href="manifest.json"'),
)
"""Addresses in Gradio's page that do not hold behind a prefix, and what does."""
_PLOTLY = {
    "basic": _ASSETS / "vendor" / "plotly-basic.min.js",
    "whole": Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js",
}
"""Plotly with the traces that all figures but a large descriptor map are made of, and all of it."""


def add_script_routes(router: APIRouter) -> None:
    """Serve the page's modules and Plotly by versioned addresses, to be kept for ever."""
    modules = {_name(path): path.read_bytes() for path in _modules()}
    current = _version(*_modules())

    @router.get("/look/plotly-{name}.js")
    def plotly_js(request: Request, name: str) -> Response:
        if name not in _PLOTLY:
            return refusal("There is no such script; load the page again.", 404)
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return FileResponse(_PLOTLY[name], media_type="text/javascript", headers=FOREVER)
        headers = {**FOREVER, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        return Response(_small_plotly(name), media_type="text/javascript", headers=headers)

    @router.get("/js/{version}/{name:path}")
    def module(version: str, name: str) -> Response:
        if name not in modules or version != current:
            return refusal("There is no such script; load the page again.", 404)
        return Response(modules[name], media_type="text/javascript", headers=FOREVER)


def style_html() -> str:
    """Return the page's style."""
    files = ((_ASSETS / f"{name}.css").read_text("utf-8") for name in _STYLES)
    views = (f'html[data-view="{view}"] #sl-view-{view}' for view in VIEWS)
    return "\n".join([*files, f"{', '.join(views)} {{ display: flex !important; }}"])


def head_html(screens: Sequence[Screen]) -> str:
    """Return the page's head: the table of fields and parts, and the modules."""
    folder = f"js/{_version(*_modules())}"
    fonts = "".join(  # before the first text is laid out, so that no line breaks anew
        f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{address}">'
        for address in font_addresses()
    )
    preloads = "".join(
        f'<link rel="modulepreload" href="{folder}/{_name(path)}">' for path in _modules()
    )
    return (
        f'<link rel="icon" href="favicon.ico">{fonts}{preloads}'
        f'<script type="application/json" id="sl-fields">{fields_table(screens)}</script>'
        f'<script type="module" src="{folder}/main.js"></script>'
    )


class PageHead:
    """ASGI middleware that puts head and style into the page.

    Gradio adds a head of its own from JavaScript, after its own modules are loaded; one that
    stands in the page is read at once, so that pictures are asked for while Gradio starts. The
    style stands in the body, after all that Gradio adds to the head, so that it has the last word.
    """

    def __init__(self, app: ASGIApp, head: str, style: str) -> None:
        self._app = app
        self._head = head.encode()
        self._style = f"<style>{style}</style>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; of the page itself, insert the head into the answer."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
                return
            if message["type"] != "http.response.body":  # of a test client
                await send(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            page = bytes(body)
            for absolute, here in _AT_THE_TOP:
                page = absolute.sub(here, page)
            for marker, more in ((_HEAD, self._head), (_ADDRESS, _HERE), (_BODY, self._style)):
                page = page.replace(marker, more + marker, 1)
            headers = [
                (name, value) for name, value in start["headers"] if name != b"content-length"
            ]
            length = (b"content-length", str(len(page)).encode())
            await send({**start, "headers": [*headers, length]})
            await send({"type": "http.response.body", "body": page})

        await self._app(scope, receive, collect)


def fields_table(screens: Sequence[Screen]) -> str:
    """Return the fields and parts as JSON, for `assets/js/fields.js`."""
    table = {
        "parts": parts_table(screens),
        "groups": {group: names_of(group) for field in FIELDS for group in field.of.split()},
        "voids": {field.name: field.voids.split() for field in FIELDS if field.voids},
        "plotly": {name: f"look/plotly-{name}.js?v={_version(at)}" for name, at in _PLOTLY.items()},
    }
    return json.dumps(table)


def _modules() -> list[Path]:
    return sorted((_ASSETS / "js").rglob("*.js"))


def _name(module: Path) -> str:
    """Return a module's name in its address: `main.js`, `annotate/walk.js`."""
    return module.relative_to(_ASSETS / "js").as_posix()


@cache
def _small_plotly(name: str) -> bytes:
    """Return Plotly compressed, once per process: a third of its bytes."""
    return gzip.compress(_PLOTLY[name].read_bytes(), 9)


def _version(*paths: Path) -> str:
    """Return a text that differs when a file does."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()[:12]
