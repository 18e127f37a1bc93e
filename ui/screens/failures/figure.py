"""The descriptor map: a mark per image, lines from queries to their positives."""

from collections import Counter
from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from core.types.maps import DescriptorMap, MapLinks
from core.types.rankings import FAILURE_CLASSES
from ui.shared.figures.style import CLASS_MARKS, base_layout

HEIGHT_PX = 520
SVG_POINTS = 2000
"""Up to so many images marks are SVG, drawn by the small library; above they are WebGL."""
_FAINT = "rgba(100,116,139,0.5)"
_LINE = "rgba(99,102,241,0.55)"
_RING = "#6366f1"
_COLOURS = (
    "#2563eb", "#d97706", "#0d9488", "#c026d3", "#65a30d", "#dc2626",
    "#0891b2", "#92400e", "#7c3aed", "#15803d", "#db2777", "#475569",
)  # fmt: skip
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")
_LAST = ("other", "none")
_Add = Callable[..., go.Figure]
_MAX_NAME = 40


def descriptor_map(
    drawn: DescriptorMap, labels: Sequence[str], links: MapLinks, *, by_class: bool
) -> go.Figure:
    """Return the map; marks carry their image id, queries are large and outlined.

    Args:
        drawn: The points.
        labels: Every point's group, row by row; `none` is drawn faint, `other` after the named.
        links: Lines to draw; their queries are ringed.
        by_class: Whether the groups are failure classes, which have marks of their own.
    """
    figure = go.Figure(layout=_layout(drawn))
    add = _adder(figure, drawn)
    groups = np.array(labels)
    is_query = np.array(drawn.is_query, dtype=np.bool_)
    ids = np.array(drawn.image_ids)
    _add_lines(add, drawn, links)
    for place, name in enumerate(_order(labels, by_class=by_class)):
        colour, symbol = _mark(name, place, by_class=by_class)
        both = [(groups == name) & ~is_query, (groups == name) & is_query]
        shown, n = _words(name, by_class=by_class), int((groups == name).sum())
        told = False
        for chosen, role in zip(both, ("database image", "query"), strict=True):
            if not chosen.any():
                continue
            add(
                x=drawn.xy[chosen, 0],
                y=drawn.xy[chosen, 1],
                customdata=ids[chosen].tolist(),
                name=f"{escape(shown)} ({n:,})",
                meta=[role, shown],
                legendgroup=name,
                showlegend=not told,
                mode="markers",
                marker=_marker(colour, symbol, is_query=role == "query"),
                hoverinfo="none",
            )
            told = True
    return figure


def _adder(figure: go.Figure, drawn: DescriptorMap) -> _Add:
    """Return what adds a trace that the page draws fast at this number of images."""
    if len(drawn.image_ids) <= SVG_POINTS:
        return figure.add_scatter
    return figure.add_scattergl


def _add_lines(add: _Add, drawn: DescriptorMap, links: MapLinks) -> None:
    if links.rows:
        ends = np.full((len(links.rows), 3, 2), np.nan, dtype=np.float32)
        ends[:, :2] = drawn.xy[np.array(links.rows)]
        add(
            x=ends[..., 0].ravel(),
            y=ends[..., 1].ravel(),
            mode="lines",
            line={"color": _LINE, "width": 1},
            hoverinfo="skip",
            showlegend=False,
            connectgaps=False,
        )
    if links.query_ids:
        rows = [drawn.image_ids.index(one) for one in links.query_ids]
        add(
            x=drawn.xy[rows, 0],
            y=drawn.xy[rows, 1],
            mode="markers",
            marker={"symbol": "circle-open", "size": 19, "color": _RING, "line": {"width": 2}},
            hoverinfo="skip",
            showlegend=False,
        )


def _order(labels: Sequence[str], *, by_class: bool) -> list[str]:
    """Return the groups as they are drawn: faint ones first, below the others."""
    counts = Counter(labels)
    known = [c for c in FAILURE_CLASSES if c in counts] if by_class else None
    named = known or sorted((n for n in counts if n not in _LAST), key=lambda n: (-counts[n], n))
    return [name for name in reversed(_LAST) if name in counts] + named


def _mark(name: str, place: int, *, by_class: bool) -> tuple[str, str]:
    if name in _LAST:
        return _FAINT, "circle" if name == "none" else "circle-open"
    if by_class:
        return next(mark for known, mark in CLASS_MARKS.items() if known == name)
    return _COLOURS[place % len(_COLOURS)], _SYMBOLS[place % len(_SYMBOLS)]


def _marker(colour: str, symbol: str, *, is_query: bool) -> dict[str, Any]:
    if is_query:
        line = {"width": 1.5, "color": colour}
        return {"color": colour, "symbol": symbol, "size": 11, "line": line}
    return {"color": colour, "symbol": symbol, "size": 6, "opacity": 0.7}


def _words(name: str, *, by_class: bool) -> str:
    if name == "none":
        return "no class" if by_class else "none"
    return name if len(name) <= _MAX_NAME else f"{name[: _MAX_NAME - 1]}…"


def _layout(drawn: DescriptorMap) -> go.Layout:
    names = ("UMAP 1", "UMAP 2")
    if drawn.shares is not None:
        names = tuple(
            f"component {place}, {100 * share:.1f} % of the variance"
            for place, share in enumerate(drawn.shares, 1)
        )
    axis = {"zeroline": False, "showticklabels": False, "ticks": ""}
    return go.Layout(
        **base_layout(
            HEIGHT_PX,
            xaxis=axis | {"title": {"text": names[0]}},
            yaxis=axis | {"title": {"text": names[1]}},
            margin={"l": 36, "r": 12, "t": 30, "b": 40},
            dragmode=False,
            uirevision=f"map-{drawn.projection}",
        )
    )
