"""The plot of AP before against AP after as PNG, drawn by matplotlib: no browser, no network."""

import io

from core.errors import ExchangeError
from core.types.rankings import FAILURE_CLASSES, FailureClass
from core.types.runs import RunReport

NO_PNG = (
    'PNG needs the extra `export`: python -m pip install -e ".[export]"; the HTML report shows '
    "the same plot and needs nothing."
)
_MARKS: dict[FailureClass, tuple[str, str]] = {
    "rescued": ("#15a34a", "^"),
    "easy": ("#0d9488", "o"),
    "unmoved": ("#64748b", "."),
    "harmed, demoted": ("#d97706", "v"),
    "harmed by an intruder": ("#dc2626", "x"),
    "missed": ("#7c3aed", "D"),
}
_INCHES, _DPI = 7.0, 160


def scatter_png(report: RunReport) -> bytes:
    """Return the plot of one run, 1120 x 1120 pixels, on white.

    Raises:
        ExchangeError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ExchangeError(NO_PNG) from error
    figure = Figure(figsize=(_INCHES, _INCHES), dpi=_DPI, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#94a3b8", linewidth=1, linestyle=":")
    for name in FAILURE_CLASSES:
        members = [o for o in report.outcomes if o.failure_class == name]
        if members:
            colour, mark = _MARKS[name]
            before, after = [o.ap_before for o in members], [o.ap_after for o in members]
            label = f"{name} ({len(members)})"
            axes.scatter(before, after, c=colour, marker=mark, label=label)
    n = len(report.outcomes)
    axes.set(
        xlim=(-0.03, 1.03),
        ylim=(-0.03, 1.03),
        xlabel=f"AP before, n = {n} queries",
        ylabel=f"AP after, depth {report.summary.depth}",
        aspect="equal",
    )
    axes.set_title(f"Receipt {report.receipt.receipt_id}", loc="left", fontsize="small")
    axes.legend(fontsize="small", frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()
