"""The server's own routes, put together."""

from typing import TYPE_CHECKING

from fastapi import APIRouter

from ui.frame.screen import FRAME
from ui.screens import SCREENS
from ui.screens.failures.routes import add_map_routes
from ui.screens.overview.routes import add_keep_route
from ui.server.downloads import add_download_routes
from ui.server.head import add_script_routes
from ui.server.images import add_crop_route, add_image_routes, add_upload_routes
from ui.server.jobs import add_job_routes
from ui.server.paper_routes import add_paper_routes
from ui.server.parts import add_part_routes
from ui.shared.screen import make_page

if TYPE_CHECKING:
    from core.workbench import Workbench


ALL = (*SCREENS, FRAME)
"""Everything that is made of parts: the screens, and what surrounds them."""


def make_router(workbench: "Workbench") -> APIRouter:
    """Return the routes; ids are looked up by the workbench and never mapped to paths here."""
    router = APIRouter()

    add_script_routes(router)
    page = make_page(workbench, ALL)
    add_part_routes(router, page, ALL)
    add_job_routes(router, page, SCREENS)
    for screen in SCREENS:
        if screen.routes is not None:
            screen.routes(router, page)
    add_image_routes(router, workbench)
    add_upload_routes(router, workbench)
    add_crop_route(router, workbench)
    add_map_routes(router, workbench)
    add_keep_route(router, workbench)
    add_download_routes(router, workbench)
    add_paper_routes(router, workbench)
    return router
