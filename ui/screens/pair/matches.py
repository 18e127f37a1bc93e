"""Geometric matches as lines between two pictures; no model is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.errors import SecondLookError
from core.types.corpus import ImageRecord
from core.types.pairs import Matches
from ui import messages
from ui.screens.pair.chosen import Pair, name_of
from ui.shared.screen import Page

MOST_LINES = 200
_GAP = 0.04

Line = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class MatchesContext:
    """Both pictures at the height 1, the candidate from `start` on, and a line for each match."""

    template: ClassVar[str] = "pair/matches.html"
    of: str
    found: Matches
    pair_ids: Pair
    left: float
    start: float
    width: float
    lines: Sequence[Line]


def show_matches(page: Page, pair: Pair) -> Markup:
    """Return the matches of a pair, or why there are none."""
    try:
        found = page.workbench.lab.matches(pair)
        query, candidate = (page.workbench.queries.record(image_id) for image_id in pair)
    except SecondLookError as error:
        return page.nothing(messages.error_text(error), error=True)
    return page.html(matches_context(found, query, candidate))


def matches_context(found: Matches, query: ImageRecord, candidate: ImageRecord) -> MatchesContext:
    """Return where pictures and lines lie."""
    left = query.width / query.height
    start = left + _GAP
    pair = (query.image_id, candidate.image_id)
    ends = zip(
        found.query_xy[:MOST_LINES].tolist(), found.candidate_xy[:MOST_LINES].tolist(), strict=True
    )
    lines = [
        (x0 / query.height, y0 / query.height, start + x1 / candidate.height, y1 / candidate.height)
        for (x0, y0), (x1, y1) in ends
    ]
    width = start + candidate.width / candidate.height
    return MatchesContext(name_of(pair), found, pair, left, start, width, lines)
