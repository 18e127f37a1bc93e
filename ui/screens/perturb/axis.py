"""The strength axis and what is drawn on it: neutral, breaking strengths, labels."""

from math import log2
from typing import Any

from core.types.robustness import PerturbationSpec

_SHADE = "rgba(220,38,38,0.07)"
_FONT = "IBM Plex Sans, system-ui, sans-serif"
_LINE_PX = 15


def position(spec: PerturbationSpec, strength: float) -> float:
    """Return where a strength lies on the plotted axis: its log2 where the spec says so."""
    return log2(strength) if spec.log_axis else strength


def strength_axis(spec: PerturbationSpec) -> dict[str, Any]:
    """Return the axis with the first level on the left, whatever its sign."""
    start, end = (position(spec, level) for level in ends(spec))
    pad = 0.025 * (end - start)
    axis: dict[str, Any] = {
        "range": [start - pad, end + pad],
        "title": axis_title(f"{spec.name}: {spec.unit}"),
        "zeroline": False,
        "fixedrange": True,
    }
    if spec.log_axis:
        whole = [level for level in spec.levels if position(spec, level) % 1 == 0]
        shown = whole if len(whole) > 1 else list(spec.levels)
        axis |= {
            "tickvals": [position(spec, level) for level in shown],
            "ticktext": [_fraction(level) for level in shown],
            "title": axis_title(f"{spec.name}: {spec.unit}, log scale"),
        }
    elif spec.unit == "degrees":
        axis["dtick"] = 30
    return axis


def ends(spec: PerturbationSpec) -> tuple[float, float]:
    """Return the strengths at the left and the right end."""
    return spec.levels[0], spec.levels[-1]


def share_of_axis(spec: PerturbationSpec, strength: float) -> float:
    """Return how far from left to right a strength lies, in [0, 1]."""
    start, end = (position(spec, level) for level in ends(spec))
    return (position(spec, strength) - start) / (end - start) if end != start else 0.0


def _fraction(level: float) -> str:
    """Return 1/4 for a quarter; what is no whole octave stays a decimal."""
    return f"1/{round(1 / level)}" if level < 1 and log2(level) % 1 == 0 else f"{level:.3g}"


def vertical_line(
    spec: PerturbationSpec, strength: float, axis: str, colour: str, width: float
) -> dict[str, Any]:
    """Return a line at a strength over the height of one pane."""
    x = position(spec, strength)
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": f"{axis} domain",
        "line": {"color": colour, "width": width},
        "layer": "below",
    }


def broken_region(spec: PerturbationSpec, strength: float, axis: str) -> dict[str, Any]:
    """Return the region from the breaking strength to the end that lies away from neutral."""
    start, end = ends(spec)
    is_before = (strength - spec.neutral) * (end - start) < 0
    far = start if is_before else end
    return {
        "type": "rect",
        "x0": position(spec, strength),
        "x1": position(spec, far),
        "y0": 0,
        "y1": 1,
        "yref": f"{axis} domain",
        "fillcolor": _SHADE,
        "line": {"width": 0},
        "layer": "below",
    }


def pane_label(
    text: str,
    x: float,
    axis: str,
    anchor: str,
    *,
    xref: str = "x",
    quiet: bool = False,
    line: int = 0,
) -> dict[str, Any]:
    """Return a label in a line from the top of a pane; `quiet` ones are no finding."""
    return {
        "text": text if quiet else f"<b>{text}</b>",
        "x": x,
        "xref": xref,
        "xanchor": anchor,
        "xshift": 0 if quiet else (6 if anchor == "left" else -6),
        "y": 0.985,
        "yshift": -_LINE_PX * line,
        "yref": f"{axis} domain",
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 12, "family": _FONT},
    }


def neutral_label(spec: PerturbationSpec) -> dict[str, Any]:
    """Return the word beside the line at neutral."""
    return {
        "text": "neutral",
        "x": position(spec, spec.neutral),
        "xanchor": "left",
        "xshift": 4,
        "y": 0.01,
        "yref": "y domain",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 11, "family": _FONT},
    }


def axis_title(text: str) -> dict[str, Any]:
    """Return a title in the size of the page's small text."""
    return {"text": text, "standoff": 6, "font": {"size": 12}}
