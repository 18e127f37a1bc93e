"""The login in front of everything: pages, Gradio's own routes, thumbnails and uploads alike.

It sends browsers to relative addresses, which hold behind any prefix.

Gradio's `auth=` guards only some of its routes (not cancel, heartbeat, stream, monitoring), so
the whole server stands behind this gate instead.
"""

import hashlib
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar
from urllib.parse import quote

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server.cookies import Cookies
from ui.server.passwords import Credentials
from ui.shared.templates import make_environment, render
from ui.shared.text import ThumbnailUrls

COOKIE = "second_look_session"
USER_KEY = "second_look.user"
SESSION_S = 12 * 3600
MAX_SESSIONS = 1000
MAX_FAILURES, FAILURE_WINDOW_S = 10, 60.0
MAX_FORM_BYTES = 4096


@dataclass(frozen=True, slots=True)
class LoginPage:
    """The login page: no script, no file of its own; then the browser goes on to `target`."""

    template: ClassVar[str] = "frame/login.html"
    target: str
    problem: str = ""


def render_login(target: str, problem: str = "") -> str:
    """Return the login page."""
    return render(_templates(), LoginPage(target, problem))


@cache
def _templates() -> Environment:
    return make_environment(ThumbnailUrls(""), {})


class LoginGate:
    """ASGI middleware: a session cookie or the login page, nothing else.

    Sessions live in memory, by the hash of their token; a restart logs everyone out. After ten
    failures within a minute logins are refused until the minute is over.
    """

    def __init__(
        self,
        app: ASGIApp,
        credentials: Credentials,
        cookies: Cookies,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._cookies = cookies
        self._credentials = credentials
        self._now = now
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._failures: deque[float] = deque(maxlen=MAX_FAILURES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a known session through; answer everything else here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        request = Request(scope, receive)
        user = self._user(request.cookies.get(COOKIE, ""))
        if request.url.path == "/login":
            response = await self._login(request)
        elif user is None:
            response = _refuse(request)
        elif request.url.path == "/logout" and request.method == "POST":
            response = self._logout(request)
        else:
            scope[USER_KEY] = user
            await self._app(scope, receive, send)
            return
        await response(scope, receive, send)

    def _user(self, token: str) -> str | None:
        user, until = self._sessions.get(_key(token), ("", 0.0))
        return user if user and self._now() < until else None

    async def _login(self, request: Request) -> Response:
        target = _safe_target(request.query_params.get("next", "/"))
        if request.method != "POST":
            return HTMLResponse(render_login(target))
        while self._failures and self._now() - self._failures[0] > FAILURE_WINDOW_S:
            self._failures.popleft()
        if len(self._failures) == MAX_FAILURES:
            return HTMLResponse(render_login(target, "Too many attempts; wait a minute."), 429)
        if int(request.headers.get("content-length") or MAX_FORM_BYTES + 1) > MAX_FORM_BYTES:
            return HTMLResponse(render_login(target, "The form is too large."), 413)
        form = await request.form(max_files=0, max_fields=4)
        user, password = str(form.get("user", "")), str(form.get("password", ""))
        if not await run_in_threadpool(self._credentials.accepts, user, password):
            self._failures.append(self._now())
            return HTMLResponse(render_login(target, "User or password is wrong."), 401)
        response = RedirectResponse(f".{target}", 303)
        cookie = self._cookies.header(COOKIE, self._open(user), request.scope, SESSION_S)
        response.headers.append("set-cookie", cookie)
        return response

    def _open(self, user: str) -> str:
        token = secrets.token_urlsafe(32)
        self._sessions[_key(token)] = (user, self._now() + SESSION_S)
        while len(self._sessions) > MAX_SESSIONS:
            self._sessions.popitem(last=False)
        return token

    def _logout(self, request: Request) -> Response:
        self._sessions.pop(_key(request.cookies.get(COOKIE, "")), None)
        response = RedirectResponse("login", 303)
        response.headers.append("set-cookie", self._cookies.header(COOKIE, "", request.scope, 0))
        return response


def _refuse(request: Request) -> Response:
    if request.method == "GET" and request.url.path == "/":
        target = quote(f"/?{request.url.query}" if request.url.query else "/", safe="")
        return RedirectResponse(f"login?next={target}", 303)
    return JSONResponse({"error": "Log in first."}, 401)


def _safe_target(target: str) -> str:
    return target if target == "/" or target.startswith("/?") else "/"


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
