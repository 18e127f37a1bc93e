"""Where the panes of a plot stand on paper: margins by measured labels, heads, heights."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from matplotlib.transforms import Bbox

from ui.paper.canvas import LINE_PT, PAD_PT, SMALL_PT, TEXT_PT, WIDTH_PT, Ruler
from ui.paper.choices import Width
from ui.paper.legend import Legend, legend_of
from ui.paper.plot import Pane, Plot, Trace
from ui.paper.scales import APART_PT, Scale, scale_of, with_ticks
from ui.paper.words import words, wrapped

PT_PER_PX = 0.4
"""Height of a plot on paper per pixel on the screen, for either width."""
LEAST_PANE_PT = 44.0
_USUAL_PX = 450
TICK_PT, TICK_GAP_PT = 2.5, 2.0
TITLE_GAP_PT, _ROW_GAP_PT, _COLUMN_GAP_PT, _LEGEND_GAP_PT = 3.0, 7.0, 14.0, 6.0
_BESIDE_PT = 90.0
"""Where so much is left beside a square plot, its legend stands there."""
_MOST_LINES = 2
"""A turned title has no more lines; a longer one lies above its pane."""


@dataclass(frozen=True, slots=True)
class Title:
    """An axis's title in lines, and the place that it takes across."""

    text: str = ""
    size_pt: float = 0.0


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a pane: lines of text (a title that lies, notes without room), a legend."""

    lines: tuple[str, ...] = ()
    legend: Legend | None = None

    @property
    def height_pt(self) -> float:
        """Its height."""
        n_lines = sum(1 + line.count("\n") for line in self.lines)
        own = 0.0 if self.legend is None else self.legend.height_pt + 1.0
        return n_lines * LINE_PT + own + (2.0 if n_lines or own else 0.0)


@dataclass(slots=True)
class Frame:
    """The page's plan; boxes and lengths in points from the lower left corner.

    `scales` are by axis with their ticks, `x_titles` and `y_titles` by axis, `heads` and `boxes`
    by pane. `labels_pt` is how far ticks and their labels reach from an axis. `under` is the legend
    below the plot or beside it, at `under_at` (left, top).
    """

    height_pt: float = 0.0
    scales: dict[str, Scale] = field(default_factory=dict[str, Scale])
    x_titles: dict[str, Title] = field(default_factory=dict[str, Title])
    y_titles: dict[str, Title] = field(default_factory=dict[str, Title])
    labels_pt: dict[str, float] = field(default_factory=dict[str, float])
    heads: dict[Pane, Head] = field(default_factory=dict[Pane, Head])
    boxes: dict[Pane, Bbox] = field(default_factory=dict[Pane, Bbox])
    under: Legend | None = None
    under_at: tuple[float, float] = (0.0, 0.0)


def frame_of(
    plot: Plot,
    width: Width,
    grown: float,
    strips: Mapping[Pane, Sequence[str]],
    ruler: Ruler,
) -> Frame:
    """Plan the page.

    Args:
        plot: What is drawn.
        width: Of the page.
        grown: How much higher than usual the panes are.
        strips: Texts that had no place in their pane and stand above it.
        ruler: Measures the texts.
    """
    planner = _Planner(plot, WIDTH_PT[width], strips, ruler)
    return planner.plan(grown)


def bottom_pane(plot: Plot, x: str) -> Pane:
    """Return the lowest pane of an x axis, which has its labels."""
    return max((one for one in plot.panes if one.x == x), key=lambda one: one.row)


class _Planner:
    """Works a frame out, step by step, from heights to margins to the page."""

    def __init__(
        self, plot: Plot, width_pt: float, strips: Mapping[Pane, Sequence[str]], ruler: Ruler
    ) -> None:
        self._plot, self._strips = plot, strips
        self._width = width_pt
        self._ruler = ruler
        self._heights: dict[Pane, float] = {}
        self._frame = Frame()

    def plan(self, grown: float) -> Frame:
        height = (self._plot.layout.height or _USUAL_PX) * PT_PER_PX * grown
        self._heights = {pane: max(height * pane.share, LEAST_PANE_PT) for pane in self._plot.panes}
        frame = self._frame
        side = self._square()
        if side is not None:
            self._heights = dict.fromkeys(self._heights, side)
        self._y_axes()
        legends = self._plot.legends()
        self._columns(side)
        several = legends if len(legends) > 1 else {}
        self._heads([one for traces in several.values() for one in traces])
        self._legend_below(legends, side)
        self._rows()
        return frame

    def _square(self) -> float | None:
        """Return the side of a plot whose two axes show the same range, else None."""
        panes = self._plot.panes
        if len(panes) != 1:
            return None
        x, y = (self._plot.axis(name) for name in (panes[0].x, panes[0].y))
        if x.range is None or x.range != y.range or x.type == "log":
            return None
        return min(self._heights[panes[0]], self._width - 30.0)

    def _y_axes(self) -> None:
        for pane in self._plot.panes:
            axis = self._plot.axis(pane.y)
            scale = self._scale(pane.y)
            height = self._heights[pane]
            self._frame.scales[pane.y] = with_ticks(
                scale, axis, height, lambda t: self._ruler.size(t)[1], self._names(pane.y)
            )
            self._frame.y_titles[pane.y] = self._y_title(axis, height)

    def _y_title(self, axis: object, height: float) -> Title:
        """Return the turned title; one that is too long gets no place here."""
        text = _title(axis)
        if not text:
            return Title()
        lines = wrapped(text, height, self._title_width)
        if lines.count("\n") >= _MOST_LINES or _is_broken(text, lines):
            return Title()
        return Title(lines, self._ruler.size(lines, TEXT_PT)[1])

    def _columns(self, side: float | None) -> None:
        """Set the panes' left and right ends, and the ticks of the x axes."""
        n = 1 + max(pane.column for pane in self._plot.panes)
        lefts = [self._beside(column, right=False) for column in range(n)]
        rights = [self._beside(column, right=True) for column in range(n)]
        each = 0.0
        for _ in range(3):  # labels at the ends of an axis may need wider margins
            used = sum(lefts) + sum(rights) + _COLUMN_GAP_PT * (n - 1)
            each = min((self._width - used) / n, math.inf if side is None else side)
            self._x_axes(each)
            for column in range(n):
                left, right = self._overhang(column, each)
                lefts[column] = max(left, lefts[column])
                rights[column] = max(right, rights[column])
        if side is not None:
            self._heights = dict.fromkeys(self._heights, each)
        for pane in self._plot.panes:
            before = sum(lefts[: pane.column + 1]) + sum(rights[: pane.column])
            start = before + pane.column * (each + _COLUMN_GAP_PT)
            self._frame.boxes[pane] = Bbox.from_extents(start, 0.0, start + each, 0.0)

    def _x_axes(self, length: float) -> None:
        for x in dict.fromkeys(pane.x for pane in self._plot.panes):
            axis = self._plot.axis(x)
            own = self._names(x)
            slot = length / (len(own) + 0.2) - APART_PT - 0.5
            names = tuple(wrapped(name, max(slot, 8.0), self._ruler.width) for name in own)
            self._frame.scales[x] = with_ticks(
                self._scale(x), axis, length, self._ruler.width, names
            )
            lines = wrapped(_title(axis), length, self._title_width)
            size = self._ruler.size(lines, TEXT_PT)[1]
            self._frame.x_titles[x] = Title(lines, size)
            heights = [self._ruler.size(t)[1] for t in self._frame.scales[x].labels if t]
            reach = max(heights) + TICK_PT + TICK_GAP_PT if heights else TICK_PT
            self._frame.labels_pt[x] = reach

    def _beside(self, column: int, *, right: bool) -> float:
        """Return the room for titles and labels beside a column, and align them over its rows."""
        frame = self._frame
        panes = [
            p for p in self._plot.panes if p.column == column and (p.over is not None) == right
        ]
        labels = max((self._labels_pt(pane.y) for pane in panes), default=0.0)
        frame.labels_pt |= {pane.y: labels for pane in panes}
        title = max((frame.y_titles[pane.y].size_pt for pane in panes), default=0.0)
        return PAD_PT + labels + (title + TITLE_GAP_PT if title else 0.0)

    def _labels_pt(self, y: str) -> float:
        widths = [self._ruler.width(label) for label in self._frame.scales[y].labels if label]
        return max(widths) + TICK_PT + TICK_GAP_PT if widths else TICK_PT

    def _overhang(self, column: int, length: float) -> tuple[float, float]:
        """Return the margins that the labels at the ends of the column's x axes need."""
        left = right = 0.0
        for x in {pane.x for pane in self._plot.panes if pane.column == column}:
            scale = self._frame.scales[x]
            for tick, label in zip(scale.ticks, scale.labels, strict=True):
                half, at = self._ruler.width(label) / 2, scale.share(tick) * length
                left = max(left, half - at + PAD_PT)
                right = max(right, half - (length - at) + PAD_PT)
        return left, right

    def _heads(self, traces: Sequence[Trace]) -> None:
        """Set what stands above the panes; the traces have their entries there."""
        for pane in self._plot.panes:
            width = self._frame.boxes[pane].width
            lines: list[str] = []
            title = _title(self._plot.axis(pane.y))
            if title and not self._frame.y_titles[pane.y].text:
                lines.append(title)
            lines += self._strips.get(pane, ())
            own = [one for one in traces if one.pane == (pane.x, pane.y)]
            texts = tuple(wrapped(line, width, self._ruler.width) for line in lines)
            self._frame.heads[pane] = Head(
                texts, legend_of(self._ruler, own, width) if own else None
            )

    def _legend_below(self, legends: Mapping[str, Sequence[Trace]], side: float | None) -> None:
        if len(legends) != 1:
            return
        (traces,) = legends.values()
        (first, *_) = self._frame.boxes.values()
        beside = self._width - first.x1 - _COLUMN_GAP_PT - PAD_PT
        is_beside = side is not None and beside >= _BESIDE_PT
        if is_beside:
            self._frame.under = legend_of(self._ruler, traces, beside, 1)
            self._frame.under_at = (first.x1 + _COLUMN_GAP_PT, 0.0)
            self._centre(self._frame.under)
            return
        whole = legend_of(self._ruler, traces, self._width - 2 * PAD_PT)
        below = legend_of(self._ruler, traces, self._width - first.x0 - PAD_PT)
        is_aligned = below.height_pt <= whole.height_pt and below.width_pt <= whole.width_pt
        self._frame.under = below if is_aligned else whole
        self._frame.under_at = (first.x0 if is_aligned else PAD_PT, 0.0)

    def _centre(self, legend: Legend) -> None:
        """Put a square plot and the legend beside it in the middle of the page."""
        frame = self._frame
        shift = (self._width - PAD_PT - frame.under_at[0] - legend.width_pt) / 2
        if shift > 0:
            frame.under_at = (frame.under_at[0] + shift, 0.0)
            for pane, box in frame.boxes.items():
                frame.boxes[pane] = box.translated(shift, 0.0)

    def _rows(self) -> None:
        """Set the panes' heights from the bottom of the page to its top."""
        frame, plot = self._frame, self._plot
        legend = frame.under
        (first, *_) = frame.boxes.values()
        is_beside = frame.under_at[0] > first.x1
        y = PAD_PT
        if legend is not None and not is_beside:
            frame.under_at = (frame.under_at[0], y + legend.height_pt)
            y += legend.height_pt + _LEGEND_GAP_PT
        for row in range(max(pane.row for pane in plot.panes), -1, -1):
            panes = [pane for pane in plot.panes if pane.row == row]
            y += max(self._foot(pane) for pane in panes)
            height = max(self._heights[pane] for pane in panes)
            for pane in panes:
                box = frame.boxes[pane]
                frame.boxes[pane] = Bbox.from_extents(box.x0, y, box.x1, y + height)
            heads = max(frame.heads[pane].height_pt for pane in panes)
            y += height + heads + (_ROW_GAP_PT if row else 0.0)
        frame.height_pt = y + PAD_PT + SMALL_PT / 2  # half a label at the top of the y axis
        if legend is not None and is_beside:
            top = max(box.y1 for box in frame.boxes.values())
            frame.under_at = (frame.under_at[0], top)
            missing = legend.height_pt - (top - PAD_PT)
            if missing > 0:
                self._raise(missing)

    def _raise(self, by_pt: float) -> None:
        """Make room below the plot for a legend beside it that is longer than the plot."""
        frame = self._frame
        frame.height_pt += by_pt
        frame.under_at = (frame.under_at[0], frame.under_at[1] + by_pt)
        for pane, box in frame.boxes.items():
            frame.boxes[pane] = box.translated(0.0, by_pt)

    def _foot(self, pane: Pane) -> float:
        """Return the room below a pane for labels and title of its x axis."""
        if bottom_pane(self._plot, pane.x).row != pane.row:
            return 0.0
        title = self._frame.x_titles[pane.x].size_pt
        return self._frame.labels_pt[pane.x] + (title + TITLE_GAP_PT if title else 0.0)

    def _scale(self, axis: str) -> Scale:
        return scale_of(self._plot.axis(axis), self._plot.values(axis), self._names(axis))

    def _names(self, axis: str) -> tuple[str, ...]:
        return tuple(words(name).text for name in self._plot.categories.get(axis, ()))

    def _title_width(self, text: str) -> float:
        return self._ruler.size(text, TEXT_PT)[0]


def _title(axis: object) -> str:
    return words(str(axis.title.text or "")).text  # pyright: ignore[reportAttributeAccessIssue]


def _is_broken(text: str, lines: str) -> bool:
    """Return whether a word had to be broken to fit."""
    return lines.replace("\n", " ") != text.replace("\n", " ")
