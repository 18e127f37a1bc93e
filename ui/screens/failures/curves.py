"""Precision of the trusted first results against their recall, a line per signal."""

from html import escape

import plotly.graph_objects as go

from core.types.confidence import ConfidenceReport
from ui.shared.figures.style import base_layout, scorer_look

CURVES_PX = 380
_SHOWN = 8


def precision_recall(report: ConfidenceReport) -> go.Figure:
    """Return the curves, best area first; the dotted line is what a signal reaches by chance."""
    figure = go.Figure(layout=_layout(report))
    told = [one for one in report.shown if one.auprc is not None][:_SHOWN]
    for place, one in enumerate(told):
        colour, symbol = scorer_look(place)
        points = one.curve
        figure.add_scatter(
            x=[point.recall for point in points],
            y=[point.precision for point in points],
            customdata=[[point.threshold, 100 * point.coverage] for point in points],
            mode="lines+markers" if len(points) <= 40 else "lines",
            name=f"{escape(one.name)} {one.auprc.value:.3f}" if one.auprc else escape(one.name),
            line={"color": colour, "width": 2, "shape": "linear"},
            marker={"color": colour, "symbol": symbol, "size": 6},
            hovertemplate=(
                "≥ %{customdata[0]:.4g}<br>%{y:.3f} right, %{x:.3f} of the right ones<br>"
                "%{customdata[1]:.0f} % of queries<extra></extra>"
            ),
        )
    chance = report.n_right / len(report.right)
    figure.add_scatter(
        x=[0, 1],
        y=[chance, chance],
        mode="lines",
        name=f"chance {chance:.3f}",
        line={"color": "rgba(100,116,139,0.7)", "width": 1, "dash": "dot"},
        hoverinfo="skip",
    )
    return figure


def _layout(report: ConfidenceReport) -> go.Layout:
    share = {"range": [-0.02, 1.03], "dtick": 0.2, "zeroline": False}
    n = len(report.right)
    layout = base_layout(
        CURVES_PX,
        xaxis=share | {"title": {"text": f"recall, n = {n:,} queries"}},
        yaxis=share | {"title": {"text": "precision"}},
        uirevision=f"confidence-{report.first_of}",
    )
    return go.Layout(**layout)
