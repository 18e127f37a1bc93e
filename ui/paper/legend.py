"""A legend set for its place: as many columns as fit, long names on several lines."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from ui.paper.canvas import LINE_PT, Paper, Ruler
from ui.paper.looks import Look
from ui.paper.plot import Trace
from ui.paper.words import wrapped

_SAMPLE_PT, _GAP_PT, _COLUMN_PT = 17.0, 4.0, 12.0
_MOST_MARK_PT = 6.5
LEAST_PT = 60.0
"""A legend is never narrower."""


@dataclass(frozen=True, slots=True)
class Legend:
    """Texts in lines, row by row in so many columns, and how much place that takes."""

    looks: tuple[Look, ...]
    texts: tuple[str, ...]
    n_columns: int
    column_pt: tuple[float, ...]
    row_pt: tuple[float, ...]

    @property
    def height_pt(self) -> float:
        """Its height."""
        return sum(self.row_pt)

    @property
    def width_pt(self) -> float:
        """Its width."""
        return sum(self.column_pt) - _COLUMN_PT

    def draw(self, paper: Paper, left_pt: float, top_pt: float) -> None:
        """Draw it below `top_pt`, from `left_pt` to the right."""
        y = top_pt
        for row, height in enumerate(self.row_pt):
            x = left_pt
            first = row * self.n_columns
            places = range(first, min(first + self.n_columns, len(self.texts)))
            for place, width in zip(places, self.column_pt, strict=False):
                _sample(paper, self.looks[place], x, y - LINE_PT / 2)
                paper.text(x + _SAMPLE_PT + _GAP_PT, y - 1.0, self.texts[place], va="top")
                x += width
            y -= height


def legend_of(
    ruler: Ruler, traces: Sequence[Trace], width_pt: float, most_columns: int = 99
) -> Legend:
    """Return the legend of traces that is at most so wide, with the fewest rows."""
    looks, names = tuple(one.look for one in traces), [one.name for one in traces]
    room = max(width_pt, LEAST_PT) - _SAMPLE_PT - _GAP_PT
    texts = tuple(wrapped(name, room, ruler.width) for name in names)
    sizes = [max(ruler.width(line) for line in text.split("\n")) for text in texts]
    n, columns = 1, _columns(sizes, 1)
    for more in range(2, min(len(texts), most_columns) + 1):
        wider = _columns(sizes, more)
        if sum(wider) - _COLUMN_PT <= width_pt:
            n, columns = more, wider
    rows = tuple(
        max(_height(ruler, text) for text in texts[first : first + n])
        for first in range(0, len(texts), n)
    )
    return Legend(looks, texts, n, columns, rows)


def _columns(sizes: Sequence[float], n: int) -> tuple[float, ...]:
    """Return the widths of so many columns, which are filled row by row."""
    return tuple(max(sizes[column::n]) + _SAMPLE_PT + _GAP_PT + _COLUMN_PT for column in range(n))


def _height(ruler: Ruler, text: str) -> float:
    return max(ruler.size(text)[1] + 2.0, LINE_PT)


def _sample(paper: Paper, look: Look, left_pt: float, middle_pt: float) -> None:
    """Draw what a trace looks like."""
    y = middle_pt / paper.height_pt
    x0, x1 = left_pt / paper.width_pt, (left_pt + _SAMPLE_PT) / paper.width_pt
    whole: dict[str, Any] = {"transform": paper.figure.transFigure}
    if look.area is not None and look.mark is None and look.line_pt is None:
        height = 6.0 / paper.height_pt
        edge = "white" if look.hatch else "none"
        paper.figure.add_artist(
            Rectangle((x0, y - height / 2), x1 - x0, height, facecolor=look.area,
                      edgecolor=edge, hatch=look.hatch, linewidth=0.4, **whole)
        )  # fmt: skip
        return
    if look.line_pt is not None:
        paper.figure.add_artist(Line2D([x0, x1], [y, y], **look.line_style(), **whole))
    if look.mark is not None:
        mark = replace(look.mark, size_pt=min(look.mark.size_pt, _MOST_MARK_PT))
        at: dict[str, Any] = {
            "linestyle": "none",
            **mark.style(on_line=look.line_pt is not None),
            **whole,
        }
        paper.figure.add_artist(Line2D([(x0 + x1) / 2], [y], **at))
