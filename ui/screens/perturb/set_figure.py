"""Mean curves of a set: scores with bands, one pane per unit, and the share above the line."""

from collections.abc import Callable, Sequence
from typing import Any

import plotly.graph_objects as go

from core.types.robustness import PerturbationSpec
from core.types.sets import Estimate, LevelMean, ScorerResponse
from ui.screens.perturb.axis import axis_title, ends, position, strength_axis, vertical_line
from ui.screens.perturb.words import strength_text
from ui.shared.figures.style import base_layout, scorer_look

HEIGHT_PX = 560
_SHARE_TOP, _BETWEEN = 0.2, 0.07
_NEUTRAL = "rgba(100,116,139,0.55)"
_OWN_UNIT = "as imported"


def set_plot(spec: PerturbationSpec, responses: Sequence[ScorerResponse], key: str) -> go.Figure:
    """Return the means of every scorer with 95 % bands, and the share of pairs above their line.

    Args:
        spec: The perturbation; its levels set the axis from the start.
        responses: Of every scorer so far, at least one.
        key: Names what is plotted: another key resets the zoom.
    """
    groups = unit_groups([(one.scorer, one.unit) for one in responses])
    figure = go.Figure(layout=_layout(spec, responses, groups, key))
    for row, places in enumerate(groups):
        for place in places:
            for trace in _score_traces(spec, responses[place], place):
                figure.add_scatter(**trace, yaxis=_axis(row + 1))
    for place, one in enumerate(responses):
        shares = _mean_trace(spec, one, place, lambda level: level.above, "share above the line")
        figure.add_scatter(**shares, yaxis="y", showlegend=False)
    return figure


def unit_groups(scorers: Sequence[tuple[str, str]]) -> list[list[int]]:
    """Return the places of scorers (name, unit) that share a pane: those of one unit."""
    groups: dict[str, list[int]] = {}
    for place, (name, unit) in enumerate(scorers):
        groups.setdefault(name if unit == _OWN_UNIT else unit, []).append(place)
    return list(groups.values())


def _axis(row: int) -> str:
    return "y" if row == 0 else f"y{row + 1}"


def _layout(
    spec: PerturbationSpec,
    responses: Sequence[ScorerResponse],
    groups: Sequence[Sequence[int]],
    key: str,
) -> go.Layout:
    axes: dict[str, Any] = {
        "yaxis": {
            "domain": (0.0, _SHARE_TOP),
            "title": axis_title("above line"),
            "range": (-0.04, 1.04),
            "tickformat": ".0%",
            "tickvals": (0.0, 0.5, 1.0),
            "zeroline": False,
        }
    }
    height = (1.0 - _SHARE_TOP) / len(groups)
    for row, places in enumerate(groups):
        top = 1.0 - row * height
        first = responses[places[0]]
        title = first.unit if len(places) > 1 else f"{first.scorer}, {first.unit}"
        axes[f"yaxis{row + 2}"] = {
            "domain": (top - height + _BETWEEN, top),
            "title": axis_title(title if first.scorer != first.unit else first.unit),
            "zeroline": False,
            "nticks": 5,
            "anchor": "x",
        }
    rows = range(len(groups) + 1)
    return go.Layout(
        **base_layout(HEIGHT_PX, margin={"l": 60, "r": 14, "t": 44, "b": 42})
        | axes
        | {
            "xaxis": strength_axis(spec) | {"anchor": "y"},
            "shapes": [vertical_line(spec, spec.neutral, _axis(r), _NEUTRAL, 1.0) for r in rows],
            "uirevision": key,
        }
    )


def _score_traces(spec: PerturbationSpec, one: ScorerResponse, place: int) -> list[dict[str, Any]]:
    colour, _ = scorer_look(place)
    known = [level.score for level in one.levels]
    x = [position(spec, level.strength) for level in one.levels]
    low, high = zip(*(_ends(found) for found in known), strict=True) if known else ((), ())
    traces: list[dict[str, Any]] = [
        {
            "x": [*x, *reversed(x)],
            "y": [*low, *reversed(high)],
            "fill": "toself",
            "mode": "none",
            "fillcolor": _faint(colour),
            "hoverinfo": "skip",
            "showlegend": False,
        },
        _mean_trace(spec, one, place, lambda level: level.score, "mean"),
    ]
    if one.line is not None:
        reach = [position(spec, end) for end in ends(spec)]
        traces.append(_line(reach, [one.line.mean] * 2, colour, "dash"))
    moved = [level for level in one.levels if level.moved_line is not None]
    if moved:
        means = [level.moved_line.mean for level in moved if level.moved_line is not None]
        at = [position(spec, level.strength) for level in moved]
        traces.append(_line(at, means, colour, "dot"))
    return traces


def _line(x: Sequence[float], y: Sequence[float], colour: str, dash: str) -> dict[str, Any]:
    return {
        "x": list(x),
        "y": list(y),
        "mode": "lines",
        "line": {"color": colour, "width": 1.5, "dash": dash},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _mean_trace(
    spec: PerturbationSpec,
    one: ScorerResponse,
    place: int,
    value: Callable[[LevelMean], Estimate | None],
    word: str,
) -> dict[str, Any]:
    colour, symbol = scorer_look(place)
    known = [(level.strength, found) for level in one.levels if (found := value(level)) is not None]
    return {
        "x": [position(spec, strength) for strength, _ in known],
        "y": [found.mean for _, found in known],
        "text": [_hover(spec, one, word, strength, found) for strength, found in known],
        "hovertemplate": "%{text}<extra></extra>",
        "mode": "lines+markers",
        "name": one.scorer,
        "line": {"color": colour, "width": 2.5 if place == 0 else 1.8},
        "marker": {"color": colour, "size": 7, "symbol": symbol},
    }


def _hover(
    spec: PerturbationSpec, one: ScorerResponse, word: str, strength: float, found: Estimate
) -> str:
    low, high = _ends(found)
    return (
        f"{spec.name} {strength_text(spec, strength)}<br>{one.scorer}, {word} {found.mean:.3g} "
        f"[{low:.3g}, {high:.3g}], n = {found.n}".replace("-", "−")
    )


def _ends(found: Estimate) -> tuple[float, float]:
    interval = found.interval
    return (found.mean, found.mean) if interval is None else (interval.low, interval.high)


def _faint(colour: str) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.14)"
