"""Sizes, inks and type of a figure for paper, and how texts are measured on it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from core.reporting.canvas import INK, LINE, QUIET, drawing

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

WIDTH_PT = {"one": 3.35 * 72, "two": 6.9 * 72}
"""Of one and of two columns of a conference's page."""
DPI = 300
TEXT_PT, SMALL_PT = 7.5, 7.0
LINE_PT = 9.5
"""From one line of text to the next."""
PAD_PT = 3.0
"""White around the figure, which no text enters."""
LINESPACING = 1.15
HALO = 1.6
"""White around a text that stands on lines, in points."""
_STYLE: "dict[RcKeyType, Any]" = {
    "axes.grid": False,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "figure.dpi": DPI,
    "font.size": TEXT_PT,
    "lines.solid_capstyle": "round",
    "pdf.fonttype": 42,  # TrueType: publishers refuse Type 3
    "text.hinting": "none",  # so that a text is as wide in PNG as in SVG and PDF
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
}


@contextmanager
def paper() -> Generator[None]:
    """Hold matplotlib's settings at those of a paper; every figure is made and written within."""
    with drawing(), mpl.rc_context(_STYLE):
        yield


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A white page; lengths are points of 1/72 inch from the lower left corner."""

    figure: Figure
    width_pt: float
    height_pt: float

    @staticmethod
    def of(width_pt: float, height_pt: float) -> "Paper":
        """Return a white page of this size, to be used within `paper`."""
        figure = Figure(figsize=(width_pt / 72, height_pt / 72), dpi=DPI, facecolor="white")
        return Paper(figure, width_pt, height_pt)

    def text(self, x_pt: float, y_pt: float, text: str, **look: Any) -> Text:  # noqa: ANN401
        """Write a text at a place of the page."""
        spacing: dict[str, Any] = {"linespacing": LINESPACING, "fontsize": SMALL_PT, "color": INK}
        place = (x_pt / self.width_pt, y_pt / self.height_pt)
        return self.figure.text(*place, text, **(spacing | look))


class Ruler:
    """Measures texts as they are drawn on a page; what was measured is remembered."""

    def __init__(self) -> None:
        self._figure = Figure(dpi=DPI)
        self._canvas = FigureCanvasAgg(self._figure)
        self._known: dict[tuple[str, float, bool], tuple[float, float]] = {}

    def size(
        self, text: str, size_pt: float = SMALL_PT, *, bold: bool = False
    ) -> tuple[float, float]:
        """Return width and height of a text in points; those of no text are 0."""
        if not text:
            return (0.0, 0.0)
        key = (text, size_pt, bold)
        if key not in self._known:
            weight = "bold" if bold else "normal"
            look: dict[str, Any] = {
                "fontsize": size_pt,
                "fontweight": weight,
                "linespacing": LINESPACING,
            }
            probe = Text(0, 0, text, **look)
            probe.set_figure(self._figure)
            box = in_points(probe.get_window_extent(self._canvas.get_renderer()))
            self._known[key] = (float(box.width), float(box.height))
        return self._known[key]

    def width(self, text: str) -> float:
        """Return the width of a small text in points."""
        return self.size(text)[0]


def in_points(box: Bbox) -> Bbox:
    """Return a box of pixels as one of points."""
    return Bbox(box.get_points() * 72 / DPI)


def text_boxes(figure: Figure) -> list[tuple[str, Bbox]]:
    """Return every text that is seen, with its box in points; to be used within `paper`."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # ticks outside of an axis are known only now
    renderer = canvas.get_renderer()
    found = [one for one in figure.findobj(Text) if one.get_visible() and one.get_text().strip()]
    return [(one.get_text(), in_points(one.get_window_extent(renderer))) for one in found]
