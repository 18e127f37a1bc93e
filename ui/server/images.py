"""The server's routes for images: thumbnails, whole pictures, damaged levels, uploads, crops."""

import json
import math
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Depends, Request
from starlette.responses import FileResponse, JSONResponse, Response

from core.errors import ImageError, SecondLookError, UnknownImageError
from core.types.corpus import Box
from ui import messages
from ui.screens.perturb.selection import PICTURE_PX, STRIP_PX, requests_of
from ui.server.responses import FOREVER, body_up_to, picture, refusal, refusing
from ui.server.visitors import current_visitor
from ui.shared.screen import read_state
from ui.shared.text import LARGE_PX, QUERY_PX, THUMBNAIL_PX

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_UPLOAD_BYTES = 32 * 1024 * 1024
_MAX_SIDE_PX = 16_383  # the most that WebP holds
_THUMBNAILS_PX = (THUMBNAIL_PX, QUERY_PX, LARGE_PX)
_THUMBNAIL_SIDES = {str(side): side for side in _THUMBNAILS_PX}
_NOT_FOUND = "Not found."
_Upload = Annotated[bytes | None, Depends(body_up_to(MAX_UPLOAD_BYTES))]
_Crop = Annotated[bytes | None, Depends(body_up_to(8192))]


def add_image_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve images by id, and damaged ones by selection, which is checked like the page's."""
    refusing_unknown = refusing({SecondLookError: 404}, lambda _: _NOT_FOUND)
    may_see = workbench.uploads.may_see

    @router.get("/thumbnail/{side}/{image_id:path}")
    @refusing_unknown
    def thumbnail(side: str, image_id: str) -> Response:
        side_px = _THUMBNAIL_SIDES.get(side)
        if side_px is None or not may_see(image_id, current_visitor()):
            return refusal(_NOT_FOUND, 404)
        path = workbench.queries.thumbnail(image_id, side_px)
        return FileResponse(path, media_type="image/webp", headers=FOREVER)

    @router.get("/picture/{image_id:path}")
    @refusing_unknown
    def whole(image_id: str) -> Response:
        if not may_see(image_id, current_visitor()):
            return refusal(_NOT_FOUND, 404)
        return picture(workbench.pairs.pixels(image_id), _MAX_SIDE_PX, quality=92)

    @router.get("/level/{side_px}")
    @refusing({SecondLookError: 404, ValueError: 404}, lambda _: _NOT_FOUND)
    def level(side_px: int, request: Request) -> Response:
        # ValueError: the strength is no number, or not one sweep alone is asked for.
        state = read_state(workbench, request.url.query)
        strength = float(request.query_params.get("level", ""))
        known = side_px in (STRIP_PX, PICTURE_PX) and math.isfinite(strength)
        if not known or state.recipe is not None:
            return refusal(_NOT_FOUND, 404)
        (asked,) = requests_of(workbench, state)
        return picture(workbench.robustness.level_image(asked, strength), side_px, quality=82)


def add_upload_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Take an image as a query, and remove one that the same visitor uploaded."""

    @router.post("/uploads")
    def upload(request: Request, body: _Upload) -> Response:
        if body is None:
            return JSONResponse({"error": "The image is larger than 32 MB."}, 413)
        name = _printable(unquote(request.headers.get("x-file-name", "")))
        try:
            query_id = workbench.queries.add_upload(body, name, current_visitor())
            return JSONResponse({"query_id": query_id})
        except ImageError as error:
            return JSONResponse({"error": str(error)}, 422)
        except SecondLookError as error:
            return JSONResponse({"error": str(error)}, 507)

    @router.delete("/uploads/{image_id:path}")
    @refusing({UnknownImageError: 404, SecondLookError: 507})
    def remove(image_id: str) -> Response:
        workbench.uploads.remove(image_id, current_visitor())
        return JSONResponse({"removed": image_id})


def add_crop_route(router: APIRouter, workbench: "Workbench") -> None:
    """Take `{"image": ID, "box": [x0, y0, x1, y1]}` as a part of an image."""

    @router.post("/crops")
    def crop(body: _Crop) -> Response:
        asked = _crop_asked(body or b"")
        if asked is None:
            text = "A crop is an image and a box of four whole numbers."
            return JSONResponse({"error": text}, 422)
        if not workbench.uploads.may_see(asked[0], current_visitor()):
            return JSONResponse({"error": messages.NO_SUCH_IMAGE}, 404)
        try:
            return JSONResponse({"image": workbench.pairs.crop(*asked)})
        except SecondLookError as error:
            return JSONResponse({"error": str(error)}, 422)


def _crop_asked(body: bytes) -> tuple[str, Box] | None:
    """Return what the body asks for; it comes from the browser and is not trusted."""
    try:
        document: Any = json.loads(body)
        image_id, corners = document["image"], document["box"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(image_id, str) or not isinstance(corners, list) or len(corners) != 4:
        return None
    if not all(type(corner) is int for corner in corners):
        return None
    return image_id, Box(*corners)


def _printable(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:200] or "pasted image"
