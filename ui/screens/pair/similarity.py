"""What each region adds to the first stage's cosine, drawn over both pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from core.errors import SecondLookError
from core.types.corpus import ImageRecord
from core.types.pairs import SimilarityMaps
from ui import messages
from ui.screens.pair.chosen import Pair, name_of
from ui.shared.screen import Page

_GAP = 0.04
_MOST_OPAQUE = 0.75


@dataclass(frozen=True, slots=True)
class Cell:
    """A token's region where pictures have the height 1, and how opaque it is drawn."""

    x: float
    y: float
    width: float
    height: float
    opacity: float
    adds: bool


@dataclass(frozen=True, slots=True)
class SimilarityContext:
    """Both pictures at the height 1, the candidate from `start` on, and their cells."""

    template: ClassVar[str] = "pair/similarity.html"
    of: str
    found: SimilarityMaps
    pair_ids: Pair
    left: float
    start: float
    width: float
    cells: Sequence[Cell]


def show_similarity(page: Page, pair: Pair) -> Markup | None:
    """Return both maps; None where the descriptor is no mean of tokens."""
    try:
        found = page.workbench.pairs.similarity(*pair)
        query, candidate = (page.workbench.queries.record(image_id) for image_id in pair)
    except SecondLookError as error:
        return page.nothing(messages.error_text(error), error=True)
    return None if found is None else page.html(similarity_context(found, query, candidate))


def similarity_context(
    found: SimilarityMaps, query: ImageRecord, candidate: ImageRecord
) -> SimilarityContext:
    """Return where pictures and cells lie; one scale serves both pictures."""
    left, right = query.width / query.height, candidate.width / candidate.height
    start = left + _GAP
    full = max(float(np.abs(one).max()) * one.size for one in (found.query, found.candidate))
    cells = [
        *_cells(found.query, 0.0, left, full),
        *_cells(found.candidate, start, right, full),
    ]
    pair = (query.image_id, candidate.image_id)
    return SimilarityContext(name_of(pair), found, pair, left, start, start + right, cells)


def _cells(parts: NDArray[np.float64], start: float, width: float, full: float) -> Iterator[Cell]:
    """Yield the cells of one picture; parts are told per area, so that any two grids compare."""
    rows, columns = parts.shape
    for (row, column), part in np.ndenumerate(parts):
        yield Cell(
            x=start + width * column / columns,
            y=row / rows,
            width=width / columns,
            height=1.0 / rows,
            opacity=_MOST_OPAQUE * abs(float(part)) * parts.size / full if full else 0.0,
            adds=bool(part >= 0),
        )
