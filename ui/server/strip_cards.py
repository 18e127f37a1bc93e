"""The server's route for the cards of a strip beyond the first ones."""

from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.errors import SecondLookError
from core.types.rankings import QueryView
from ui import messages
from ui.render.strips import SIDES, Side, render_cards
from ui.selection import ViewState
from ui.views.shared import read_state, thumbnail_urls

if TYPE_CHECKING:
    from core.workbench import Workbench

MAX_CARDS = 1000
"""Of one answer; a longer shortlist takes several."""


def add_strip_route(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `strip/SIDE?start=N&stop=M&...` with the selection's own fields behind it."""

    @router.get("/strip/{side}")
    def strip(request: Request, side: str, start: int = 0, stop: int = 0) -> Response:
        known: Side | None = next((one for one in SIDES if one == side), None)
        if known is None or not 0 <= start < stop <= start + MAX_CARDS:
            return _refused("There is no such strip.", 404)
        state = read_state(workbench, request.url.query)
        try:
            view = strip_view(workbench, state, known, stop)
        except SecondLookError as error:
            return _refused(messages.error_text(error), 422)
        if view is None:
            return _refused("No query is chosen, or it has no ranking yet.", 404)
        cards = render_cards(view, known, thumbnail_urls(workbench), start)
        return HTMLResponse(cards, headers={"Cache-Control": "no-store"})


def strip_view(
    workbench: "Workbench", state: ViewState, side: Side, limit: int
) -> QueryView | None:
    """Return the chosen query with a strip's first `limit` cards; None where there is no strip.

    Raises:
        SettingsError: The workspace has no scores of the third strip's scorer.
        ImageError: The query cannot be decoded.
    """
    if state.query is None or (side == "third" and state.third is None):
        return None
    fusion = state.fusion
    if side == "third" and state.third is not None:
        return workbench.scorers.inspect(state.third, state.query, fusion, limit)
    return workbench.queries.inspect(state.query, fusion, limit)


def _refused(error: str, status: int) -> Response:
    return JSONResponse({"error": error}, status, headers={"Cache-Control": "no-store"})
