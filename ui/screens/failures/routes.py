"""The routes of the Failures screen: selections on the descriptor map, the table of signals."""

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError, WorkspaceError
from core.types.maps import Projection
from ui.server.responses import answer, attachment, body_up_to, refusal, refusing
from ui.shared.screen import Page, read_state

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_BYTES = 512 * 1024
MAX_CORNERS = 5_000
_Body = Annotated[bytes | None, Depends(body_up_to(MAX_BYTES))]
_Corner = tuple[FiniteFloat, FiniteFloat]


class SelectRequest(BaseModel):
    """A line drawn on the map, in its coordinates."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    projection: Projection
    polygon: Annotated[tuple[_Corner, ...], Field(min_length=3, max_length=MAX_CORNERS)]


def add_confidence_route(router: APIRouter, page: Page) -> None:
    """Serve `confidence.csv?selection`: a row per query with every signal."""
    workbench = page.workbench

    @router.get("/confidence.csv")
    @refusing({SecondLookError: 422})
    def table(request: Request) -> Response:
        state = read_state(workbench, request.url.query)
        report = workbench.confidence.report(state.fusion, state.first_of)
        if report is None:
            return refusal("No first result is known yet.", 404)
        return attachment(workbench.confidence.csv(report), "confidence.csv", "text/csv")


def add_map_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `map/selections`: POST keeps one, DELETE of its id removes it."""

    @router.post("/map/selections")
    @refusing({WorkspaceError: 507, SecondLookError: 422})
    def select(body: _Body) -> Response:
        if body is None:
            return refusal("The line has too many corners; draw it again.", 413)
        try:
            asked = SelectRequest.model_validate_json(body)
        except ValidationError:
            return refusal("The line cannot be read; draw it again.", 400)
        made = workbench.maps.select(asked.projection, asked.polygon)
        return answer(
            {
                "slice": f"map:{made.selection_id}",
                "n_queries": len(made.query_ids),
                "n_images": made.n_images,
            }
        )

    @router.delete("/map/selections/{selection_id}")
    @refusing({OSError: 507}, lambda _: "The selection cannot be deleted: its file is in the way.")
    def remove(selection_id: str) -> Response:
        workbench.maps.remove(selection_id)
        return answer({})
