"""The look of a trace of Plotly, and the marks of its points."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ui.paper.looks import Ink, Look, Mark, dash, ink, line_pt, mark

_COLOURWAY = ("#636efa", "#ef553b", "#00cc96", "#ab63fa", "#ffa15a", "#19d3f3")
"""Plotly's own, for a trace that names no colour; grey tells looks apart, not these."""


def look_of(trace: Any) -> Look:  # noqa: ANN401 - Plotly's own types
    """Return how a trace looks.

    Raises:
        ExchangeError: It has what paper cannot show.
    """
    if trace.type == "bar":
        (colour,) = _inks(trace.marker.color, 1, trace)
        return Look(colour, area=colour)
    mode = mode_of(trace)
    has_marks = "markers" in mode
    colour = _line_colour(trace)
    marks = Counter(marks_of(trace, max(n_points(trace), 1))) if has_marks else Counter[Mark]()
    return Look(
        ink=colour,
        line_pt=line_pt(trace.line.width) if "lines" in mode else None,
        dash=dash(trace.line.dash) if "lines" in mode else "solid",
        mark=next((one for one, _ in marks.most_common(1)), None),
        area=_area(trace, colour),
    )


def mode_of(trace: Any) -> str:  # noqa: ANN401
    """Return what a scatter draws, such as `lines+markers`, Plotly's default where none is set."""
    if trace.mode is not None:
        return str(trace.mode)
    return "lines+markers" if n_points(trace) < 20 else "lines"


def n_points(trace: Any) -> int:  # noqa: ANN401
    """Return how many points a trace names."""
    return max(0 if trace.x is None else len(trace.x), 0 if trace.y is None else len(trace.y))


def marks_of(trace: Any, n: int) -> list[Mark]:  # noqa: ANN401
    """Return the marks of the first `n` points."""
    own = trace.marker
    symbols, sizes = _each(own.symbol, n), _each(own.size, n)
    edges = _each(own.line.width, n)
    inks = _inks(own.color, n, trace)
    return [
        mark(symbol, 6.0 if size is None else float(size), colour, float(edge or 0.0))
        for symbol, size, edge, colour in zip(symbols, sizes, edges, inks, strict=True)
    ]


def _each(value: Any, n: int) -> list[Any]:  # noqa: ANN401
    """Return a value per point, of one for all or of a list."""
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        return [value] * n
    return [*list(value)[:n], *([None] * (n - len(value)))]


def _inks(colour: Any, n: int, trace: Any) -> list[Ink]:  # noqa: ANN401
    opacity = (1.0 if trace.opacity is None else trace.opacity) * (
        1.0 if trace.marker.opacity is None else trace.marker.opacity
    )
    usual = trace.line.color if trace.type != "bar" else None
    return [ink(one or usual or _COLOURWAY[0], opacity) for one in _each(colour, n)]


def _line_colour(trace: Any) -> Ink:  # noqa: ANN401
    own = trace.marker.color
    of_mark = own if isinstance(own, str) else None
    colour = trace.line.color or of_mark or trace.fillcolor or _COLOURWAY[0]
    return ink(colour, trace.opacity)


def _area(trace: Any, colour: Ink) -> Ink | None:  # noqa: ANN401
    if trace.fill in (None, "none"):
        return None
    if trace.fillcolor:
        return ink(trace.fillcolor, trace.opacity)
    return (*colour[:3], colour[3] * 0.3)
