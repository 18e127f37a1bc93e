"""Score and rank against strength: margin over cosine, each with its own hard negatives."""

from collections.abc import Iterable, Sequence
from typing import Any

import plotly.graph_objects as go

from core.types.robustness import PerturbationSpec, ResponseCurve
from core.types.scores import MARGIN, ScoreKind
from ui.screens.perturb.axis import (
    axis_title,
    broken_region,
    ends,
    neutral_label,
    pane_label,
    position,
    share_of_axis,
    strength_axis,
    vertical_line,
)
from ui.screens.perturb.traces import (
    add_third_pane,
    level_line,
    level_marker,
    other_traces,
    rival_trace,
)
from ui.screens.perturb.words import breaking_text, crossings, curve_name, strength_text
from ui.shared.figures.style import AFTER, BEFORE, NEGATIVE, base_layout
from ui.shared.text import scored

HEIGHT_PX = 480
RANK_HEIGHT_PX = 170
_MARGIN_PANE, _COSINE_PANE = (0.47, 1.0), (0.0, 0.32)
_THREE = (0.66, 1.0), (0.33, 0.53), (0.0, 0.2)
_NEUTRAL = "rgba(100,116,139,0.55)"
_NEAR = 0.45
"""Two breaking strengths nearer than this share of the axis are named on two lines, for phones."""
_MARGINS = {"l": 56, "r": 14, "t": 30, "b": 42}


def response_plot(
    spec: PerturbationSpec,
    curve: ResponseCurve | None,
    key: str,
    kind: ScoreKind = MARGIN,
    others: Sequence[ResponseCurve] = (),
) -> go.Figure:
    """Return both scores against strength, in two panes over one axis.

    Further scorers are drawn in the pane of their unit; other units have a third pane.

    Args:
        spec: The perturbation; its levels set the axis from the start.
        curve: The points so far; None = only the axes.
        key: Names what is plotted: another key resets the zoom.
        kind: What the second stage's scores are.
        others: The same sweep by further scorers.
    """
    units = list(dict.fromkeys(one.kind.unit for one in others))
    third = [unit for unit in units if unit not in (kind.unit, "cosine")]
    upper, middle, lower = _THREE if third else (_MARGIN_PANE, _COSINE_PANE, _COSINE_PANE)
    panes = [
        _Pane("y", upper, f"{kind.name}, {kind.unit}", AFTER, kind, of_margin=True),
        _Pane("y2", middle, "cosine", BEFORE, kind, of_margin=False),
    ]
    for pane in panes:
        unit = kind.unit if pane.of_margin else "cosine"
        pane.others = [one for one in others if one.kind.unit == unit]
    layout = _layout(spec, panes, curve, key)
    if third:
        add_third_pane(layout, third, lower)
    figure = go.Figure(layout=layout)
    for place, one in enumerate(others):
        axis = "y3" if one.kind.unit in third else "y" if one.kind.unit == kind.unit else "y2"
        for trace in other_traces(one, place + 2, axis):
            figure.add_scatter(**trace)
    for pane in panes:
        if curve is None:  # an axis without a trace would not be drawn
            figure.add_scatter(x=[None], y=[None], yaxis=pane.axis, showlegend=False)
            continue
        for trace in pane.traces(curve):
            figure.add_scatter(**trace)
    return figure


def rank_plot(spec: PerturbationSpec, curve: ResponseCurve | None, key: str) -> go.Figure:
    """Return the pair's rank against strength, rank 1 on top."""
    ranks = [p.rank for p in curve.points if p.rank is not None] if curve is not None else []
    last = max([5, *ranks])
    axis = {
        "range": [last + 0.4 + 0.05 * last, 0.6 - 0.05 * last],
        "tickvals": _rank_ticks(last),
        "title": axis_title("rank"),
        "zeroline": False,
        "fixedrange": True,
    }
    figure = go.Figure(
        layout=base_layout(
            RANK_HEIGHT_PX,
            margin=_MARGINS | {"t": 8, "b": 24},
            xaxis=strength_axis(spec) | {"title": None},
            yaxis=axis,
            shapes=[vertical_line(spec, spec.neutral, "y", _NEUTRAL, 1.0)],
            showlegend=False,
            uirevision=key,
        )
    )
    if curve is not None:
        figure.add_scatter(
            **level_line(curve, [p.rank for p in curve.points]),
            name="rank",
            line={"color": AFTER, "width": 2, "shape": "linear"},
            marker=level_marker(curve, AFTER),
        )
    return figure


class _Pane:
    """One scorer's half of the plot."""

    def __init__(
        self,
        axis: str,
        domain: tuple[float, float],
        title: str,
        colour: str,
        kind: ScoreKind,
        *,
        of_margin: bool,
    ) -> None:
        self.axis, self.domain, self.title, self.colour = axis, domain, title, colour
        self.kind = kind
        self.in_nats = of_margin and kind.unit == "nats"
        self.of_margin = of_margin
        self.legend = "legend" if of_margin else "legend2"
        self.others: Sequence[ResponseCurve] = ()

    def values(self, curve: ResponseCurve) -> list[float | None]:
        return [p.margin if self.of_margin else p.cosine for p in curve.points]

    def dashed(self, curve: ResponseCurve) -> float | None:
        return curve.hard_negative_margin if self.of_margin else curve.hard_negative_cosine

    def traces(self, curve: ResponseCurve) -> Iterable[dict[str, Any]]:
        common = {"yaxis": self.axis, "legend": self.legend}
        yield (
            common
            | level_line(curve, self.values(curve))
            | {
                "name": curve_name(self.kind) if self.of_margin else "descriptor cosine",
                "line": {"color": self.colour, "width": 2.5},
                "marker": level_marker(curve, self.colour),
            }
        )
        dashed = self.dashed(curve)
        if dashed is not None:
            reach = [position(curve.spec, s) for s in ends(curve.spec)]
            yield common | {
                "x": reach,
                "y": [dashed, dashed],
                "mode": "lines",
                "name": f"hard negatives, undamaged: mean {self.score(dashed)}",
                "line": {"color": self.colour, "width": 1.5, "dash": "dash"},
                "hoverinfo": "skip",
            }
        again = [p.perturbed_negative_margin for p in curve.points]
        if self.of_margin and any(value is not None for value in again):
            yield common | {
                "x": [position(curve.spec, p.strength) for p in curve.points],
                "y": again,
                "mode": "lines",
                "connectgaps": False,
                "name": "the same, scored again at each level",
                "line": {"color": self.colour, "width": 1.5, "dash": "dot"},
                "hoverinfo": "skip",
            }
        rival = rival_trace(curve) if self.of_margin else None
        if rival is not None:
            yield rival

    def scale(self, curve: ResponseCurve | None) -> list[float]:
        """Return the axis range: everything drawn, with room for the labels on top."""
        known: list[float] = []
        if curve is not None:
            everything = [*self.values(curve), self.dashed(curve)]
            if self.of_margin:
                everything += [p.perturbed_negative_margin for p in curve.points]
                everything += [p.rival_margin for p in curve.points]
            for one in self.others:
                everything += [*(p.margin for p in one.points), one.hard_negative_margin]
            known = [value for value in everything if value is not None]
        if not known:
            return [-2.0, 2.0] if self.in_nats else [0.0, 1.05]
        low, high = min(known), max(known)
        span = max(high - low, 0.5 if self.in_nats else 0.05)
        return [low - 0.10 * span, high + 0.26 * span]

    def score(self, value: float) -> str:
        return scored(value, self.kind) if self.of_margin else f"{value:.3f}"

    def marks(self, curve: ResponseCurve) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return (shapes, annotations) of the breaking strength, or of its reason in words."""
        spec = curve.spec
        breaking = curve.breaking_margin if self.of_margin else curve.breaking_cosine
        values = crossings(breaking)
        if not values:
            words = breaking_text(curve, of_margin=self.of_margin)
            return [], [pane_label(words, 0.995, self.axis, "right", xref="paper", quiet=True)]
        shapes: list[dict[str, Any]] = []
        labels: list[dict[str, Any]] = []
        shares = [share_of_axis(spec, value) for value in values]
        is_near = len(values) > 1 and max(shares) - min(shares) < _NEAR
        words = "" if len(values) > 1 else "breaks at "
        for number, value in enumerate(values):
            shapes.append(broken_region(spec, value, self.axis))
            shapes.append(vertical_line(spec, value, self.axis, NEGATIVE, 1.5))
            text = f"✕ {words}{strength_text(spec, value)}"
            anchor = "right" if shares[number] > 0.5 else "left"
            line = number if is_near else 0
            labels.append(pane_label(text, position(spec, value), self.axis, anchor, line=line))
        return shapes, labels


def _layout(
    spec: PerturbationSpec, panes: Sequence[_Pane], curve: ResponseCurve | None, key: str
) -> go.Layout:
    shapes = [vertical_line(spec, spec.neutral, pane.axis, _NEUTRAL, 1.0) for pane in panes]
    labels: list[dict[str, Any]] = [neutral_label(spec)]
    axes: dict[str, Any] = {}
    for pane in panes:
        if curve is not None:
            more_shapes, more_labels = pane.marks(curve)
            shapes += more_shapes
            labels += more_labels
        axes[pane.axis.replace("y", "yaxis")] = {
            "domain": pane.domain,
            "title": axis_title(pane.title),
            "range": pane.scale(curve),
            "zeroline": False,
            "nticks": 6,
            "anchor": "x",
        }
        axes[pane.legend] = _legend(pane.domain[1])
    return go.Layout(
        **base_layout(HEIGHT_PX, margin=_MARGINS)
        | axes
        | {
            "xaxis": strength_axis(spec) | {"anchor": "y2"},
            "shapes": shapes,
            "annotations": labels,
            "uirevision": key,
        }
    )


def _legend(top: float) -> dict[str, Any]:
    return {
        "orientation": "h",
        "x": 0,
        "xanchor": "left",
        "y": top + 0.005,
        "yanchor": "bottom",
        "font": {"size": 12},
        "itemclick": False,
        "itemdoubleclick": False,
    }


def _rank_ticks(last: int) -> list[int]:
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, last) if last / step <= 6)
    return [1, *range(step if step > 1 else 2, last + 1, step)]
