"""A surface of two perturbations as a heat map with the contour where the pair breaks."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from core.types.robustness import PerturbationSpec
from core.types.scores import ScoreKind
from core.types.surfaces import ResponseSurface, SurfacePoint
from ui.render.parts import join, note, span, tag
from ui.render.perturb_text import strength_text
from ui.shared.text import scored, scored_in

_CELL_W, _CELL_H = 104, 54
_LEFT, _TOP, _RIGHT, _BOTTOM = 92, 12, 12, 46
_ABOVE, _BELOW = "99,102,241", "220,38,38"
_Grid = list[list[float | None]]
_Place = tuple[float, float]


def render_surface(
    specs: tuple[PerturbationSpec, PerturbationSpec],
    surface: ResponseSurface | None,
    kind: ScoreKind,
) -> Markup:
    """Return the grid, rows the first perturbation's levels and columns the second's.

    Args:
        specs: Of both, with the levels of the surface.
        surface: So far; None before the first combination.
        kind: What the scores are.
    """
    first, second = specs
    line = None if surface is None else surface.hard_negative_margin
    drawing = _drawing(first, second, surface, line, kind)
    title = tag("b", f"{kind.name} under {first.name} and {second.name}")
    unit = span("sl-unit", f"{kind.name}, {kind.unit}; below it the rank")
    body = tag("header", title, unit) + tag("div", drawing, class_="sl-pt-scroll", tabindex=0)
    look = {"class_": "sl-pt-surface", "aria_label": "Surface of two perturbations"}
    return tag("section", body, note(_told(surface, line, kind)), **look)


def _told(surface: ResponseSurface | None, line: float | None, kind: ScoreKind) -> str:
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


def _drawing(
    first: PerturbationSpec,
    second: PerturbationSpec,
    surface: ResponseSurface | None,
    line: float | None,
    kind: ScoreKind,
) -> Markup:
    width = _LEFT + _CELL_W * len(second.levels) + _RIGHT
    height = _TOP + _CELL_H * len(first.levels) + _BOTTOM
    points = {} if surface is None else {(p.first, p.second): p for p in surface.points}
    grid: _Grid = [
        [_gap(points.get((row, column)), line) for column in second.levels] for row in first.levels
    ]
    largest = max((abs(gap) for row in grid for gap in row if gap is not None), default=0.0)
    places = [
        (y, x, points.get((row, column)))
        for y, row in enumerate(first.levels)
        for x, column in enumerate(second.levels)
    ]
    cells = join(_cell(y, x, grid[y][x], largest) for y, x, _ in places)
    texts = join(_texts(y, x, point, grid[y][x], kind) for y, x, point in places)
    lines = "".join(
        f'<path class="sl-pt-contour" d="M{a[0]:.1f} {a[1]:.1f}L{b[0]:.1f} {b[1]:.1f}"/>'
        for a, b in contour(grid)
    )
    label = f"{kind.name} under {first.name} and {second.name}, {len(points)} combinations"
    body = (cells, Markup(lines), texts, _labels(first, second, height))
    box = {"viewBox": f"0 0 {width} {height}", "width": width, "role": "img"}
    return tag("svg", *body, **box, aria_label=label)


def _gap(point: SurfacePoint | None, line: float | None) -> float | None:
    return None if point is None or line is None else point.margin - line


def _cell(y: int, x: int, gap: float | None, largest: float) -> Markup:
    left, top = _LEFT + x * _CELL_W, _TOP + y * _CELL_H
    fill = ""
    if gap is not None and largest > 0:
        colour = _BELOW if gap < 0 else _ABOVE
        fill = f' style="fill:rgba({colour},{0.08 + 0.42 * abs(gap) / largest:.2f})"'
    return Markup(
        f'<rect class="sl-pt-cell" x="{left}" y="{top}" width="{_CELL_W - 2}" '
        f'height="{_CELL_H - 2}"{fill}/>'
    )


def _texts(
    y: int, x: int, point: SurfacePoint | None, gap: float | None, kind: ScoreKind
) -> Markup:
    if point is None:
        return Markup()
    mark = "✕ " if gap is not None and gap < 0 else ""
    middle, top = _LEFT + x * _CELL_W + _CELL_W / 2 - 1, _TOP + y * _CELL_H
    score = f"{mark}{scored(point.margin, kind)}"
    return tag("text", score, class_="sl-pt-score", x=middle, y=top + 23) + tag(
        "text", f"rank {point.rank}", class_="sl-pt-rank", x=middle, y=top + 41
    )


def _labels(first: PerturbationSpec, second: PerturbationSpec, height: int) -> Markup:
    rows = join(
        _label(strength_text(first, level), _LEFT - 8, _TOP + y * _CELL_H + _CELL_H / 2 + 4, "end")
        for y, level in enumerate(first.levels)
    )
    columns = join(
        _label(
            strength_text(second, level), _LEFT + x * _CELL_W + _CELL_W / 2, height - _BOTTOM + 16
        )
        for x, level in enumerate(second.levels)
    )
    middle_x = _LEFT + _CELL_W * len(second.levels) / 2
    middle_y = _TOP + _CELL_H * len(first.levels) / 2
    turned = f"rotate(-90 14 {middle_y})"
    across, down = (f"{spec.name}: {spec.unit}" for spec in (second, first))
    across = _label(across, middle_x, height - 8, class_="sl-pt-name")
    return (
        rows + columns + across + _label(down, 14, middle_y, class_="sl-pt-name", transform=turned)
    )


def _label(text: str, x: float, y: float, anchor: str = "middle", **more: str) -> Markup:
    return tag("text", text, x=x, y=y, text_anchor=anchor, **more)


def contour(grid: _Grid) -> Iterator[tuple[_Place, _Place]]:
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
    return _LEFT + (x + 0.5) * _CELL_W - 1, _TOP + (y + 0.5) * _CELL_H - 1
