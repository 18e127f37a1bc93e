"""One frame of a plot as SVG: places values, draws paths, bands, marks and axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.reporting.text import esc

SHARE_TICKS = (0.0, 0.5, 1.0)
_CORNERS = {
    2: ((0, -3), (3, 0), (0, 3), (-3, 0)),
    3: ((0, -2.6), (2.6, 2), (-2.6, 2)),
    4: ((0, 2.6), (2.6, -2), (-2.6, -2)),
    5: ((-2.6, 0), (2, -2.6), (2, 2.6)),
}
N_SHAPES = 2 + len(_CORNERS)
"""Dot, square, diamond, and triangles that point up, down and left."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def number(value: float) -> str:
    """Return a coordinate with at most one decimal, so that files are small and repeat exactly."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def with_minus(text: str) -> str:
    """Return a number's text with the minus sign instead of the hyphen."""
    return text.replace("-", "\N{MINUS SIGN}")


def nice_ticks(low: float, high: float, n_most: int = 4) -> tuple[float, ...]:
    """Return at most `n_most` round numbers within [low, high], evenly spaced; high > low."""
    power = 10.0 ** math.floor(math.log10((high - low) / n_most))
    for step in (factor * power for factor in (*_STEPS, 20.0)):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < n_most:
            return tuple(place * step + 0.0 for place in range(first, last + 1))
    raise AssertionError("a step of 20 powers leaves at most one tick")


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle in the picture's units and the values at its ends.

    `x_ends` may fall: then larger values lie to the left.
    """

    left: float
    top: float
    width: float
    height: float
    x_ends: tuple[float, float]
    y_ends: tuple[float, float]

    def x(self, value: float) -> str:
        """Return where a value lies across."""
        start, end = self.x_ends
        return number(self.left + (value - start) / (end - start) * self.width)

    def y(self, value: float) -> str:
        """Return where a value lies down; the larger end is at the top."""
        low, high = self.y_ends
        return number(self.top + (high - value) / (high - low) * self.height)

    def path(self, x: Sequence[float], y: Sequence[float], look: str) -> str:
        """Return a line through the points."""
        return f'<polyline class="{esc(look)}" points="{self._points(x, y)}"/>'

    def band(
        self, x: Sequence[float], low: Sequence[float], high: Sequence[float], look: str
    ) -> str:
        """Return the area between two lines over the same places."""
        around = self._points([*x, *reversed(x)], [*low, *reversed(high)])
        return f'<polygon class="{esc(look)}" points="{around}"/>'

    def mark(self, x: float, y: float, look: str, shape: int) -> str:
        """Return a mark of one of `N_SHAPES` shapes, so that curves differ without colour."""
        if shape == 0:
            return f'<circle class="{esc(look)}" cx="{self.x(x)}" cy="{self.y(y)}" r="2"/>'
        at_x, at_y = float(self.x(x)), float(self.y(y))
        if shape == 1:
            left, top = number(at_x - 2), number(at_y - 2)
            return f'<rect class="{esc(look)}" x="{left}" y="{top}" width="4" height="4"/>'
        corners = " ".join(f"{number(at_x + a)},{number(at_y + b)}" for a, b in _CORNERS[shape])
        return f'<polygon class="{esc(look)}" points="{corners}"/>'

    def triangle(self, x: float, look: str) -> str:
        """Return a triangle that stands on the bottom edge and points up at a place."""
        middle, bottom = float(self.x(x)), self.top + self.height
        corners = ((middle - 4, bottom), (middle + 4, bottom), (middle, bottom - 7))
        points = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
        return f'<polygon class="{esc(look)}" points="{points}"/>'

    def vertical(self, x: float, look: str) -> str:
        """Return a line from top to bottom."""
        place, bottom = self.x(x), number(self.top + self.height)
        return (
            f'<line class="{esc(look)}" x1="{place}" y1="{number(self.top)}" x2="{place}" '
            f'y2="{bottom}"/>'
        )

    def background(self, ticks: Sequence[float], labels: tuple[str, str] | None) -> str:
        """Return grid and frame; `labels` is the y axis's title and number format, or nothing."""
        left, right = number(self.left), number(self.left + self.width)
        parts = [
            f'<line class="grid" x1="{left}" y1="{self.y(t)}" x2="{right}" y2="{self.y(t)}"/>'
            for t in ticks
        ]
        parts.append(
            f'<rect class="frame" x="{left}" y="{number(self.top)}" width="{number(self.width)}" '
            f'height="{number(self.height)}"/>'
        )
        return "".join(parts) + ("" if labels is None else self._y_axis(ticks, *labels))

    def x_axis(self, ticks: Sequence[tuple[float, str]], unit: str) -> str:
        """Return first, middle and last tick with their texts, and the unit under them."""
        bottom = self.top + self.height
        anchors = ("start", "middle", "end")
        parts = [
            f'<text x="{self.x(value)}" y="{number(bottom + 15)}" text-anchor="{anchor}">'
            f"{esc(text)}</text>"
            for (value, text), anchor in zip(ticks, anchors, strict=True)
        ]
        middle = number(self.left + self.width / 2)
        return "".join(parts) + (
            f'<text x="{middle}" y="{number(bottom + 30)}" text-anchor="middle">{esc(unit)}</text>'
        )

    def _y_axis(self, ticks: Sequence[float], title: str, form: str) -> str:
        parts = [
            f'<text x="{number(self.left - 5)}" y="{number(float(self.y(t)) + 4)}" '
            f'text-anchor="end">{esc(with_minus(format(t, form)))}</text>'
            for t in ticks
        ]
        x, y = number(self.left - 50), number(self.top + self.height / 2)
        turned = f'text-anchor="middle" transform="rotate(-90 {x} {y})"'
        return "".join(parts) + f'<text x="{x}" y="{y}" {turned}>{esc(title)}</text>'

    def _points(self, x: Sequence[float], y: Sequence[float]) -> str:
        return " ".join(f"{self.x(a)},{self.y(b)}" for a, b in zip(x, y, strict=True))
