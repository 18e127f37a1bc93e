"""What the Queries screen shows: the list, one query with its strips, and the rank flow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, get_args

import plotly.graph_objects as go
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from core.errors import SecondLookError, SettingsError
from core.types.composed import TextReading
from core.types.failures import QuerySlice
from core.types.jobs import JobView
from core.types.rankings import FAILURE_CLASSES, QueryRow, QueryView
from core.types.scorers import DESCRIPTOR_ID, ScorerEntry
from ui import messages
from ui.screens.queries import words
from ui.screens.queries.asked import add_asked_route, show_asked
from ui.screens.queries.figure import height_px, rank_flow
from ui.selection import ViewState
from ui.server.responses import html_answer, refusal, refusing
from ui.shared.screen import Asked, Job, Page, Part, Screen, read_state
from ui.shared.strips import Side, Strip, cards, stage_strip, strip

if TYPE_CHECKING:
    from core.workbench import Workbench

FIRST_CARDS = 24
"""Cards of a strip that come with the query; the others when it is scrolled."""
_MAX_CARDS = 1000
_SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True, slots=True)
class ControlsContext:
    """The drop target, the search field and the class filter above the list."""

    template: ClassVar[str] = "queries/controls.html"
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListContext:
    """The rows that are shown, of `n_chosen` that pass the filter and `n_rows` in all."""

    template: ClassVar[str] = "queries/list.html"
    rows: tuple[QueryRow, ...]
    n_chosen: int
    n_rows: int
    state: ViewState
    chosen_slice: QuerySlice | None
    shown_key: str


@dataclass(frozen=True, slots=True)
class Third:
    """The third strip: the scorers that could give it, and the strip, or why there is none."""

    others: tuple[ScorerEntry, ...] | None
    strip: Markup | None
    problem: str


@dataclass(frozen=True, slots=True)
class QueryContext:
    """One query: its picture and facts, its strips, and the work on its missing pairs.

    `between` are the strips of the stages between before and after, none while they are folded;
    `n_between` is how many there are. `starts` names the pairs that are to be scored now, or is
    empty.
    """

    template: ClassVar[str] = "queries/query.html"
    view: QueryView
    before: Markup
    after: Markup
    between: tuple[Markup, ...]
    n_between: int
    unfolded: bool
    third: Third
    job: JobView | None
    starts: str
    figure_px: int
    reading: TextReading | None


def show_controls(page: Page, _state: ViewState) -> Markup:
    """Return the fields that narrow the list; what they hold is written by the page's script."""
    return page.html(ControlsContext(FAILURE_CLASSES))


def show_list(page: Page, state: ViewState) -> Markup:
    """Return the query list in the chosen order and filter."""
    workbench = page.workbench
    rows = workbench.queries.rows(state.fusion, state.visitor)
    chosen = state.slice
    members = None if chosen is None else workbench.failures.members(chosen, state.fusion)
    kept = words.select_rows(rows, state, members)
    shown = tuple(kept[: words.MAX_ROWS])
    key = words.shown_key(state)
    return page.html(ListContext(shown, len(kept), len(rows), state, chosen, key))


def show_query(page: Page, state: ViewState) -> Markup:
    """Return the chosen query with its strips, and what of it is still to be scored."""
    workbench = page.workbench
    if state.query is None:
        return page.nothing(messages.NO_QUERY)
    view = workbench.queries.inspect(state.query, state.fusion, FIRST_CARDS)
    if not view.n_shortlist:
        return page.nothing(messages.NO_INDEX)
    key = workbench.work.score(state.query, state.depth).key
    jobs = workbench.board.views() if view.n_pending else ()
    job = next((one for one in jobs if one.key == key), None)  # not one that was left for another
    is_new = job is None or job.state == "done"
    between = words.between(view)
    return page.html(
        QueryContext(
            view=view,
            before=page.html(strip(view, "before")),
            after=page.html(strip(view, "after")),
            between=_between(page, state, view, between) if state.unfolded else (),
            n_between=len(between),
            unfolded=state.unfolded,
            third=_third(page, state),
            job=job,
            starts=key if view.n_pending and is_new and workbench.jobs.plan() is None else "",
            figure_px=height_px(view),
            reading=workbench.composed.reading(state.query),
        )
    )


def flow(page: Page, state: ViewState) -> go.Figure | None:
    """Return the chosen query's rank flow; None where `show_query` says why there is none."""
    if state.query is None:
        return None
    try:
        view = page.workbench.queries.inspect(state.query, state.fusion, 1)
    except SecondLookError:
        return None
    return rank_flow(view) if view.n_shortlist else None


def score(page: Page, state: ViewState, asked: Asked) -> str:
    """Score the chosen query's missing pairs on the bench's board; return the job's key.

    Raises:
        SettingsError: No query is chosen.
    """
    query = state.query
    if query is None:
        raise SettingsError("No query is chosen.")
    return asked.start(page.workbench.work.score(query, state.depth), state)


def strip_view(
    workbench: "Workbench", state: ViewState, side: Side, limit: int, place: int = 0
) -> QueryView | None:
    """Return the chosen query with a strip's first `limit` cards; None where there is no strip.

    `place` is a stage's, 0 = the first.

    Raises:
        SettingsError: The workspace has no scores of the third strip's scorer.
        ImageError: The query cannot be decoded.
    """
    if state.query is None or (side == "third" and state.third is None):
        return None
    if side == "third" and state.third is not None:
        return workbench.scorers.inspect(state.third, state.query, state.fusion, limit)
    if side == "step":
        return workbench.queries.inspect_stage(state.query, state.fusion, place, limit)
    return workbench.queries.inspect(state.query, state.fusion, limit)


def _between(
    page: Page, state: ViewState, view: QueryView, places: Sequence[int]
) -> tuple[Markup, ...]:
    found = (
        (place, strip_view(page.workbench, state, "step", FIRST_CARDS, place)) for place in places
    )
    return tuple(
        page.html(stage_strip(one, place, view.stages[place]))
        for place, one in found
        if one is not None
    )


def _third(page: Page, state: ViewState) -> Third:
    entries = page.workbench.scorers.entries()
    offered = tuple(one for one in entries if not one.is_own and one.scorer_id != DESCRIPTOR_ID)
    others = offered if entries else None
    if state.third is None:
        return Third(others, None, "")
    try:
        view = strip_view(page.workbench, state, "third", FIRST_CARDS)
    except SettingsError as error:  # an address may name a scorer of another workspace
        return Third(others, None, messages.error_text(error))
    name = next((one.name for one in entries if one.scorer_id == state.third), state.third)
    made: Strip | None = None if view is None else strip(view, "third", name)
    return Third(others, None if made is None else page.html(made), "")


def add_routes(router: APIRouter, page: Page) -> None:
    """Serve `strip/NAME?start=N&stop=M&selection`: the cards that come when a strip is scrolled."""
    add_asked_route(router, page)

    @router.get("/strip/{name}")
    @refusing({SecondLookError: 422})
    def more(request: Request, name: str, start: int = 0, stop: int = 0) -> Response:
        side, _, number = name.partition("-")
        known: Side | None = next((one for one in _SIDES if one == side), None)
        place = int(number) - 1 if number.isdecimal() and len(number) < 4 else -1
        if (
            known is None
            or (known == "step") != (place >= 0)
            or not 0 <= start < stop <= start + _MAX_CARDS
        ):
            return refusal("There is no such strip.", 404)
        state = read_state(page.workbench, request.url.query)
        view = strip_view(page.workbench, state, known, stop, place)
        if view is None:
            return refusal("No query is chosen, or it has no ranking yet.", 404)
        return html_answer(page.html(cards(view, known, start)))


SCREEN = Screen(
    "queries",
    (
        Part("controls", show_controls, signals=()),
        Part("list", show_list, "ranking list", ("outcomes", "uploads"), is_patient=True),
        Part("query", show_query, "cards", ("outcomes", "score", "uploads")),
        Part("flow", flow, "cards", ("outcomes", "score")),
        Part("asked", show_asked, "cards", ("outcomes", "score", "uploads"), is_later=True),
    ),
    words,
    (Job("score", score),),
    add_routes,
)
