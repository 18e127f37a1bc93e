"""The server's route for damaged images: small WebP pictures of a sweep's levels."""

import math
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from PIL import Image
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError
from core.types.sweeps import SweepRequest
from ui.perturb_requests import requests_of, state_of
from ui.render.text import ThumbnailUrls, esc
from ui.views.shared import read_state

if TYPE_CHECKING:
    from core.workbench import Workbench

LevelUrl = Callable[[float, int], str]
STRIP_PX, PICTURE_PX = 160, 640
_SIDES = (STRIP_PX, PICTURE_PX)
_FOREVER = "private, max-age=31536000, immutable"


def add_level_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `level/SIDE?SELECTION&level=STRENGTH`; the selection is checked like the page's."""

    @router.get("/level/{side_px}")
    def level(side_px: int, request: Request) -> Response:
        return _level(workbench, side_px, request)


def level_url(request: SweepRequest, urls: ThumbnailUrls) -> LevelUrl:
    """Return a function of (strength, side in pixels) that gives a picture's address, escaped."""
    address = state_of(request).to_address()

    def url(strength: float, side_px: int) -> str:
        more = urlencode({"level": repr(strength), "v": urls.version})
        return esc(f"level/{side_px}?{address}&{more}")

    return url


def _level(workbench: "Workbench", side_px: int, request: Request) -> Response:
    state = read_state(workbench, request.url.query)
    strength = _strength(request.query_params.get("level", ""))
    if side_px not in _SIDES or strength is None or state.recipe is not None:
        return _missing()
    try:
        (asked,) = requests_of(workbench, state)
        pixels = workbench.robustness.level_image(asked, strength)
    except (SecondLookError, ValueError):  # ValueError: none asked for, or all ten
        return _missing()
    image = Image.fromarray(pixels)
    image.thumbnail((side_px, side_px))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=82, method=2)
    headers = {"Cache-Control": _FOREVER}
    return Response(buffer.getvalue(), media_type="image/webp", headers=headers)


def _strength(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _missing() -> Response:
    return JSONResponse({"error": "Not found."}, 404, headers={"Cache-Control": "no-store"})
