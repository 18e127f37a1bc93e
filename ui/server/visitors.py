"""Whose request it is: the login's user, or else a browser, known by a cookie of its own.

The cookie says nothing about a person. Stored with an upload is only the hash of the cookie, so
that nobody who reads the workspace can take a browser's place.
"""

import hashlib
import re
import secrets
from contextvars import ContextVar

from gradio.context import LocalContext
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.types.visitors import SCRIPT, Visitor
from ui.server.cookies import Cookies
from ui.server.login import USER_KEY

COOKIE = "second_look_visitor"
KEY = "second_look.visitor"
_LIFETIME_S = 365 * 24 * 3600
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_SETTING_PATHS = ("/", "/uploads")
"""Only these answers set the cookie: a page's many requests come at once, and one of them wins."""


_CURRENT: ContextVar[Visitor] = ContextVar("visitor", default=SCRIPT)


class VisitorCookie:
    """ASGI middleware that notes whose each request is; stands behind the login."""

    def __init__(self, app: ASGIApp, cookies: Cookies) -> None:
        self._app = app
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note the visitor, and give a browser that has none its cookie."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        user: str | None = scope.get(USER_KEY)
        if user is not None:
            self._note(scope, f"user:{user}")
            await self._app(scope, receive, send)
            return
        token = HTTPConnection(scope).cookies.get(COOKIE, "")
        is_known = _TOKEN.fullmatch(token) is not None
        token = token if is_known else secrets.token_urlsafe(32)
        self._note(scope, f"browser:{hashlib.sha256(token.encode()).hexdigest()[:32]}")
        root = scope.get("root_path", "")
        sets = not is_known and scope["path"].removeprefix(root) in _SETTING_PATHS
        cookie = self._cookies.header(COOKIE, token, scope, _LIFETIME_S) if sets else ""

        async def send_with_cookie(message: Message) -> None:
            if cookie and message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("set-cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    def _note(self, scope: Scope, owner: str) -> None:
        """Tell the routes, which run in this request's context, and Gradio's events later on."""
        scope[KEY] = Visitor(owner)
        _CURRENT.set(scope[KEY])


def current_visitor() -> Visitor:
    """Return whose request is answered, or whose event Gradio runs; else a script's.

    An event of Gradio's queue runs in a task that may have been started by another's request, so
    the event's own request is asked first.
    """
    event = LocalContext.request.get(None)
    request = None if event is None else getattr(event, "request", None)
    if request is not None:
        return request.scope.get(KEY, SCRIPT)
    return _CURRENT.get()
