"""AP before re-ranking against AP after, one mark per query, as PNG and as SVG."""

import re
from collections.abc import Sequence

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from core.reporting.canvas import LINE, MM, SINGLE_MM, drawing, png_bytes, svg_text
from core.reporting.text import esc
from core.types.rankings import FAILURE_CLASSES, FailureClass, QueryOutcome
from core.types.runs import RunReport

_MARKS: dict[FailureClass, tuple[str, str]] = {
    "rescued": ("#15a34a", "^"),
    "easy": ("#0d9488", "o"),
    "unmoved": ("#64748b", "."),
    "harmed, demoted": ("#d97706", "v"),
    "harmed by an intruder": ("#dc2626", "x"),
    "missed": ("#7c3aed", "D"),
}
_HEIGHT_MM = 98.0
_DPI = 320
_MARK = re.compile(r'<a xlink:href="#(\d+)" target="_blank">(.*?)</a>', re.DOTALL)


def scatter_png(report: RunReport) -> bytes:
    """Return the plot of one run as wide as a journal's column, 1121 x 1234 pixels, on white."""
    with drawing():
        return png_bytes(scatter(report), _DPI)


def scatter_svg(report: RunReport) -> Markup:
    """Return the same plot as SVG for a page; every mark says its query and its APs on hover."""
    with drawing():
        text = svg_text(scatter(report), "scatter", "AP after against AP before, a mark per query")

    def titled(mark: re.Match[str]) -> str:
        one = report.outcomes[int(mark[1])]
        name = f"{one.query_id}: {one.ap_before:.3f} to {one.ap_after:.3f}"
        return f"<g><title>{esc(name)}</title>{mark[2]}</g>"

    return Markup(_MARK.sub(titled, text))


def scatter(report: RunReport) -> Figure:
    """Return the plot; above the diagonal re-ranking helped. Within `drawing` only."""
    figure = Figure(figsize=(SINGLE_MM * MM, _HEIGHT_MM * MM), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=LINE, linewidth=0.8, linestyle=":")
    for name in FAILURE_CLASSES:
        members = [(n, o) for n, o in enumerate(report.outcomes) if o.failure_class == name]
        if members:
            _draw(axes, name, members)
    axes.grid(axis="x")
    ticks = [step / 5 for step in range(6)]
    axes.set(
        xlim=(-0.03, 1.03),
        ylim=(-0.03, 1.03),
        xticks=ticks,
        yticks=ticks,
        xlabel=f"AP before, n = {len(report.outcomes)} queries",
        ylabel=f"AP after, depth {report.summary.depth}",
        aspect="equal",
    )
    axes.set_title(f"Receipt {report.receipt.receipt_id}", loc="left", fontweight="normal")
    figure.legend(loc="outside lower left", ncols=2)
    return figure


def _draw(axes: Axes, name: FailureClass, members: Sequence[tuple[int, QueryOutcome]]) -> None:
    """Draw a class; each mark carries its query's place in the report as its address."""
    colour, mark = _MARKS[name]
    axes.scatter(
        [o.ap_before for _, o in members],
        [o.ap_after for _, o in members],
        c=colour,
        marker=mark,
        s=18,
        linewidths=0.8,
        alpha=0.75,
        label=f"{name} ({len(members)})",
        urls=[f"#{place}" for place, _ in members],
    )
