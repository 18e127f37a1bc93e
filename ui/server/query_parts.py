"""The server's routes for a chosen query: panel and strips first, then rank flow, more cards."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError, SettingsError
from core.types.rankings import QueryView
from ui import messages
from ui.components.plot import figure_json
from ui.figures.rank_flow import rank_flow
from ui.render.query_panel import render_nothing, render_query
from ui.render.strips import SIDES, Side, render_cards, render_strip
from ui.render.third import render_third_choice
from ui.selection import ViewState
from ui.server.responses import FRESH, answer, html_answer, refusal, refusing
from ui.shared.screen import read_state, thumbnail_urls
from ui.shared.text import ThumbnailUrls

if TYPE_CHECKING:
    from core.workbench import Workbench

FIRST_CARDS = 24
"""Of a strip; more are fetched by `assets/strips.js` when its end comes near."""
WAITING = "index"
"""What `pending` is while there is no index, so that nothing can be scored yet."""
_MAX_CARDS = 1000  # of one answer; a longer shortlist takes several


@dataclass(frozen=True, slots=True)
class QueryParts:
    """What the Queries view shows of one query, as escaped HTML; empty where there is nothing.

    `choice` is the list of scorers for a third strip. `pending` names the query and depth whose
    pairs are still to be scored, and is empty when all are.
    """

    panel: str
    before: str = ""
    after: str = ""
    choice: str = ""
    third: str = ""
    pending: str = ""


def add_query_routes(router: APIRouter, workbench: "Workbench") -> None:
    """Serve `query/parts?...`, `query/flow?...`, `strip/SIDE?start=N&stop=M&...` of a selection.

    `assets/queries.js` asks for them itself: an event of Gradio's takes longer to be sent and shown
    than the answer to be made (tests/benchmarks/RESULTS.md).
    """
    urls = thumbnail_urls(workbench)

    @router.get("/query/parts")
    def parts(request: Request) -> Response:
        return answer(asdict(show_query(workbench, urls, request.url.query)))

    @router.get("/query/flow")
    def flow(request: Request) -> Response:
        figure = show_flow(workbench, request.url.query)
        return Response(figure, media_type="application/json", headers=FRESH)

    @router.get("/strip/{side}")
    @refusing({SecondLookError: 422})
    def strip(request: Request, side: str, start: int = 0, stop: int = 0) -> Response:
        known: Side | None = next((one for one in SIDES if one == side), None)
        if known is None or not 0 <= start < stop <= start + _MAX_CARDS:
            return refusal("There is no such strip.", 404)
        view = strip_view(workbench, read_state(workbench, request.url.query), known, stop)
        if view is None:
            return refusal("No query is chosen, or it has no ranking yet.", 404)
        return html_answer(render_cards(view, known, urls, start))


def show_query(workbench: "Workbench", urls: ThumbnailUrls, address: str) -> QueryParts:
    """Return the chosen query, its strips, and what of it is still to be scored."""
    state = read_state(workbench, address)
    if state.query is None:
        return QueryParts(render_nothing(messages.NO_QUERY))
    try:
        fusion = state.fusion
        view = workbench.queries.inspect(state.query, fusion, FIRST_CARDS)
        choice, third = show_third(workbench, urls, state)
    except SecondLookError as error:
        return QueryParts(render_nothing(messages.error_text(error), error=True))
    if not view.n_shortlist:
        waiting = render_query(view, urls) + render_nothing(messages.NO_INDEX)
        return QueryParts(waiting, pending=WAITING)
    return QueryParts(
        panel=render_query(view, urls),
        before=render_strip(view, "before", urls),
        after=render_strip(view, "after", urls),
        choice=choice,
        third=third,
        pending=f"{state.depth}|{state.query}" if view.n_pending else "",
    )


def show_flow(workbench: "Workbench", address: str) -> str:
    """Return the chosen query's rank flow as JSON; empty where `show_query` says why there is none.

    It takes longer to make and to draw than all cards, so it is asked for when they are painted.
    """
    state = read_state(workbench, address)
    if state.query is None:
        return ""
    try:
        view = workbench.queries.inspect(state.query, state.fusion, 1)
    except SecondLookError:
        return ""
    return figure_json(rank_flow(view)) if view.n_shortlist else ""


def show_third(workbench: "Workbench", urls: ThumbnailUrls, state: ViewState) -> tuple[str, str]:
    """Return the choice of a third strip's scorer, and the strip or why there is none."""
    entries = workbench.scorers.entries()
    choice = render_third_choice(entries)
    if state.third is None:
        return choice, ""
    try:
        view = strip_view(workbench, state, "third", FIRST_CARDS)
    except SettingsError as error:  # an address may name a scorer of another workspace
        return choice, render_nothing(messages.error_text(error), error=True)
    names = {entry.scorer_id: entry.name for entry in entries}
    if view is None:
        return choice, ""
    return choice, render_strip(view, "third", urls, names.get(state.third, state.third))


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
    if side == "third" and state.third is not None:
        return workbench.scorers.inspect(state.third, state.query, state.fusion, limit)
    return workbench.queries.inspect(state.query, state.fusion, limit)
