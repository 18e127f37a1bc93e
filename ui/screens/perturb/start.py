"""Where Perturb begins without a query: the biggest harms and the pairs that were swept last."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from markupsafe import Markup

from core.errors import SecondLookError
from core.types.rankings import QueryChange
from ui.selection import ViewState
from ui.shared.screen import Page, read_state
from ui.shared.text import asked_name, file_name

N_HARMS, N_LAST, N_TILES, MAX_OPTIONS = 5, 5, 12, 1000


@dataclass(frozen=True, slots=True)
class StartPair:
    """A pair to begin with: both images, what a click selects, and why it is offered.

    `candidate` None is the query beside its own copy.
    """

    query: str
    candidate: str | None
    opens: str
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class StartContext:
    """Pairs to begin with, and every query; `tiles` are pictures where there are few pairs."""

    template: ClassVar[str] = "perturb/start.html"
    harms: tuple[StartPair, ...]
    last: tuple[StartPair, ...]
    tiles: tuple[str, ...]
    offered_queries: tuple[tuple[str, str], ...]


def show_start(page: Page, state: ViewState) -> Markup | None:
    """Return what to begin with; None once a query, a recipe or a set is chosen."""
    if state.set_of is not None or state.query is not None or state.recipe is not None:
        return None
    harms, last = harmed(page, state), swept(page)
    known = page.workbench.queries.rows(state.fusion, state.visitor)
    rows = [row for row in known if row.problem is None]
    ids = [row.query_id for row in rows[:MAX_OPTIONS]]
    return page.html(
        StartContext(
            harms=harms,
            last=last,
            tiles=() if harms else tuple(ids[:N_TILES]),
            offered_queries=(
                ("", "choose one"),
                *((i, asked_name(page.workbench.queries.record(i))) for i in ids),
            ),
        )
    )


def harmed(page: Page, state: ViewState) -> tuple[StartPair, ...]:
    """Return the queries that re-ranking harmed most, each with the image that now leads."""
    try:
        _, harms = page.workbench.moves.queries(state.fusion, N_HARMS, 1)
    except SecondLookError:  # nothing is indexed or labelled yet
        return ()
    return tuple(_harm(one) for one in harms if one.view.after)


def _harm(found: QueryChange) -> StartPair:
    outcome, leads = found.outcome, found.view.after[0]
    return StartPair(
        query=outcome.query_id,
        candidate=leads.image_id,
        opens=urlencode({"query": outcome.query_id, "candidate": leads.image_id}),
        title=f"{file_name(outcome.query_id)} and {file_name(leads.image_id)}",
        about=f"AP {outcome.ap_before:.2f} → {outcome.ap_after:.2f}, {leads.relation} first",
    )


def swept(page: Page) -> tuple[StartPair, ...]:
    """Return the pairs that were swept last on this bench, each once, the last one first."""
    found: dict[tuple[str, str | None], StartPair] = {}
    for view in page.workbench.board.views():
        if view.kind not in ("sweep", "surface") or not view.place:
            continue
        state = read_state(page.workbench, view.place.removeprefix("?"))
        if state.query is None or state.query.startswith("upload:"):
            continue
        pair = (state.query, state.candidate)
        names = [file_name(one) for one in pair if one is not None]
        opens = urlencode({"query": state.query, "candidate": state.candidate or ""})
        found.setdefault(pair, StartPair(*pair, opens, " and ".join(names), view.title))
    return tuple(found.values())[:N_LAST]
