"""Lay a plot of the screen out anew for paper: measured, light, legible without colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, NullLocator
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from ui.paper.canvas import LINE_PT, TEXT_PT, WIDTH_PT, Paper, Ruler
from ui.paper.choices import Width
from ui.paper.frame import TICK_GAP_PT, TICK_PT, TITLE_GAP_PT, Frame, bottom_pane, frame_of
from ui.paper.looks import POINTS_PER_PX
from ui.paper.notes import Height, Note, Places, Side, place_notes
from ui.paper.plot import Pane, Plot, Trace, read
from ui.paper.traces import draw_shapes, draw_traces
from ui.paper.words import Words, words

_GRID = "#e2e8f0"
_GROWTH, _MOST_GROWN = 1.3, 3.0
"""A plot grows by this factor where the texts of marks find no place, up to that."""
_SAMPLE_PT, _LARGE_PT, _MANY = 5.0, 4.0, 2000
NOTHING = "no data"
_TEXT_SIDES: dict[str, Side] = {"left": "right", "center": "center", "right": "left"}
_TEXT_HEIGHTS: dict[str, Height] = {"top": "bottom", "middle": "center", "bottom": "top"}


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One layout, and the notes that found no place in it, by pane."""

    paper: Paper
    homeless: dict[Pane, list[Note]]


def lay_out(figure: go.Figure, width: Width) -> Figure:
    """Return the figure for paper; to be used within `canvas.paper`.

    Every text keeps clear of all others and of the page's edge: annotations move within their
    pane, and stand above it where they find no place; where texts of marks find none, the plot
    grows, and what is left out in the end is counted above the pane.

    Args:
        figure: A plot of the screen. Its colours of page, font and grid are not used.
        width: Of one column or of two.

    Raises:
        ExchangeError: It draws what paper cannot show.
    """
    plot = read(figure)
    strips: dict[Pane, list[str]] = {}
    grown, ruler = 1.0, Ruler()
    while True:
        made = _attempt(plot, width, grown, strips, ruler)
        labels = {
            pane: [note.words.text for note in notes if not note.of_mark]
            for pane, notes in made.homeless.items()
        }
        n_marks = sum(note.of_mark for notes in made.homeless.values() for note in notes)
        if any(labels.values()):
            for pane, texts in labels.items():
                strips.setdefault(pane, []).extend(texts)
        elif n_marks and grown < _MOST_GROWN:
            grown *= _GROWTH
        elif n_marks:
            _count(strips, made)
            return _attempt(plot, width, grown, strips, ruler).paper.figure
        else:
            return made.paper.figure


def _count(strips: dict[Pane, list[str]], made: Attempt) -> None:
    """Add a line above each pane that says how many texts of marks are left out."""
    for pane, notes in made.homeless.items():
        strips.setdefault(pane, []).append(
            f"{len(notes)} labels of marks have no room and are left out"
        )


def _attempt(
    plot: Plot, width: Width, grown: float, strips: dict[Pane, list[str]], ruler: Ruler
) -> Attempt:
    frame = frame_of(plot, width, grown, strips, ruler)
    paper = Paper.of(WIDTH_PT[width], frame.height_pt)
    homeless: dict[Pane, list[Note]] = {}
    in_strips = {text for texts in strips.values() for text in texts}
    for pane in plot.panes:
        axes = _axes(paper, plot, frame, pane)
        own = [one for one in plot.traces if one.pane == (pane.x, pane.y)]
        draw_traces(axes, own, plot.layout.barmode or "group")
        draw_shapes(axes, (pane.x, pane.y), plot.layout.shapes)
        _limits(axes, frame, pane)
        notes = [
            note
            for note in _notes(plot, frame, pane, own)
            if note.of_mark or note.words.text not in in_strips
        ]
        if notes:
            box = frame.boxes[pane]
            places = Places(box.padded(-1.0), _drawn(frame, pane, own))
            lost = place_notes(paper, notes, places, ruler)
            if lost:
                homeless[pane] = lost
        _titles(paper, plot, frame, pane)
    if frame.under is not None:
        frame.under.draw(paper, *frame.under_at)
    return Attempt(paper, homeless)


def _axes(paper: Paper, plot: Plot, frame: Frame, pane: Pane) -> Axes:
    box = frame.boxes[pane]
    place = (
        box.x0 / paper.width_pt,
        box.y0 / paper.height_pt,
        box.width / paper.width_pt,
        box.height / paper.height_pt,
    )
    axes = paper.figure.add_axes(place, label=f"{pane.x}{pane.y}")
    axes.patch.set_visible(pane.over is None)
    for side in ("top", "right", "left", "bottom"):
        axes.spines[side].set_visible(side in _sides(pane))
    is_lowest = bottom_pane(plot, pane.x).row == pane.row and pane.over is None
    for axis, name, is_labelled in (
        (axes.xaxis, pane.x, is_lowest),
        (axes.yaxis, pane.y, True),
    ):
        scale = frame.scales[name]
        if scale.is_log:
            (axes.set_xscale if axis is axes.xaxis else axes.set_yscale)("log")
        axis.set_minor_locator(NullLocator())
        axis.set_minor_formatter(NullFormatter())
        axis.set_ticks(scale.ticks, labels=scale.labels if is_labelled else [""] * len(scale.ticks))
        axis.set_tick_params(
            length=TICK_PT if scale.is_shown and is_labelled else 0.0, pad=TICK_GAP_PT, width=0.5
        )
        if pane.over is None and scale.is_shown:
            axis.grid(visible=True, color=_GRID, linewidth=0.5, zorder=0)
    if pane.over is not None:
        axes.yaxis.tick_right()
    axes.set_axisbelow(True)
    return axes


def _sides(pane: Pane) -> tuple[str, ...]:
    return ("left", "bottom") if pane.over is None else ("right",)


def _limits(axes: Axes, frame: Frame, pane: Pane) -> None:
    """Set the ends of both axes; drawing may have moved them."""
    x, y = frame.scales[pane.x], frame.scales[pane.y]
    axes.set_xlim(x.low, x.high)
    axes.set_ylim(y.low, y.high)
    axes.set_autoscale_on(False)


def _titles(paper: Paper, plot: Plot, frame: Frame, pane: Pane) -> None:
    """Write the titles of both axes, and what stands above the pane."""
    box = frame.boxes[pane]
    look: dict[str, Any] = {"fontsize": TEXT_PT, "multialignment": "center"}
    title = frame.y_titles[pane.y]
    if title.text:
        reach = frame.labels_pt[pane.y] + TITLE_GAP_PT + title.size_pt
        x, ha = (box.x0 - reach, "left") if pane.over is None else (box.x1 + reach, "right")
        middle = (box.y0 + box.y1) / 2
        paper.text(x, middle, title.text, rotation=90, ha=ha, va="center", **look)
    x_title = frame.x_titles[pane.x]
    if x_title.text and bottom_pane(plot, pane.x) == pane:
        y = box.y0 - frame.labels_pt[pane.x] - TITLE_GAP_PT
        paper.text((box.x0 + box.x1) / 2, y, x_title.text, ha="center", va="top", **look)
    _head(paper, frame, pane)


def _head(paper: Paper, frame: Frame, pane: Pane) -> None:
    box, head = frame.boxes[pane], frame.heads[pane]
    y = box.y1 + head.height_pt
    for line in head.lines:
        paper.text(box.x0, y, line, ha="left", va="top")
        y -= LINE_PT * (1 + line.count("\n"))
    if head.legend is not None:
        head.legend.draw(paper, box.x0, y)


def _notes(plot: Plot, frame: Frame, pane: Pane, traces: Sequence[Trace]) -> list[Note]:
    box = frame.boxes[pane]
    found = [
        _note(frame, pane, box, one)
        for one in plot.layout.annotations
        if one.text and _pane_of(plot, one) == pane
    ]
    if plot.is_empty and pane == plot.panes[0]:
        x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
        found.append(Note(Words(NOTHING), x, y, "center", "center"))
    for one in traces:
        found += _mark_notes(frame, pane, one)
    return found


def _pane_of(plot: Plot, annotation: Any) -> Pane | None:  # noqa: ANN401
    """Return the pane that an annotation belongs to; one of the whole page belongs to the first."""
    x = (annotation.xref or "x").removesuffix(" domain")
    y = (annotation.yref or "y").removesuffix(" domain")
    for pane in plot.panes:
        if x in ("paper", pane.x) and y in ("paper", pane.y):
            return pane
    return plot.panes[0]


def _note(frame: Frame, pane: Pane, box: Bbox, one: Any) -> Note:  # noqa: ANN401
    x = _at(frame.scales[pane.x], one.xref or "x", one.x, (box.x0, box.x1))
    y = _at(frame.scales[pane.y], one.yref or "y", one.y, (box.y0, box.y1))
    goal = None
    if one.showarrow is not False:
        goal = (x, y)
        x += float(one.ax or 0.0) * POINTS_PER_PX
        y -= float(-30.0 if one.ay is None else one.ay) * POINTS_PER_PX
    x += float(one.xshift or 0.0) * POINTS_PER_PX
    y += float(one.yshift or 0.0) * POINTS_PER_PX
    sides: dict[str, Side] = {"left": "left", "right": "right"}
    heights: dict[str, Height] = {"top": "top", "bottom": "bottom"}
    return Note(
        words(str(one.text)),
        x,
        y,
        sides.get(one.xanchor, "center"),
        heights.get(one.yanchor, "center"),
        points_at=goal,
    )


def _at(scale: Any, ref: str, value: Any, ends: tuple[float, float]) -> float:  # noqa: ANN401
    is_share = ref == "paper" or ref.endswith(" domain")
    share = float(value) if is_share else scale.share(scale.of_note(float(value)))
    return ends[0] + share * (ends[1] - ends[0])


def _mark_notes(frame: Frame, pane: Pane, one: Trace) -> list[Note]:
    """Return the texts of a trace's marks, or of its bars."""
    source = one.source
    is_written = source.type == "bar" or "text" in str(source.mode)
    if not is_written or source.text is None:
        return []
    texts = [source.text] * len(one.x) if isinstance(source.text, str) else source.text
    position = (source.textposition or "middle center").split()
    height, side = position if len(position) == 2 else ("top", "center")
    points = _points(frame, pane, one).tolist()
    return [
        Note(words(str(text)), x, y, _TEXT_SIDES[side], _TEXT_HEIGHTS[height], of_mark=True)
        for text, (x, y) in zip(texts, points, strict=False)
        if text and np.isfinite(x) and np.isfinite(y)
    ]


def _points(frame: Frame, pane: Pane, one: Trace) -> NDArray[np.float64]:
    """Return where a trace's values stand on the page, (n, 2) in points; NaN in gaps."""
    box = frame.boxes[pane]
    x = box.x0 + frame.scales[pane.x].shares(one.x) * box.width
    y = box.y0 + frame.scales[pane.y].shares(one.y) * box.height
    return np.column_stack([x, y])


def _rims(one: Trace, points: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return points on the outlines of a trace's marks, where they are large."""
    mark = one.look.mark
    if mark is None or mark.size_pt < _LARGE_PT:
        return []
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rim = mark.size_pt / 2 * np.column_stack([np.cos(angles), np.sin(angles)])
    return [points + one_of for one_of in rim]


def _drawn(frame: Frame, pane: Pane, traces: Sequence[Trace]) -> NDArray[np.float64]:
    """Return points of everything drawn in a pane, lines sampled along their way, (n, 2)."""
    found: list[NDArray[np.float64]] = [np.empty((0, 2))]
    box = frame.boxes[pane]
    n = int((box.width + box.height) / _SAMPLE_PT)
    for one in traces:
        points = _points(frame, pane, one)
        found += [points, *_rims(one, points)]
        if one.look.line_pt is not None and len(points) > 1:
            shares = np.linspace(0.0, 1.0, n if len(points) < _MANY else 2)[:, None, None]
            between = points[:-1] + shares * (points[1:] - points[:-1])
            found.append(between.reshape(-1, 2))
    everything = np.concatenate(found)
    return everything[np.isfinite(everything).all(axis=1)]
