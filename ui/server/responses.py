"""How the routes read a body, what they answer with, and how they refuse."""

from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from io import BytesIO
from typing import Annotated, Any, ParamSpec
from urllib.parse import quote

import numpy as np
from fastapi import Header
from numpy.typing import NDArray
from PIL import Image
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.errors import SecondLookError
from ui import messages

UNREADABLE = "Unreadable request."
FRESH = {"Cache-Control": "no-store"}
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
"""For what has a version in its address."""
Tab = Annotated[str, Header(alias="X-Tab", max_length=64, pattern="^[0-9A-Za-z-]*$")]
"""The browser's tab that asks, whose work it is."""
_Asked = ParamSpec("_Asked")
_Route = Callable[_Asked, Response]


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes | None]]:
    """Return a dependency that reads the body, or None where it has more than `limit` bytes."""

    async def read(request: Request) -> bytes | None:
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > limit:
                return None
        return bytes(data)

    return read


def answer(fields: Mapping[str, Any]) -> Response:
    """Return fields as JSON, never kept."""
    return JSONResponse(fields, headers=FRESH)


def html_answer(html: str) -> Response:
    """Return a piece of the page, never kept."""
    return HTMLResponse(html, headers=FRESH)


def picture(pixels: NDArray[np.uint8], side_px: int, quality: int) -> Response:
    """Return (H, W, 3) pixels as WebP, made smaller where a side is longer than `side_px`."""
    image = Image.fromarray(pixels)
    image.thumbnail((side_px, side_px))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=2)
    return Response(buffer.getvalue(), media_type="image/webp", headers=FOREVER)


def attachment(data: str | bytes, name: str, media_type: str) -> Response:
    """Return a file to download under `name`, which may hold any character."""
    disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": disposition, **FRESH}
    return Response(data, media_type=media_type, headers=headers)


def refusal(text: str, status: int, **more: object) -> Response:
    """Return one sentence as JSON: `{"error": text}`, and what else the script needs."""
    return JSONResponse({"error": text, **more}, status, headers=FRESH)


def said(error: Exception) -> str:
    """Return what a refusal says of an error of ours, or of a body that is no request."""
    return messages.error_text(error) if isinstance(error, SecondLookError) else UNREADABLE


def refusing(
    statuses: Mapping[type[Exception], int], text: Callable[[Any], str] = messages.error_text
) -> Callable[[_Route[_Asked]], _Route[_Asked]]:
    """Make a route refuse where it raises one of these; the first that fits gives the status.

    Args:
        statuses: By class of error, the special before the general; others pass.
        text: What the refusal says of the error.
    """

    def decorate(route: _Route[_Asked]) -> _Route[_Asked]:
        @wraps(route)
        def guarded(*args: _Asked.args, **kwargs: _Asked.kwargs) -> Response:
            try:
                return route(*args, **kwargs)
            except tuple(statuses) as error:
                fits = (status for kind, status in statuses.items() if isinstance(error, kind))
                return refusal(text(error), next(fits))

        return guarded

    return decorate
