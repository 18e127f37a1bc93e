"""The server's routes of the descriptor map: keep what was selected on it, delete a selection."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from core.errors import SecondLookError, WorkspaceError
from core.types.maps import Projection

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_BYTES = 512 * 1024
MAX_CORNERS = 5_000
_Corner = tuple[FiniteFloat, FiniteFloat]


class SelectRequest(BaseModel):
    """A line drawn on the map, in its coordinates."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    projection: Projection
    polygon: Annotated[tuple[_Corner, ...], Field(min_length=3, max_length=MAX_CORNERS)]


def add_map_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `map/selections`: POST keeps one, DELETE of its id removes it."""

    @router.post("/map/selections")
    async def select(request: Request) -> Response:
        data = bytearray()
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_BYTES:
                return _refusal("The line has too many corners; draw it again.", 413)
        try:
            asked = SelectRequest.model_validate_json(bytes(data))
        except ValidationError:
            return _refusal("The line cannot be read; draw it again.", 400)
        return await run_in_threadpool(_select, workbench, asked)

    @router.delete("/map/selections/{selection_id}")
    def remove(selection_id: str) -> Response:
        try:
            workbench.maps.remove(selection_id)
        except OSError:
            return _refusal("The selection cannot be deleted: its file is in the way.", 507)
        return JSONResponse({}, headers={"Cache-Control": "no-store"})


def _select(workbench: "Workbench", asked: SelectRequest) -> Response:
    try:
        made = workbench.maps.select(asked.projection, asked.polygon)
    except WorkspaceError as error:
        return _refusal(str(error), 507)
    except SecondLookError as error:
        return _refusal(str(error), 422)
    return JSONResponse(
        {
            "slice": f"map:{made.selection_id}",
            "n_queries": len(made.query_ids),
            "n_images": made.n_images,
        },
        headers={"Cache-Control": "no-store"},
    )


def _refusal(text: str, status: int) -> JSONResponse:
    return JSONResponse({"error": text}, status, headers={"Cache-Control": "no-store"})
