"""Quality against memory and against time: pure figures of a table read at a budget."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go
from markupsafe import escape

from core.types.number_text import ap_text, interval_text
from core.types.tradeoff import TradeoffChoice, TradeoffRow
from ui.shared.figures.style import AFTER, BEFORE, base_layout
from ui.shared.text import bytes_text, seconds_text

HEIGHT_PX = 440
SCORER_MARKS = {"mllm": (AFTER, "circle"), "maxsim": ("#0891b2", "diamond")}
"""Colour and symbol of a scorer."""
_OTHER = "#7c3aed"
"""Of scorers without a mark of their own."""
_Writer = Callable[[float], tuple[str, str]]


def quality_by_memory(choice: TradeoffChoice) -> go.Figure:
    """Return mAP against bytes per image at the greatest depth, with the budget's line.

    The best setting within the budget is ringed, at its own depth.
    """
    rows = [row for row in _measured(choice) if row.bytes_per_image]
    sizes = [row.bytes_per_image for row in rows]
    depth = max((row.setting.depth for row in rows), default=0)
    figure = go.Figure(layout=_layout("stored per image, log scale", sizes, bytes_text))
    for scorer, members in _by_scorer([row for row in rows if row.setting.depth == depth]):
        figure.add_scatter(
            x=[row.bytes_per_image for row in members],
            y=[row.map_after for row in members],
            mode="markers",
            name=f"{scorer}, depth {depth}",
            **_looks(scorer, members),
        )
    if choice.best is not None and choice.best.bytes_per_image:
        _ring(figure, choice.best, choice.best.bytes_per_image)
    _before_line(figure, rows, sizes)
    size = " ".join(bytes_text(choice.budget))
    figure.add_scatter(
        x=[choice.budget, choice.budget],
        y=_range([row.map_after for row in rows]),
        mode="lines",
        line={"color": BEFORE, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
        name=f"budget {size}",
    )
    return figure


def quality_by_time(choice: TradeoffChoice) -> go.Figure:
    """Return mAP against seconds per query: each scorer's best compression within the budget.

    A line runs over the depths, which stand at its marks; the best of all is ringed.
    """
    fitting = [
        row
        for row in _measured(choice)
        if row.bytes_per_image is not None
        and row.bytes_per_image <= choice.budget
        and row.seconds_per_query
    ]
    times = [row.seconds_per_query for row in fitting]
    figure = go.Figure(layout=_layout("computing per query, log scale", times, seconds_text))
    for scorer, members in _by_scorer(fitting):
        top = choice.best if choice.best in members else max(members, key=_quality)
        stored = top.setting.stored
        line = sorted(
            (row for row in members if row.setting.stored == stored),
            key=lambda row: row.setting.depth,
        )
        figure.add_scatter(
            x=[row.seconds_per_query for row in line],
            y=[row.map_after for row in line],
            mode="lines+markers+text",
            text=[str(row.setting.depth) for row in line],
            textposition="bottom center",
            name=escape(scorer) if "@" in scorer else f"{scorer}, {escape(stored)}",
            **_looks(scorer, line),
        )
    if choice.best is not None and choice.best.seconds_per_query:
        _ring(figure, choice.best, choice.best.seconds_per_query)
    _frontier(figure, fitting)
    _before_line(figure, fitting, times)
    return figure


def _frontier(figure: go.Figure, rows: Sequence[TradeoffRow]) -> None:
    """Join the rows than which none is both better and as fast; nothing where it is one row."""
    best, found = -math.inf, list[TradeoffRow]()
    for row in sorted(rows, key=lambda one: (one.seconds_per_query or 0.0, -_quality(one))):
        if _quality(row) > best:
            best = _quality(row)
            found.append(row)
    if len(found) < 2:
        return
    figure.add_scatter(
        x=[row.seconds_per_query for row in found],
        y=[row.map_after for row in found],
        mode="lines",
        line={"color": BEFORE, "width": 1, "dash": "dot", "shape": "hv"},
        hoverinfo="skip",
        name="frontier",
    )


def _measured(choice: TradeoffChoice) -> list[TradeoffRow]:
    return [row for row in choice.table.rows if row.map_after is not None]


def _quality(row: TradeoffRow) -> float:
    assert row.map_after is not None, "only measured rows are drawn"
    return row.map_after


def _by_scorer(rows: Sequence[TradeoffRow]) -> list[tuple[str, list[TradeoffRow]]]:
    names = dict.fromkeys(row.setting.scorer for row in rows)
    return [(name, [row for row in rows if row.setting.scorer == name]) for name in names]


def _looks(scorer: str, rows: Sequence[TradeoffRow]) -> dict[str, Any]:
    colour, symbol = _mark(scorer)
    return {
        "marker": {"color": colour, "symbol": symbol, "size": 10},
        "line": {"color": colour, "width": 2},
        "hovertext": [_hover(row) for row in rows],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _mark(scorer: str) -> tuple[str, str]:
    """Return colour and symbol: of a pipeline, those of the family of its last stage."""
    family = scorer.rpartition(">")[2].strip().partition("@")[0].partition(":")[0]
    own = SCORER_MARKS.get(family.partition("/")[0], (_OTHER, "triangle-up"))
    return (own[0], "cross") if "@" in scorer else own


def _hover(row: TradeoffRow) -> str:
    setting = row.setting
    size = "–" if row.bytes_per_image is None else " ".join(bytes_text(row.bytes_per_image))
    seconds = " ".join(seconds_text(row.seconds_per_query)).strip()
    tau = "–" if row.tau is None else f"{row.tau:.3f}"
    return (
        f"{escape(setting.stored)}, {escape(setting.scorer)}, depth {setting.depth}<br>"
        f"mAP {ap_text(row.map_after)} {interval_text(row.map_after_ci)}<br>"
        f"{size} per image, {seconds} per query<br>tau to uncompressed {tau}, n = {row.n_queries}"
    )


def _ring(figure: go.Figure, row: TradeoffRow, x: float) -> None:
    figure.add_scatter(
        x=[x],
        y=[row.map_after],
        mode="markers",
        marker={
            "symbol": "circle-open",
            "size": 20,
            "color": _mark(row.setting.scorer)[0],
            "line": {"width": 2.5},
        },
        hoverinfo="skip",
        name=f"best within the budget: depth {row.setting.depth}",
    )


def _before_line(
    figure: go.Figure, rows: Sequence[TradeoffRow], at: Sequence[float | None]
) -> None:
    """Draw the mAP of the shortlist, which no setting changes, as wide as the values `at`."""
    before = next((row.map_before for row in rows if row.map_before is not None), None)
    if before is None:
        return
    figure.add_scatter(
        x=_range(at),
        y=[before, before],
        mode="lines",
        line={"color": BEFORE, "width": 1.5, "dash": "dot"},
        hoverinfo="skip",
        name=f"mAP before {ap_text(before)}",
    )


def _range(values: Sequence[float | None]) -> list[float]:
    known = [value for value in values if value is not None]
    return [min(known), max(known)] if known else []


def _ticks(at: Sequence[float | None], write: _Writer) -> dict[str, Any]:
    """Return marks at 1 and 3 times the powers of ten around the values."""
    if not _range(at):
        return {}
    low, high = (math.floor(math.log10(value)) for value in _range(at))
    values = [m * 10.0**power for power in range(low, high + 2) for m in (1, 3)]
    return {"tickvals": values, "ticktext": [" ".join(write(value)) for value in values]}


def _layout(title: str, at: Sequence[float | None], write: _Writer) -> go.Layout:
    x = {"type": "log", "zeroline": False, "title": {"text": title}, **_ticks(at, write)}
    y = {"title": {"text": "mAP after"}, "zeroline": False, "tickformat": ".3f"}
    return go.Layout(**base_layout(HEIGHT_PX, xaxis=x, yaxis=y, uirevision=title))
