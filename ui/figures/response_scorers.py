"""Further scorers in the plot of one pair: their curves, their lines, a pane for other units."""

from collections.abc import Iterator, Sequence
from typing import Any

import plotly.graph_objects as go

from core.types.robustness import ResponseCurve
from ui.figures.strength_axis import axis_title, ends, position
from ui.render.perturb_text import strength_text
from ui.shared.figures.style import scorer_look
from ui.shared.text import scored_in

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
