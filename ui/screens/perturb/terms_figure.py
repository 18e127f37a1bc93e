"""What each term of joined evidence adds, against strength: one small plot per term."""

from typing import Any

import plotly.graph_objects as go

from core.types.evidence import term_word
from core.types.number_text import signed
from core.types.robustness import PerturbationSpec, ResponseCurve
from core.types.scores import OFFSET
from ui.screens.perturb.axis import broken_region, strength_axis, vertical_line
from ui.screens.perturb.traces import level_line, level_marker
from ui.screens.perturb.words import crossings, strength_text
from ui.shared.figures.style import NEGATIVE, base_layout
from ui.shared.terms import colour_of

PANE_PX, GAP_PX = 84, 26
_TOP_PX, _BOTTOM_PX = 24, 42
_LEAST_SPAN = 0.5


def terms_of(curve: ResponseCurve | None) -> tuple[str, ...]:
    """Return the terms of a curve in the order of their fit, without the offset, which is fixed."""
    points = () if curve is None else curve.points
    shares = next((p.shares for p in points if p.shares is not None), None) or {}
    return tuple(stage for stage in shares if stage != OFFSET)


def terms_px(curve: ResponseCurve | None) -> int:
    """Return how high the plot is; 0 where nothing is joined."""
    n = len(terms_of(curve))
    return n * PANE_PX + (n - 1) * GAP_PX + _TOP_PX + _BOTTOM_PX if n else 0


def terms_plot(spec: PerturbationSpec, curve: ResponseCurve, key: str) -> go.Figure:
    """Return the terms under each other over one axis of strengths, all to one scale of nats.

    Args:
        spec: The perturbation; its levels set the axis from the start.
        curve: The points so far, at least one of them with shares.
        key: Names what is plotted: another key resets the zoom.
    """
    terms = terms_of(curve)
    values = {stage: _shares(curve, stage) for stage in terms}
    span = max(_span(found) for found in values.values())
    inner = len(terms) * PANE_PX + (len(terms) - 1) * GAP_PX
    axes: dict[str, Any] = {}
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for place, stage in enumerate(terms):
        axis = _axis(place)
        top = 1 - place * (PANE_PX + GAP_PX) / inner
        middle = _middle(values[stage])
        axes[axis.replace("y", "yaxis")] = {
            "domain": (max(0.0, top - PANE_PX / inner), top),
            "range": [middle - 0.6 * span, middle + 0.6 * span],
            "nticks": 4,
            "zeroline": False,
            "fixedrange": True,
            "anchor": "x",
        }
        for value in crossings(curve.breaking_margin):
            shapes.append(broken_region(spec, value, axis))
            shapes.append(vertical_line(spec, value, axis, NEGATIVE, 1.5))
        labels.append(_name(stage, axis))
    figure = go.Figure(
        layout=base_layout(
            terms_px(curve),
            margin={"l": 56, "r": 14, "t": _TOP_PX, "b": _BOTTOM_PX},
            xaxis=strength_axis(spec) | {"anchor": _axis(len(terms) - 1)},
            shapes=shapes,
            annotations=labels,
            showlegend=False,
            uirevision=key,
        )
        | axes
    )
    for place, stage in enumerate(terms):
        colour = colour_of(stage, terms)
        word = term_word(stage)
        figure.add_scatter(
            **level_line(curve, values[stage])
            | {
                "yaxis": _axis(place),
                "name": word,
                "text": [
                    f"{spec.name} {strength_text(spec, point.strength)}<br>"
                    f"{word} {signed(value, 2)} nats"
                    for point, value in zip(curve.points, values[stage], strict=True)
                ],
                "line": {"color": colour, "width": 2},
                "marker": level_marker(curve, colour),
            }
        )
    return figure


def _axis(place: int) -> str:
    return f"y{place + 1}" if place else "y"


def _shares(curve: ResponseCurve, stage: str) -> list[float | None]:
    return [None if point.shares is None else point.shares[stage] for point in curve.points]


def _known(values: list[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _span(values: list[float | None]) -> float:
    known = _known(values)
    return max(max(known) - min(known), _LEAST_SPAN)


def _middle(values: list[float | None]) -> float:
    known = _known(values)
    return (max(known) + min(known)) / 2


def _name(stage: str, axis: str) -> dict[str, Any]:
    """Return a pane's name above it, where no curve runs."""
    return {
        "text": f"<b>{term_word(stage)}</b>, nats",
        "x": 0,
        "xref": "paper",
        "xanchor": "left",
        "y": 1,
        "yref": f"{axis} domain",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 12},
    }
