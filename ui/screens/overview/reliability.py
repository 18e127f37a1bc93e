"""Stated probability against the share of matches found, with the counts under it."""

from collections.abc import Sequence

import plotly.graph_objects as go
from markupsafe import escape

from core.types.reliability import Reliability
from ui.shared.figures.style import AFTER, BEFORE, base_layout

HEIGHT_PX = 440
_LOOKS = {True: (AFTER, "circle", "solid"), False: (BEFORE, "square-open", "dot")}
"""Colour, symbol and dash of the last stage's probability, and of the MLLM's own within it."""

_WIDTHS = {True: 0.012, False: 0.028}
"""Of their bars, one within the other, so that both are seen whichever is taller."""


def reliability_plot(curves: Sequence[Reliability]) -> go.Figure:
    """Return said against found, a line per probability, and bars of how many pairs a bin holds.

    On the diagonal a probability is found as often as it is said; below it too much was promised.
    """
    figure = go.Figure(layout=_layout(curves))
    diagonal = {"color": "rgba(100,116,139,0.6)", "width": 1, "dash": "dot"}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=diagonal, hoverinfo="skip", showlegend=False
    )
    for place, one in enumerate(curves):
        colour, symbol, dash = _LOOKS[place == len(curves) - 1]
        said = [part.said for part in one.bins]
        counts = [part.n for part in one.bins]
        figure.add_scatter(
            x=said,
            y=[part.found for part in one.bins],
            customdata=counts,
            mode="lines+markers",
            name=f"{escape(one.name)}, error {one.error:.3f}",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"color": colour, "symbol": symbol, "size": 9},
            hovertemplate="said %{x:.3f}<br>found %{y:.3f}<br>%{customdata:,} pairs<extra></extra>",
        )
        figure.add_bar(
            x=said,
            y=counts,
            yaxis="y2",
            width=[_WIDTHS[place == len(curves) - 1]] * len(said),
            marker={"color": colour},
            showlegend=False,
            hovertemplate="said %{x:.3f}<br>%{y:,} pairs<extra></extra>",
        )
    return figure


def _layout(curves: Sequence[Reliability]) -> go.Layout:
    n = curves[-1].n if curves else 0
    share = {"range": [-0.03, 1.03], "dtick": 0.2, "zeroline": False}
    layout = base_layout(
        HEIGHT_PX,
        xaxis=share | {"title": {"text": f"probability said, n = {n:,} pairs"}, "anchor": "y2"},
        yaxis=share | {"title": {"text": "share of matches found"}, "domain": [0.3, 1]},
        yaxis2={
            "title": {"text": "pairs"},
            "type": "log",
            "dtick": 1,
            "domain": [0, 0.2],
            "zeroline": False,
        },
        barmode="overlay",
        uirevision="reliability",
    )
    return go.Layout(**layout)
