"""The server's routes for pictures at full size, and for crops of them."""

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from PIL import Image
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError
from core.types.corpus import Box
from ui.render.text import ThumbnailUrls, esc

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_SIDE_PX = 16_383  # the most that WebP holds
_MAX_BODY_BYTES = 8192
_FOREVER = "private, max-age=31536000, immutable"


def add_picture_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `picture/ID` and take `POST crops` with `{"image": ID, "box": [x0, y0, x1, y1]}`."""

    @router.get("/picture/{image_id:path}")
    def picture(image_id: str) -> Response:
        return _picture(workbench, image_id)

    @router.post("/crops")
    async def crop(request: Request) -> Response:
        return await _crop(workbench, request)


def picture_url(image_id: str, urls: ThumbnailUrls) -> str:
    """Return the address of a picture at full size, safe inside an attribute."""
    return esc(f"picture/{quote(image_id, safe='/')}?v={quote(urls.version)}")


def _picture(workbench: "Workbench", image_id: str) -> Response:
    try:
        pixels = workbench.pairs.pixels(image_id)
    except SecondLookError:
        return JSONResponse({"error": "Not found."}, 404, headers={"Cache-Control": "no-store"})
    image = Image.fromarray(pixels)
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX))
    buffer = BytesIO()
    image.save(buffer, "WEBP", quality=92, method=2)
    headers = {"Cache-Control": _FOREVER}
    return Response(buffer.getvalue(), media_type="image/webp", headers=headers)


async def _crop(workbench: "Workbench", request: Request) -> Response:
    asked = await _asked(request)
    if asked is None:
        return JSONResponse({"error": "A crop is an image and a box of four whole numbers."}, 422)
    try:
        image_id = await run_in_threadpool(workbench.pairs.crop, *asked)
    except SecondLookError as error:
        return JSONResponse({"error": str(error)}, 422)
    return JSONResponse({"image": image_id})


async def _asked(request: Request) -> tuple[str, Box] | None:
    """Return what the body asks for; it comes from the browser and is not trusted."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
    try:
        document: Any = json.loads(bytes(body))
        image_id, corners = document["image"], document["box"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(image_id, str) or not isinstance(corners, list) or len(corners) != 4:
        return None
    if not all(type(corner) is int for corner in corners):
        return None
    return image_id, Box(*corners)
