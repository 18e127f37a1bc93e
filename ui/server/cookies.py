"""How the server's own cookies are written."""

from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Scope


@dataclass(frozen=True, slots=True)
class Cookies:
    """Cookies of one server.

    `is_framed` is whether pages of other origins may show it: its cookies must then be sent within
    their frames, which browsers allow over https alone, to each such page its own.
    """

    is_framed: bool = False

    def header(self, name: str, value: str, scope: Scope, max_age: int) -> str:
        """Return a Set-Cookie header for scripts never to read, sent to this server's paths alone.

        Args:
            name: Of the cookie.
            value: A token; an empty one takes the cookie away.
            scope: Of the request: its scheme, and the prefix that a proxy puts in front.
            max_age: Seconds.
        """
        answer = Response()
        answer.set_cookie(
            name,
            value,
            max_age=max_age,
            path=scope.get("root_path") or "/",
            httponly=True,
            samesite="none" if self.is_framed else "lax",
            secure=self.is_framed or scope.get("scheme") == "https",
        )
        header = answer.headers["set-cookie"]
        return f"{header}; Partitioned" if self.is_framed else header
