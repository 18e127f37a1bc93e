"""The server's own routes, and the head of the page with its style and scripts."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import plotly
from fastapi import APIRouter
from starlette.responses import FileResponse, Response

from ui.components.address import selection_script
from ui.server.annotation_routes import add_annotation_routes
from ui.server.code_route import add_code_route
from ui.server.downloads import add_download_routes
from ui.server.images import add_image_routes, add_upload_routes
from ui.server.map_routes import add_map_routes
from ui.server.query_parts import add_query_routes
from ui.server.responses import FOREVER
from ui.server.setting_routes import add_setting_routes

if TYPE_CHECKING:
    from core.workbench import Workbench

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

    @router.get("/look/plotly.min.js")
    def plotly_js() -> Response:
        return FileResponse(_PLOTLY, media_type="text/javascript", headers=FOREVER)

    add_image_routes(router, workbench)
    add_upload_routes(router, workbench)
    add_query_routes(router, workbench)
    add_annotation_routes(router, workbench)
    add_map_routes(router, workbench)
    add_download_routes(router, workbench)
    add_code_route(router, workbench)
    add_setting_routes(router, workbench)
    return router


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
