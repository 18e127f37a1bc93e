"""What all printed figures share: fonts and lines, one drawn at a time, the same bytes again."""

import io
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure

from core.reporting.text import esc

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

MM = 1 / 25.4
"""Inches per millimetre."""
SINGLE_MM, DOUBLE_MM = 89.0, 183.0
"""Widths of one and of two columns of a journal's page."""
INK, QUIET, LINE, GRID = "#0f172a", "#334155", "#94a3b8", "#e2e8f0"
_STYLE: "dict[RcKeyType, Any]" = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine has it
    "font.size": 6.5,
    "axes.titlesize": 7.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 3.0,
    "axes.labelsize": 6.5,
    "axes.labelpad": 2.0,
    "axes.linewidth": 0.5,
    "axes.edgecolor": LINE,
    "axes.labelcolor": QUIET,
    "axes.titlecolor": INK,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "text.color": QUIET,
    "text.parse_math": False,  # names may hold a dollar sign
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.major.pad": 2.0,
    "ytick.major.pad": 2.0,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "second-look",
}
# matplotlib's settings belong to the process, and its fonts are not safe in several threads.
_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def drawing() -> Generator[None]:
    """Hold matplotlib's settings at ours; every figure is made and written within.

    The user's own matplotlibrc has no part in it. Other threads wait: a figure takes about 1 s.
    """
    with _ONE_AT_A_TIME, mpl.rc_context():
        mpl.rcdefaults()
        with mpl.rc_context(_STYLE):
            yield


def svg_text(figure: Figure, kind: str, label: str) -> str:
    """Return a figure as a standalone SVG that can also stand in a page.

    Args:
        figure: Made within the same `drawing`.
        kind: Its CSS classes; the first also limits its style to itself.
        label: What a screen reader says.
    """
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    head = f'<svg class="{esc(kind)}" role="img" aria-label="{esc(label)}" '
    inside = text[text.index("<svg ") + len("<svg ") :]
    return head + inside.replace(">*{", f">.{kind.split()[0]} *{{", 1)


def png_bytes(figure: Figure, dpi: float) -> bytes:
    """Return a figure as PNG on white."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
