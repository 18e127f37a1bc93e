"""The server's own routes: thumbnails, dropped and pasted queries, and the page's own files."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import plotly
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from core.errors import ImageError, SecondLookError
from ui.components.address import selection_script
from ui.render.annotate import LARGE_PX
from ui.render.query_panel import PICTURE_PX
from ui.render.strips import THUMBNAIL_PX
from ui.server.annotation_routes import add_annotation_routes
from ui.server.code_route import add_code_route
from ui.server.level_images import add_level_route
from ui.server.map_routes import add_map_routes
from ui.server.pictures import add_picture_routes
from ui.server.query_parts import add_query_routes
from ui.server.recipe_files import add_recipe_route
from ui.server.run_files import add_run_route
from ui.server.setting_routes import add_setting_routes
from ui.server.strip_cards import add_strip_route
from ui.server.tradeoff_file import add_tradeoff_route
from ui.set_requests import add_report_route

if TYPE_CHECKING:
    from core.workbench import Workbench

THUMBNAIL_SIDES = {str(side): side for side in (THUMBNAIL_PX, PICTURE_PX, LARGE_PX)}
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
FOREVER = "private, max-age=31536000, immutable"

_ASSETS = Path(__file__).resolve().parents[2] / "assets"
_STYLES = ("app", "overview", "pair", "perturb", "failures", "map", "annotate", "runs", "setting")
_SCRIPTS = (
    "app",
    "toast",
    "controls",
    "query-list",
    "pictures",
    "upload",
    "plots",
    "queries",
    "strips",
    "pair",
    "perturb",
    "map",
    "perturb-set",
    "annotate-outbox",
    "annotate-panels",
    "annotate-screen",
    "annotate",
    "annotate-input",
    "runs",
    "take-away",
    "setting",
)
_PLOTLY = Path(plotly.__file__).resolve().parent / "package_data" / "plotly.min.js"


def make_router(workbench: "Workbench") -> APIRouter:
    """Return the routes; ids are looked up by the workbench and never mapped to paths here."""
    router = APIRouter()

    @router.get("/thumbnail/{side}/{image_id:path}")
    def thumbnail(side: str, image_id: str) -> Response:
        return _thumbnail(workbench, side, image_id)

    @router.post("/uploads")
    async def upload(request: Request) -> Response:
        return await _upload(workbench, request)

    @router.get("/look/plotly.min.js")
    def plotly_js() -> Response:
        return FileResponse(
            _PLOTLY, media_type="text/javascript", headers={"Cache-Control": FOREVER}
        )

    add_level_route(router, workbench)
    add_recipe_route(router, workbench)
    add_report_route(router, workbench)
    add_annotation_routes(router, workbench)
    add_map_routes(router, workbench)
    add_tradeoff_route(router, workbench)
    add_picture_routes(router, workbench)
    add_run_route(router, workbench)
    add_code_route(router, workbench)
    add_query_routes(router, workbench)
    add_strip_route(router, workbench)
    add_setting_routes(router, workbench)
    return router


def _thumbnail(workbench: "Workbench", side: str, image_id: str) -> Response:
    side_px = THUMBNAIL_SIDES.get(side)
    if side_px is None:
        return _missing()
    try:
        path = workbench.queries.thumbnail(image_id, side_px)
    except SecondLookError:
        return _missing()
    return FileResponse(path, media_type="image/webp", headers={"Cache-Control": FOREVER})


async def _upload(workbench: "Workbench", request: Request) -> Response:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_UPLOAD_BYTES:
            return JSONResponse({"error": "The image is larger than 32 MB."}, 413)
    name = _printable(unquote(request.headers.get("x-file-name", "")))
    try:
        query_id = await run_in_threadpool(workbench.queries.add_upload, bytes(data), name)
    except ImageError as error:
        return JSONResponse({"error": str(error)}, 422)
    except SecondLookError as error:
        return JSONResponse({"error": str(error)}, 507)
    return JSONResponse({"query_id": query_id})


def head_html() -> str:
    """Return the page's head: own style and script, and Plotly by a versioned address.

    Gradio adds the head from JavaScript, where a script with an address would run later than the
    components that need it; one that stands in the head runs at once.
    """
    style = "\n".join((_ASSETS / f"{name}.css").read_text("utf-8") for name in _STYLES)
    script = "\n".join((_ASSETS / f"{name}.js").read_text("utf-8") for name in _SCRIPTS)
    version = hashlib.sha256(_PLOTLY.read_bytes()).hexdigest()[:12]
    return (
        f"<style>{style}</style><script>{selection_script()}\n{script}</script>"
        f'<script defer src="/look/plotly.min.js?v={version}"></script>'
    )


def _missing() -> Response:
    return JSONResponse({"error": "Not found."}, 404, headers={"Cache-Control": "no-store"})


def _printable(name: str) -> str:
    return "".join(char for char in name if char.isprintable())[:200] or "pasted image"
