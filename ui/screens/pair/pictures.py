"""The pair itself: its line, both pictures, and how they were cropped."""

from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlencode

from markupsafe import Markup

from core.errors import SecondLookError
from core.types.pairs import CropStep, PairPlace
from core.types.robustness import Side
from ui import messages
from ui.screens.pair.chosen import Pair, ids, name_of, place_of
from ui.selection import ViewState
from ui.shared.screen import Page


@dataclass(frozen=True, slots=True)
class Top:
    """What the pair is, and the ways to its neighbours; `address` names it for the script."""

    template: ClassVar[str] = "pair/top.html"
    place: PairPlace
    address: str


@dataclass(frozen=True, slots=True)
class Pictures:
    """Both pictures; maps and drawn boxes are laid over them, never burned in."""

    template: ClassVar[str] = "pair/pictures.html"
    place: PairPlace
    of: str


@dataclass(frozen=True, slots=True)
class Crops:
    """Crops of one side, parent before child: each with its change of the margin in nats."""

    side: Side
    steps: tuple[tuple[CropStep, float | None], ...]


@dataclass(frozen=True, slots=True)
class LineageContext:
    """How the pictures were cropped; a side that is no crop is left out."""

    template: ClassVar[str] = "pair/lineage.html"
    of: str
    sides: tuple[Crops, ...]


def show_top(page: Page, state: ViewState) -> Markup:
    """Return the line above the pictures, an invitation, or why there is no such pair."""
    if state.query is None:
        return page.nothing(messages.NO_PAIR)
    try:
        place = place_of(page, state)
    except SecondLookError as error:
        return page.nothing(messages.error_text(error), error=True)
    if place is None:
        return page.nothing(messages.NO_INDEX_FOR_PAIR)
    query, candidate = ids(place)
    return page.html(Top(place, urlencode({"query": query, "candidate": candidate})))


def show_pictures(page: Page, place: PairPlace) -> Markup:
    """Return both pictures at full size."""
    return page.html(Pictures(place, name_of(ids(place))))


def show_lineage(page: Page, pair: Pair) -> Markup | None:
    """Return the crops of both sides with their margins; None where neither is a crop."""
    look = page.workbench.work.look(pair).result()
    if look is None or look.lineage is None:
        return None
    both = (
        Crops("query", _changes(look.lineage.query)),
        Crops("candidate", _changes(look.lineage.candidate)),
    )
    sides = tuple(one for one in both if len(one.steps) > 1)
    return page.html(LineageContext(name_of(pair), sides)) if sides else None


def _changes(steps: tuple[CropStep, ...]) -> tuple[tuple[CropStep, float | None], ...]:
    before = (None, *(step.margin for step in steps))
    return tuple(
        (step, None if step.margin is None or known is None else step.margin - known)
        for step, known in zip(steps, before, strict=False)
    )
