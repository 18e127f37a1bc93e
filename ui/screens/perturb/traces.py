"""The curves in the plot of one pair: what all share, further scorers, a pane for other units."""

from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from core.types.robustness import ResponseCurve, ResponsePoint
from core.types.scores import P_YES
from ui.address_values import number_text
from ui.screens.perturb.axis import axis_title, ends, position
from ui.screens.perturb.words import rival_text, strength_text
from ui.shared.figures.style import NEGATIVE, POSITIVE, scorer_look
from ui.shared.text import probability_text, scored_in

_LEGENDS = {"y": "legend", "y2": "legend2", "y3": "legend3"}


def other_traces(curve: ResponseCurve, place: int, axis: str) -> Iterator[dict[str, Any]]:
    """Yield the curve of a further scorer and its dashed line.

    Args:
        curve: So far; levels without a score are gaps.
        place: Of the scorer, which decides colour and symbol.
        axis: The y axis of its unit.
    """
    colour, symbol = scorer_look(place)
    common = {"yaxis": axis, "legend": _LEGENDS[axis]}
    yield common | {
        "x": [position(curve.spec, p.strength) for p in curve.points],
        "y": [p.margin for p in curve.points],
        "text": [
            f"{curve.spec.name} {strength_text(curve.spec, p.strength)}<br>{curve.kind.name} "
            f"{scored_in(p.margin, curve.kind)}"
            for p in curve.points
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines+markers",
        "connectgaps": False,
        "name": curve.kind.name,
        "line": {"color": colour, "width": 1.8},
        "marker": {"color": colour, "size": 7, "symbol": symbol},
    }
    if curve.hard_negative_margin is not None:
        yield common | {
            "x": [position(curve.spec, end) for end in ends(curve.spec)],
            "y": [curve.hard_negative_margin] * 2,
            "mode": "lines",
            "line": {"color": colour, "width": 1.2, "dash": "dash"},
            "hoverinfo": "skip",
            "showlegend": False,
        }


def add_third_pane(layout: go.Layout, units: Sequence[str], domain: tuple[float, float]) -> None:
    """Put an axis for the units that neither the margin nor the cosine has below the others."""
    layout["yaxis3"] = {
        "domain": domain,
        "title": axis_title(" / ".join(units)),
        "zeroline": False,
        "nticks": 5,
        "anchor": "x",
    }
    layout["legend3"] = {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": domain[1] + 0.005,
        "yanchor": "bottom",
        "font": {"size": 12},
        "itemclick": False,
        "itemdoubleclick": False,
    }
    layout.update(xaxis={"anchor": "y3"})


def level_line(curve: ResponseCurve, values: Sequence[float | None]) -> dict[str, Any]:
    """Return what every curve of levels shares; a level without a value is a gap."""
    return {
        "x": [position(curve.spec, p.strength) for p in curve.points],
        "y": list(values),
        "customdata": [number_text(p.strength) for p in curve.points],
        "text": [_hover(curve, p) for p in curve.points],
        "mode": "lines+markers",
        "connectgaps": False,
        "hovertemplate": "%{text}<extra></extra>",
    }


def level_marker(curve: ResponseCurve, colour: str) -> dict[str, Any]:
    """Return the marks of levels; the neutral one is open."""
    neutral = curve.spec.neutral
    symbols = ["circle-open" if p.strength == neutral else "circle" for p in curve.points]
    return {"color": colour, "size": 8, "opacity": 1, "symbol": symbols} | {
        "line": {"width": 2, "color": colour}
    }


def _hover(curve: ResponseCurve, point: ResponsePoint) -> str:
    spec, kind = curve.spec, curve.kind
    lines = [f"{spec.name} {strength_text(spec, point.strength)}"]
    if point.margin is not None:
        probability = probability_text(point.probability, kind, 3)
        score = scored_in(point.margin, kind)
        lines.append(f"{kind.name} {score}, {kind.probability or P_YES} {probability}")
    if point.cosine is not None:
        lines.append(f"cosine {point.cosine:.3f}")
    if point.rank is not None:
        lines.append(f"rank {point.rank}")
    if point.problem is not None:
        lines.append(f"not scored: {point.problem}".replace("<", "&lt;"))
    return "<br>".join(lines)


def rival_trace(curve: ResponseCurve) -> dict[str, Any] | None:
    """Return the rival's curve in the margin's pane; None where no rival is known."""
    if curve.rival is None:
        return None
    is_negative = curve.rival.relation == "negative"
    colour = NEGATIVE if is_negative else POSITIVE
    return {
        "yaxis": "y",
        "legend": "legend",
        "x": [position(curve.spec, p.strength) for p in curve.points],
        "y": [p.rival_margin for p in curve.points],
        "text": [
            f"{rival_text(curve.rival)}<br>{curve.kind.name} "
            f"{scored_in(p.rival_margin, curve.kind)}".replace("<b>", "&lt;b>")
            for p in curve.points
        ],
        "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines+markers",
        "connectgaps": False,
        "name": f"strongest {curve.rival.relation}",
        "line": {"color": colour, "width": 1.8},
        "marker": {"color": colour, "size": 7, "symbol": "x" if is_negative else "triangle-up"},
    }
