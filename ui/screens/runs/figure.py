"""AP in one run against AP in another: one mark per query that both evaluated."""

import plotly.graph_objects as go

from core.types.saved import RunComparison
from ui.shared.figures.style import FAINT, NEGATIVE, POSITIVE, base_layout
from ui.shared.text import file_name

HEIGHT_PX = 460


def run_scatter(found: RunComparison) -> go.Figure:
    """Return the scatter; above the diagonal the second run is better. Marks carry query ids."""
    first = {o.query_id: o.ap_after for o in found.a.outcomes}
    points = [
        (o.query_id, first[o.query_id], o.ap_after)
        for o in found.b.outcomes
        if (o.query_id in first)
    ]
    n = len(points)
    axis = {"range": [-0.03, 1.03], "dtick": 0.2, "zeroline": False}
    figure = go.Figure(
        layout=go.Layout(
            **base_layout(
                HEIGHT_PX,
                xaxis=axis | {"title": {"text": f"AP after in A, n = {n} queries"}},
                yaxis=axis | {"title": {"text": "AP after in B"}},
            )
        )
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": "rgba(100,116,139,0.6)", "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )
    for name, colour, symbol, members in (
        ("better in B", POSITIVE, "triangle-up", [p for p in points if p[2] > p[1]]),
        ("worse in B", NEGATIVE, "triangle-down", [p for p in points if p[2] < p[1]]),
        ("same", FAINT, "circle", [p for p in points if p[2] == p[1]]),
    ):
        if members:
            figure.add_scatter(
                x=[p[1] for p in members],
                y=[p[2] for p in members],
                customdata=[p[0] for p in members],
                text=[file_name(p[0]) for p in members],
                name=f"{name} ({len(members)})",
                mode="markers",
                marker={"color": colour, "symbol": symbol, "size": 10},
                hovertemplate="%{text}<br>AP in A %{x:.3f}<br>AP in B %{y:.3f}<extra></extra>",
            )
    return figure
