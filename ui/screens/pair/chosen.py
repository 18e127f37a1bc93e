"""Which pair the Pair screen shows."""

from collections.abc import Callable

from core.errors import SecondLookError
from core.types.pairs import PairPlace
from ui.selection import ViewState
from ui.shared.screen import Drawing, Page

Pair = tuple[str, str]
"""The ids of a query and of a candidate."""


def place_of(page: Page, state: ViewState) -> PairPlace | None:
    """Return where the pair stands in its query's ranking.

    Returns:
        None where no query is chosen, or no candidate is named and nothing is ranked yet.

    Raises:
        SecondLookError: There is no such candidate, or the query cannot be read.
    """
    if state.query is None:
        return None
    return page.workbench.pairs.place(state.query, state.candidate, state.fusion)


def pair_of(page: Page, state: ViewState) -> Pair | None:
    """Return the ids of the pair; see `place_of`.

    Raises:
        SecondLookError: There is no such candidate, or the query cannot be read.
    """
    if state.query is None or state.candidate is None:
        place = place_of(page, state)
        return None if place is None else (place.query.image_id, place.candidate.image_id)
    return state.query, page.workbench.queries.record(state.candidate).image_id


def of_pair(draw: Callable[[Page, Pair], Drawing]) -> Callable[[Page, ViewState], Drawing]:
    """Return what draws a part of the chosen pair; without one the line above says why."""

    def drawing(page: Page, state: ViewState) -> Drawing:
        try:
            pair = pair_of(page, state)
        except SecondLookError:
            return None
        return None if pair is None else draw(page, pair)

    return drawing


def of_place(draw: Callable[[Page, PairPlace], Drawing]) -> Callable[[Page, ViewState], Drawing]:
    """Return what draws a part of the chosen pair with its ranks; see `of_pair`."""

    def drawing(page: Page, state: ViewState) -> Drawing:
        try:
            place = place_of(page, state)
        except SecondLookError:
            return None
        return None if place is None else draw(page, place)

    return drawing


def ids(place: PairPlace) -> Pair:
    """Return the ids of a pair."""
    return place.query.image_id, place.candidate.image_id


def name_of(pair: Pair) -> str:
    """Return what the page's script knows a pair by: `data-of` of everything said of it."""
    return "\n".join(pair)
