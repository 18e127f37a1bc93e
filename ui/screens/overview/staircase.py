"""mAP of every order that a pipeline makes, as a staircase."""

from collections.abc import Sequence

import plotly.graph_objects as go
from markupsafe import escape

from core.types.number_text import ap_text
from core.types.runs import StageMean
from ui.shared.figures.style import AFTER, BEFORE, base_layout

HEIGHT_PX = 260
_WIDTH = 0.8
"""Of a step, in steps."""
_LABEL_PX = 12
_ROOM = (0.1, 0.25)
"""Below the lowest step and, for its label, above the highest, in shares of what they span."""
_LEAST_SPAN = 0.01


def staircase(stages: Sequence[StageMean]) -> go.Figure:
    """Return a step per order with its mAP above it, joined by risers; a withheld one is a gap."""
    n = stages[0].n if stages else 0
    names = [str(escape(one.order)) for one in stages]
    x = {"tickvals": list(range(len(stages))), "ticktext": names, "zeroline": False}
    y = {"title": {"text": f"mAP, n = {n:,} queries"}, "zeroline": False, "tickformat": ".3f"}
    room = {}
    known = [one.map_at_k for one in stages if one.map_at_k is not None]
    if known:
        span = max(max(known) - min(known), _LEAST_SPAN)
        room = {"range": [min(known) - _ROOM[0] * span, max(known) + _ROOM[1] * span]}
    layout = base_layout(HEIGHT_PX, xaxis=x, yaxis=y | room, showlegend=False, uirevision="stages")
    figure = go.Figure(
        layout=go.Layout(**layout | {"margin": {"l": 60, "r": 16, "t": 16, "b": 44}})
    )
    figure.add_scatter(
        x=[place + side * _WIDTH / 2 for place in range(len(stages)) for side in (-1, 1)],
        y=[one.map_at_k for one in stages for _ in range(2)],
        mode="lines",
        line={"color": "rgba(100,116,139,0.6)", "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    for place, one in enumerate(stages):
        if one.map_at_k is None:
            continue
        figure.add_scatter(
            x=[place - _WIDTH / 2, place, place + _WIDTH / 2],
            y=[one.map_at_k] * 3,
            mode="lines+markers+text",
            marker={"size": _LABEL_PX, "color": "rgba(0,0,0,0)"},  # lifts the label off the step
            text=["", ap_text(one.map_at_k), ""],
            textposition="top center",
            line={"color": BEFORE if place == 0 else AFTER, "width": 4},
            name=names[place],
            hovertemplate=f"{names[place]}<br>mAP %{{y:.3f}}<extra></extra>",
        )
    return figure
