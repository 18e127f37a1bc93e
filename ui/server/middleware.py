"""What every answer of the server carries, and what no request may do."""

from collections.abc import Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.server.addresses import Addresses

# Gradio starts its page from inline scripts and compiles components' JavaScript in the browser.
_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors "
)
_OPENER = "Cross-Origin-Opener-Policy"
"""Left out on plain http but for loopback: browsers ignore it there, and say so on the console."""
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    _OPENER: "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Parts of Gradio that the page does not use: file serving, uploads, proxies, monitoring.
_CLOSED = (
    "/gradio_api/upload",
    "/gradio_api/file",
    "/gradio_api/proxy",
    "/gradio_api/stream",
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
    "/gradio_api/dev",
    "/gradio_api/custom_component",
    "/gradio_api/component_server",
    "/gradio_api/process_recording",
    "/gradio_api/run-history",
    "/gradio_api/runs",
    "/gradio_api/deep_link",
    "/gradio_api/mcp",
    "/gradio_api/profiling",
    "/monitoring",
)
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SecurityHeaders:
    """ASGI middleware that adds the headers above to every answer.

    Args:
        app: What answers.
        addresses: By which the page is reached.
        embed_from: Origins whose pages may show this one in a frame; none by default.
    """

    def __init__(self, app: ASGIApp, addresses: Addresses, embed_from: Sequence[str] = ()) -> None:
        self._app = app
        self._is_plain = any(one.scheme == "http" for one in addresses.public)
        self._headers = _HEADERS | {"Content-Security-Policy": f"{_POLICY}{_frames(embed_from)}"}
        if not embed_from:
            self._headers["X-Frame-Options"] = "DENY"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_trusted = scope["scheme"] == "https" or self._is_local(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    if name != _OPENER or is_trusted:
                        headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _is_local(self, scope: Scope) -> bool:
        """Return whether the browser is on this machine: a proxy may have put our own name."""
        host = Headers(scope=scope).get("host", "")
        return not self._is_plain and Addresses("127.0.0.1").answers(host)


class RequestLimits:
    """ASGI middleware that refuses closed routes, other sites' writes, and oversized bodies."""

    def __init__(self, app: ASGIApp, max_bytes: int, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request here; pass all others on."""
        if scope["type"] == "http":
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> JSONResponse | None:
        headers = Headers(scope=scope)
        if scope["path"].startswith(_CLOSED):
            return JSONResponse({"error": "Not found."}, 404)
        if scope["method"] not in _SAFE_METHODS and not self._is_own(headers):
            return JSONResponse({"error": "Requests from other sites are refused."}, 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self._max_bytes:
            return JSONResponse({"error": "The request is too large."}, 413)
        return None

    def _is_own(self, headers: Headers) -> bool:
        """Return whether the page itself asks, and no other site.

        `Sec-Fetch-Site` is the browser's own word, which no page can write; it also holds where a
        proxy changed the Host header. Browsers leave it out on plain http, and then Origin decides.
        """
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        origin = headers.get("origin")
        return origin is None or self._addresses.is_own_origin(origin, headers.get("host", ""))


def _frames(embed_from: Sequence[str]) -> str:
    return " ".join(embed_from) or "'none'"
