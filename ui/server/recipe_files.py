"""The server's route for recipes as files: one saved recipe as JSON to download."""

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError
from ui.perturb_requests import find_recipe

if TYPE_CHECKING:
    from core.workbench import Workbench


def add_recipe_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `recipe?name=NAME` as a download; the name is looked up and never made a path."""

    @router.get("/recipe")
    def recipe(name: str = "") -> Response:
        try:
            found = find_recipe(workbench, name)
            text = workbench.robustness.save_recipe(found)
        except SecondLookError as error:
            return JSONResponse({"error": str(error)}, 404, headers={"Cache-Control": "no-store"})
        return Response(
            text,
            media_type="application/json",
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}.json",
                "Cache-Control": "no-store",
            },
        )
