"""The names by which the server is reached: its own, and those of a proxy in front of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import SettingsError

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_EVERYWHERE = ("0.0.0.0", "::")
_SCHEMES = ("http", "https")
# What a proxy says of a request. Nothing of it is believed: the public addresses say it all, and
# anybody could write these headers.
_UNTRUSTED = (b"forwarded", b"x-forwarded-", b"x-gradio-server", b"x-original-", b"x-rewrite-")
_MOST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """An address of the page behind a proxy: `https://bench.lab.org/second-look`.

    `netloc` is the name with its port where that is not the scheme's own; `prefix` the path without
    a final slash, empty at the top.
    """

    scheme: str
    netloc: str
    prefix: str

    @property
    def hostname(self) -> str:
        """The name without the port, as in a Host header."""
        return _hostname(self.netloc)

    @property
    def url(self) -> str:
        """The address with a final slash, as it is opened."""
        return f"{self.scheme}://{self.netloc}{self.prefix}/"


def parse_public_url(text: str) -> PublicAddress:
    """Return the parts of a public address.

    Raises:
        SettingsError: It is no plain http or https address.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    is_plain = parts.scheme in _SCHEMES and parts.hostname and not (parts.query or parts.fragment)
    if not is_plain or parts.username is not None or ".." in parts.path.split("/"):
        raise SettingsError(
            f"'{text[:_MOST_SHOWN]}' is no public address; write it as it is typed into a browser, "
            "such as https://bench.lab.org or https://bench.lab.org/second-look."
        )
    name = str(parts.hostname)
    name = f"[{name}]" if ":" in name else name
    own_port = {"http": 80, "https": 443}[parts.scheme]
    netloc = name if port in (None, own_port) else f"{name}:{port}"
    return PublicAddress(parts.scheme, netloc, parts.path.rstrip("/"))


def parse_origin(text: str) -> str:
    """Return an origin as a policy names it: scheme and name, without a path.

    Raises:
        SettingsError: It is none.
    """
    found = parse_public_url(text)
    if found.prefix:
        raise SettingsError(
            f"'{text[:_MOST_SHOWN]}' is no origin; leave the path out: {found.scheme}://{found.netloc}"
        )
    return f"{found.scheme}://{found.netloc}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every name that is answered.

    `host` is what the server listens on. On all addresses it cannot know its names, so any is
    answered; there the login is what keeps a rebound page out: the session cookie belongs to the
    true name.
    """

    host: str
    public: tuple[PublicAddress, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Host names without ports, loopback first; `*` where any is answered."""
        if self.host in _EVERYWHERE:
            return ("*",)
        more = (self.host, *(one.hostname for one in self.public))
        return tuple(dict.fromkeys((*LOOPBACK_HOSTS, *more)))

    def of_host(self, host: str) -> tuple[PublicAddress, ...]:
        """Return the public addresses that a Host header may stand for, the exact one first."""
        named = [one for one in self.public if one.hostname == _hostname(host)]
        return tuple(sorted(named, key=lambda one: one.netloc != host.lower()))

    def answers(self, host: str) -> bool:
        """Return whether a Host header is answered."""
        return "*" in self.names or _hostname(host) in self.names

    def is_own_origin(self, origin: str, host: str) -> bool:
        """Return whether an Origin header is the page itself, at one of its addresses."""
        parts = urlsplit(origin)
        if parts.netloc == host and not self.of_host(host):
            return True
        return any((parts.scheme, parts.netloc) == (one.scheme, one.netloc) for one in self.public)


class KnownAddresses:
    """ASGI middleware: refuses unknown names, and brings a request to the server's own paths.

    A proxy may take the prefix away or leave it; either way the app sees `/...`, with the prefix as
    `root_path` where the name tells it. Scheme and prefix come from the public address alone, never
    from what the request says of itself.
    """

    def __init__(self, app: ASGIApp, addresses: Addresses) -> None:
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a known request on, and answer others here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if not self._addresses.answers(host):
            await self._refuse(host, scope, receive, send)
            return
        known = self._addresses.of_host(host) or self._addresses.public
        inner, moved = _brought_home(scope, known, is_named=bool(self._addresses.of_host(host)))
        if moved is not None:
            await moved(scope, receive, send)
            return
        await self._app(inner, receive, send)

    async def _refuse(self, host: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        shown = host[:_MOST_SHOWN] or "no name"
        names = ", ".join(self._addresses.names)
        text = (
            f"This server answers to {names}, not to {shown}. If that is its name behind a proxy, "
            f"start it with --public-url https://{shown}"
        )
        await JSONResponse({"error": text}, 400)(scope, receive, send)


def _brought_home(
    scope: Scope, known: Sequence[PublicAddress], *, is_named: bool
) -> tuple[Scope, Response | None]:
    """Return the request as the app knows it, or where the browser should go instead.

    Args:
        scope: As it came.
        known: Public addresses that it may be of.
        is_named: Whether its Host header names one of them.
    """
    path: str = scope["path"]
    found = next((one for one in known if one.prefix and _is_below(path, one.prefix)), None)
    if found is not None and path == found.prefix:  # own addresses are relative to the folder
        return scope, RedirectResponse(f"{found.prefix}/", 307)
    headers = [(k, v) for k, v in scope["headers"] if not k.lower().startswith(_UNTRUSTED)]
    inner = {**scope, "headers": headers}
    of = found or (known[0] if is_named else None)
    if of is not None:
        inner |= {"scheme": of.scheme, "root_path": of.prefix}
    if found is not None:
        stripped = path.removeprefix(found.prefix)
        inner |= {"path": stripped, "raw_path": stripped.encode()}
    return inner, None


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _hostname(host: str) -> str:
    """Return a Host header without its port, in small letters."""
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
