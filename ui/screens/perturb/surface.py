"""A surface of two perturbations as a heat map with the contour where the pair breaks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from markupsafe import Markup

from core.types.robustness import PerturbationSpec
from core.types.scores import ScoreKind
from core.types.surfaces import ResponseSurface, SurfacePoint, SurfaceRequest
from ui.screens.perturb.words import strength_text
from ui.shared.screen import Page
from ui.shared.text import scored, scored_in

CELL_W, CELL_H = 104, 54
_LEFT, _TOP, _RIGHT, _BOTTOM = 92, 12, 12, 46
_ABOVE, _BELOW = "99,102,241", "220,38,38"
Grid = list[list[float | None]]
_Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination: its corner, its colour, its score and rank; `fill` is empty before both."""

    x: int
    y: int
    fill: str
    score: str
    rank: str


@dataclass(frozen=True, slots=True)
class Label:
    """A word beside the grid; `kind` is row, column, across or down."""

    text: str
    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class SurfaceContext:
    """The grid, rows the first perturbation's levels and columns the second's."""

    template: ClassVar[str] = "perturb/surface.html"
    first: PerturbationSpec
    second: PerturbationSpec
    kind: ScoreKind
    width: int
    height: int
    cells: tuple[Cell, ...]
    contours: tuple[tuple[_Place, _Place], ...]
    labels: tuple[Label, ...]
    n_points: int
    about: str


def heat_map(page: Page, request: SurfaceRequest, surface: ResponseSurface | None) -> Markup:
    """Return the grid; `surface` is None before the first combination.

    Raises:
        SettingsError: The request makes no surface.
    """
    first, second = page.workbench.robustness.surface_specs(request)
    return page.html(context_of(first, second, surface, page.workbench.info.scorer))


def context_of(
    first: PerturbationSpec,
    second: PerturbationSpec,
    surface: ResponseSurface | None,
    kind: ScoreKind,
) -> SurfaceContext:
    """Return the drawing of a surface so far.

    Args:
        first: The perturbation of the rows, with its levels.
        second: That of the columns.
        surface: So far; None before the first combination.
        kind: What the scores are.
    """
    points = {} if surface is None else {(p.first, p.second): p for p in surface.points}
    line = None if surface is None else surface.hard_negative_margin
    gaps: Grid = [
        [_gap(points.get((row, column)), line) for column in second.levels] for row in first.levels
    ]
    largest = max((abs(gap) for row in gaps for gap in row if gap is not None), default=0.0)
    height = _TOP + CELL_H * len(first.levels) + _BOTTOM
    return SurfaceContext(
        first=first,
        second=second,
        kind=kind,
        width=_LEFT + CELL_W * len(second.levels) + _RIGHT,
        height=height,
        cells=tuple(
            _cell(y, x, points.get((row, column)), gaps[y][x], largest, kind)
            for y, row in enumerate(first.levels)
            for x, column in enumerate(second.levels)
        ),
        contours=tuple(contour(gaps)),
        labels=tuple(_labels(first, second, height)),
        n_points=len(points),
        about=_about(surface, line, kind),
    )


def _about(surface: ResponseSurface | None, line: float | None, kind: ScoreKind) -> str:
    if surface is None:
        return "Every combination is damaged in the order of the perturbations' table."
    ranked = f"Ranks are over {surface.n_ranked:,} images. "
    order = "Combinations are damaged in the order of the perturbations' table."
    if line is None:
        return f"{ranked}No negative is known, so there is no contour. {order}"
    n_below = sum(point.margin < line for point in surface.points)
    return (
        f"✕ and red: below the hard negatives' mean of {scored_in(line, kind)}, {n_below} of "
        f"{len(surface.points)} combinations; the contour is where the score crosses it, "
        f"interpolated between neighbours. {ranked}{order}"
    )


def _gap(point: SurfacePoint | None, line: float | None) -> float | None:
    return None if point is None or line is None else point.margin - line


def _cell(
    y: int,
    x: int,
    point: SurfacePoint | None,
    gap: float | None,
    largest: float,
    kind: ScoreKind,
) -> Cell:
    fill = ""
    if gap is not None and largest > 0:
        colour = _BELOW if gap < 0 else _ABOVE
        fill = f"rgba({colour},{0.08 + 0.42 * abs(gap) / largest:.2f})"
    mark = "✕ " if gap is not None and gap < 0 else ""
    score = "" if point is None else f"{mark}{scored(point.margin, kind)}"
    rank = "" if point is None else f"rank {point.rank}"
    return Cell(_LEFT + x * CELL_W, _TOP + y * CELL_H, fill, score, rank)


def _labels(first: PerturbationSpec, second: PerturbationSpec, height: int) -> Iterator[Label]:
    for y, level in enumerate(first.levels):
        at = _TOP + y * CELL_H + CELL_H / 2 + 4
        yield Label(strength_text(first, level), _LEFT - 8, at, "row")
    for x, level in enumerate(second.levels):
        at = _LEFT + x * CELL_W + CELL_W / 2
        yield Label(strength_text(second, level), at, height - _BOTTOM + 16, "column")
    middle_x = _LEFT + CELL_W * len(second.levels) / 2
    middle_y = _TOP + CELL_H * len(first.levels) / 2
    yield Label(f"{second.name}: {second.unit}", middle_x, height - 8, "across")
    yield Label(f"{first.name}: {first.unit}", 14, middle_y, "down")


def contour(grid: Grid) -> Iterator[tuple[_Place, _Place]]:
    """Yield the segments where the gap is zero, between the centres of neighbouring cells.

    Marching squares over the cells' centres; a square with an unknown corner has no segment, and
    one with two opposite corners below has two.
    """
    for y in range(len(grid) - 1):
        for x in range(len(grid[0]) - 1):
            corners = (grid[y][x], grid[y][x + 1], grid[y + 1][x + 1], grid[y + 1][x])
            known = [one for one in corners if one is not None]
            if len(known) == 4:
                found = _crossings(known, x, y)
                yield from zip(found[::2], found[1::2], strict=True)


def _crossings(corners: Sequence[float], x: int, y: int) -> list[_Place]:
    """Return where the four sides of a square cross zero, going round; an even number."""
    places = ((x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1))
    found: list[_Place] = []
    for side in range(4):
        start, end = corners[side], corners[(side + 1) % 4]
        if (start < 0) != (end < 0):
            share = start / (start - end)
            (x0, y0), (x1, y1) = places[side], places[(side + 1) % 4]
            found.append(_centre(x0 + share * (x1 - x0), y0 + share * (y1 - y0)))
    return found


def _centre(x: float, y: float) -> _Place:
    return _LEFT + (x + 0.5) * CELL_W - 1, _TOP + (y + 0.5) * CELL_H - 1
