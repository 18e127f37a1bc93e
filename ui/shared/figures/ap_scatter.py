"""AP before against AP after: one mark per query, by failure class."""

from collections.abc import Sequence

import plotly.graph_objects as go

from core.types.rankings import QueryOutcome
from ui.shared.figures.style import CLASS_MARKS, base_layout
from ui.shared.text import file_name

HEIGHT_PX = 600


def ap_scatter(
    outcomes: Sequence[QueryOutcome], n_queries: int, height_px: int = HEIGHT_PX
) -> go.Figure:
    """Return the scatter; above the diagonal re-ranking helped. Marks carry their query id."""
    figure = go.Figure(layout=_layout(len(outcomes), n_queries, height_px))
    diagonal = {"color": "rgba(100,116,139,0.6)", "width": 1, "dash": "dot"}
    figure.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", line=diagonal, hoverinfo="skip", showlegend=False
    )
    for name, (colour, symbol) in CLASS_MARKS.items():
        members = [outcome for outcome in outcomes if outcome.failure_class == name]
        if not members:
            continue
        figure.add_scatter(
            x=[outcome.ap_before for outcome in members],
            y=[outcome.ap_after for outcome in members],
            customdata=[outcome.query_id for outcome in members],
            text=[file_name(outcome.query_id) for outcome in members],
            name=f"{name} ({len(members)})",
            mode="markers",
            marker={
                "color": colour,
                "symbol": symbol,
                "size": 10,
                "line": {"width": 1.5, "color": colour},
            },
            hovertemplate="%{text}<br>AP before %{x:.3f}<br>AP after %{y:.3f}<extra></extra>",
        )
    return figure


def _layout(n: int, n_queries: int, height_px: int) -> go.Layout:
    axis = {"range": [-0.03, 1.03], "dtick": 0.2, "zeroline": False, "fixedrange": False}
    count = f"n = {n}" if n == n_queries else f"n = {n} of {n_queries}"
    return go.Layout(
        **base_layout(
            height_px,
            xaxis=axis | {"title": {"text": f"AP before, {count} queries"}},
            yaxis=axis | {"title": {"text": "AP after"}},
            uirevision="ap-scatter",
        )
    )
