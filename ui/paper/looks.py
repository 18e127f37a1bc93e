"""How a trace looks on paper: marks, lines and inks, told apart without colour."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from typing import Any

from matplotlib.colors import to_rgba

from core.errors import ExchangeError

Ink = tuple[float, float, float, float]
"""Red, green, blue and opacity in [0, 1]."""
POINTS_PER_PX = 0.5
"""A mark of 10 px on the screen is 5 pt wide on paper."""
LEAST_LINE_PT, LEAST_MARK_PT, MOST_MARK_PT = 0.6, 2.4, 11.0
DASHES = {
    "solid": (),
    "dash": (4.0, 2.0),
    "dot": (1.0, 1.6),
    "dashdot": (4.0, 1.6, 1.0, 1.6),
    "longdash": (8.0, 2.0),
    "longdashdot": (8.0, 1.6, 1.0, 1.6),
}
_MARKERS = {
    "circle": "o",
    "square": "s",
    "diamond": "D",
    "triangle-up": "^",
    "triangle-down": "v",
    "triangle-left": "<",
    "triangle-right": ">",
    "cross": "P",
    "x": "x",
    "pentagon": "p",
    "hexagon": "h",
    "star": "*",
    "line-ew": "_",
    "line-ns": "|",
}
_STROKES = ("x", "_", "|")
"""Marks that are lines and have no inside."""
_RGB = re.compile(r"rgba?\(([^)]*)\)")
_OTHER_MARKS = ("s", "^", "D", "v", "P", "<", ">", "p", "h", "*")
_HATCHES = ("////", "....", "xxxx", "----", "\\\\\\\\")
_OTHER_DASHES = ("dashdot", "longdash", "dot", "longdashdot", "dash")


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark of matplotlib; `size_pt` is its width, `edge_pt` that of its outline."""

    shape: str
    is_open: bool
    size_pt: float
    edge_pt: float
    ink: Ink

    def style(self, *, on_line: bool) -> dict[str, Any]:
        """Return what `Axes.plot` is told of it; an open mark hides the line that it stands on."""
        inside = "white" if on_line else "none"
        return {
            "marker": self.shape,
            "markersize": self.size_pt,
            "markeredgewidth": self.edge_pt,
            "markeredgecolor": self.ink,
            "markerfacecolor": inside if self.is_open else self.ink,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """A trace's line, most frequent mark and area; None = it has none."""

    ink: Ink
    line_pt: float | None = None
    dash: str = "solid"
    mark: Mark | None = None
    area: Ink | None = None
    hatch: str = ""

    def like(self, other: "Look") -> "Look":
        """Return this look with the marks, dashes and hatching of another one, in its own size."""
        mine = self.mark
        if mine is not None and other.mark is not None:
            mine = replace(mine, shape=other.mark.shape, is_open=other.mark.is_open)
        is_line = self.line_pt is not None and other.line_pt is not None
        return replace(
            self, mark=mine, dash=other.dash if is_line else self.dash, hatch=other.hatch
        )

    def line_style(self) -> dict[str, Any]:
        """Return what `Axes.plot` is told of the line."""
        if self.line_pt is None:
            return {"linestyle": "none"}
        dashes = DASHES[self.dash]
        style = (0, dashes) if dashes else "-"
        return {"color": self.ink, "linewidth": self.line_pt, "linestyle": style}

    def grey_key(self) -> tuple[object, ...]:
        """Return what tells this look from another one where there is no colour."""
        mark = self.mark
        of_mark = None if mark is None else (mark.shape, mark.is_open, mark.size_pt >= 4)
        of_line = None if self.line_pt is None else (self.dash, self.line_pt >= 1.5)
        return (of_mark, of_line, self.area is not None, self.hatch)


def ink(colour: object, opacity: float | None = None) -> Ink:
    """Return a colour of Plotly (#rrggbb, rgb(), rgba() or a name) as numbers.

    Raises:
        ExchangeError: It is no colour.
    """
    found = _RGB.fullmatch(str(colour).strip())
    try:
        if found:
            red, green, blue, *rest = (float(part) for part in found[1].split(","))
            values = (red / 255, green / 255, blue / 255, rest[0] if rest else 1.0)
        else:
            values = to_rgba(str(colour))
    except ValueError as error:
        raise ExchangeError(f"The plot has a colour '{colour}' that paper cannot show.") from error
    shade = 1.0 if opacity is None else opacity
    return (values[0], values[1], values[2], values[3] * shade)


def mark(symbol: object, size_px: float, colour: Ink, edge_px: float) -> Mark:
    """Return a mark for a symbol of Plotly.

    Raises:
        ExchangeError: The symbol has no counterpart.
    """
    name = str(symbol or "circle").removesuffix("-dot")
    is_open = name.endswith("-open")
    shape = _MARKERS.get(name.removesuffix("-open"))
    if shape is None:
        raise ExchangeError(f"The plot has a mark '{symbol}' that paper cannot show.")
    is_stroke = shape in _STROKES
    edge = max(edge_px * POINTS_PER_PX, 1.1 if is_stroke else 0.8 if is_open else 0.0)
    size = min(max(size_px * POINTS_PER_PX, LEAST_MARK_PT), MOST_MARK_PT)
    return Mark(shape, is_open and not is_stroke, size, edge, colour)


def line_pt(width_px: object) -> float:
    """Return a line's width on paper; 2 px where nothing is said, as Plotly draws it."""
    width = 2.0 if width_px is None else float(str(width_px))
    return max(width * POINTS_PER_PX, LEAST_LINE_PT)


def dash(name: object) -> str:
    """Return the kind of dashes.

    Raises:
        ExchangeError: They are of no known kind.
    """
    known = str(name or "solid")
    if known not in DASHES:
        raise ExchangeError(f"The plot has a line '{known}' that paper cannot show.")
    return known


def told_apart(looks: Sequence[Look]) -> list[Look]:
    """Return the looks in their order, each of which differs from all others without colour.

    The first of two that are alike keeps its marks and dashes, the wider lines before the narrow
    ones. When every mark and dash is used the cycle starts again.
    """
    order = sorted(range(len(looks)), key=lambda place: -_weight(looks[place]))
    found = list(looks)
    used: set[tuple[object, ...]] = set()
    for place in order:
        look = looks[place]
        if look.grey_key() in used:
            look = next((one for one in _others(look) if one.grey_key() not in used), look)
        used.add(look.grey_key())
        found[place] = look
    return found


def _weight(look: Look) -> float:
    return look.line_pt or 0.0


def _others(look: Look) -> Iterable[Look]:
    """Yield what a look can become: another dash, another mark, open marks, then both."""
    if look.area is not None and look.line_pt is None and look.mark is None:
        yield from (replace(look, hatch=one) for one in _HATCHES)
        return
    dashes = () if look.line_pt is None else _OTHER_DASHES
    marks: list[Mark] = []
    if look.mark is not None and look.mark.size_pt >= 3:
        base = replace(look.mark, edge_pt=max(look.mark.edge_pt, 0.8))
        marks = [
            replace(base, shape=shape, is_open=is_open)
            for is_open in (False, True)
            for shape in ("o", *_OTHER_MARKS)
        ]
    yield from (replace(look, mark=one) for one in marks)
    yield from (replace(look, dash=one) for one in dashes)
    both = zip(marks * len(dashes), cycle(dashes or [look.dash]), strict=False)
    yield from (replace(look, mark=one, dash=kind) for one, kind in both)
