"""Draw traces and shapes on matplotlib's axes."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.transforms import Transform, blended_transform_factory
from numpy.typing import NDArray

from core.errors import ExchangeError
from ui.paper.looks import DASHES, Mark, dash, ink, line_pt
from ui.paper.looks_of import marks_of
from ui.paper.plot import Trace

MANY_MARKS = 3000
"""More marks than this are drawn as pixels of 300 dpi, for an SVG of them takes megabytes."""
_STEPS = {"hv": "steps-post", "vh": "steps-pre", "hvh": "steps-mid"}
_BAR = 0.8


def draw_traces(axes: Axes, traces: Sequence[Trace], mode: str) -> None:
    """Draw the traces of one pane in their order.

    Args:
        axes: Their pane.
        traces: Of one pane.
        mode: How bars share a place: group, stack, relative or overlay.
    """
    draw_bars(axes, [one for one in traces if one.source.type == "bar"], mode)
    before: Trace | None = None
    for place, one in enumerate(traces):
        if one.source.type == "bar":
            continue
        order = 2 + place / (len(traces) + 1)
        _area(axes, one, before, order)
        _line(axes, one, order)
        _marks(axes, one, order)
        _error_bars(axes, one, order)
        before = one


def _area(axes: Axes, one: Trace, before: Trace | None, order: float) -> None:
    if one.look.area is None:
        return
    style: dict[str, Any] = {"facecolor": one.look.area, "linewidth": 0, "zorder": order - 1}
    fill = one.source.fill
    if fill == "toself":
        axes.fill(one.x, one.y, **style)
    elif fill == "tozeroy":
        axes.fill_between(one.x, one.y, 0.0, **style)
    elif fill == "tonexty" and before is not None and len(before.x) == len(one.x):
        axes.fill_between(one.x, one.y, before.y, **style)
    else:
        raise ExchangeError(f"An area filled '{fill}' cannot be laid out for paper.")


def _line(axes: Axes, one: Trace, order: float) -> None:
    if one.look.line_pt is None:
        return
    x, y = one.x, one.y
    if one.source.connectgaps:
        known = np.isfinite(x) & np.isfinite(y)
        x, y = x[known], y[known]
    steps = _STEPS.get(str(one.source.line.shape), "default")
    axes.plot(x, y, **one.look.line_style(), drawstyle=steps, zorder=order)


def _marks(axes: Axes, one: Trace, order: float) -> None:
    if one.look.mark is None or not len(one.x):
        return
    groups: dict[Mark, list[int]] = {}
    marks = marks_of(one.source, len(one.x))
    is_one = len(set(marks)) == 1
    for place, found in enumerate(marks):
        is_open = one.look.mark.is_open if is_one else found.is_open
        shown = (
            replace(found, shape=one.look.mark.shape, is_open=is_open)
            if is_one or (found.shape == marks[0].shape)
            else found
        )
        groups.setdefault(shown, []).append(place)
    on_line = one.look.line_pt is not None
    for shown, places in groups.items():
        style = shown.style(on_line=on_line)
        (drawn,) = axes.plot(one.x[places], one.y[places], linestyle="none", zorder=order, **style)
        drawn.set_rasterized(len(one.x) > MANY_MARKS)


def _error_bars(axes: Axes, one: Trace, order: float) -> None:
    found = one.source.error_y
    if found.array is None:
        return
    above = np.array([0.0 if v is None else float(v) for v in found.array])
    below = above if found.arrayminus is None else np.array([float(v) for v in found.arrayminus])
    axes.errorbar(
        one.x, one.y, yerr=(below, above), fmt="none", ecolor=one.look.ink, elinewidth=0.8,
        capsize=1.5, zorder=order,
    )  # fmt: skip


def draw_bars(axes: Axes, traces: Sequence[Trace], mode: str) -> None:
    """Draw bars side by side (group), on one another (stack, relative) or over one another."""
    tops: dict[tuple[float, bool], float] = {}
    n = len(traces) if mode == "group" else 1
    for number, one in enumerate(traces):
        lies = one.source.orientation == "h"
        places, lengths = (one.y, one.x) if lies else (one.x, one.y)
        width = _BAR * _step(places) / n
        shift = (number - (n - 1) / 2) * width if mode == "group" else 0.0
        starts: NDArray[np.float64] = np.zeros(len(places))
        if mode in ("stack", "relative"):
            starts = _starts(tops, places, lengths)
        draw = axes.barh if lies else axes.bar
        style: dict[str, Any] = {
            "color": one.look.area,
            "hatch": one.look.hatch,
            "edgecolor": "white" if one.look.hatch else "none",
            "zorder": 2,
        }
        offsets = {"left": starts} if lies else {"bottom": starts}
        draw(places + shift, lengths, width, **offsets, **style)


def _starts(
    tops: dict[tuple[float, bool], float],
    places: NDArray[np.float64],
    lengths: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return where bars start that stand on those before; below zero they hang."""
    starts: list[float] = []
    for place, length in zip(places, lengths, strict=True):
        key = (float(place), bool(length < 0))
        starts.append(tops.get(key, 0.0))
        tops[key] = starts[-1] + (0.0 if np.isnan(length) else float(length))
    return np.array(starts)


def _step(places: NDArray[np.float64]) -> float:
    gaps = np.diff(np.unique(places[np.isfinite(places)]))
    return float(gaps.min()) if len(gaps) else 1.0


def draw_shapes(axes: Axes, pane: tuple[str, str], shapes: Iterable[Any]) -> None:
    """Draw the lines and rectangles of a layout that belong to a pane.

    Raises:
        ExchangeError: One is of another type.
    """
    for shape in shapes:
        refs = (shape.xref or "x", shape.yref or "y")
        if not _belongs(refs, pane):
            continue
        across = _transform(axes, refs)
        order = 0.8 if shape.layer == "below" else 3.2
        if shape.type == "line":
            dashes = DASHES[dash(shape.line.dash)]
            axes.plot(
                [shape.x0, shape.x1],
                [shape.y0, shape.y1],
                transform=across,
                color=ink(shape.line.color or "#444", shape.opacity),
                linewidth=line_pt(shape.line.width),
                linestyle=(0, dashes) if dashes else "-",
                zorder=order,
            )
        elif shape.type == "rect":
            corner, size = (shape.x0, shape.y0), (shape.x1 - shape.x0, shape.y1 - shape.y0)
            axes.add_patch(Rectangle(corner, *size, transform=across, zorder=order, **_box(shape)))
        else:
            raise ExchangeError(f"A shape of type '{shape.type}' cannot be laid out for paper.")


def _box(shape: Any) -> dict[str, Any]:  # noqa: ANN401
    fill = ink(shape.fillcolor, shape.opacity) if shape.fillcolor else "none"
    width = 2.0 if shape.line.width is None else shape.line.width
    edge = ink(shape.line.color or "#444", shape.opacity) if width else "none"
    return {"facecolor": fill, "edgecolor": edge, "linewidth": line_pt(width) if width else 0.0}


def _belongs(refs: tuple[str, str], pane: tuple[str, str]) -> bool:
    names = tuple(ref.removesuffix(" domain") for ref in refs)
    return all(name in ("paper", own) for name, own in zip(names, pane, strict=True))


def _transform(axes: Axes, refs: tuple[str, str]) -> Transform:
    x, y = (
        axes.transAxes if ref == "paper" or ref.endswith(" domain") else axes.transData
        for ref in refs
    )
    return blended_transform_factory(x, y)
