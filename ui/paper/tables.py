"""The table of tables: what each screen's numbers are called, and where they are read."""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import SettingsError
from core.exchange.paper_tables import (
    PaperTable,
    breaking_table,
    classes_table,
    comparison_table,
    metrics_table,
    table_format,
    table_text,
    tradeoffs_table,
)
from core.types.runs import Progress, Summary
from ui.paper.captions import caption
from ui.paper.figures import run_of, tradeoff_choice
from ui.paper.sweeps import measured_set
from ui.selection import ViewState

if TYPE_CHECKING:
    from core.workbench import Workbench

Steps = Generator[Progress, None, PaperTable]
MEDIA_TYPES = {"tex": "application/x-tex", "md": "text/markdown; charset=utf-8"}
__all__ = ["MEDIA_TYPES", "TABLES", "PaperNumbers", "table_format", "table_named", "table_text"]


@dataclass(frozen=True, slots=True)
class PaperNumbers:
    """One table: its screen, and what reads it for a selection."""

    screen: str
    read: Callable[["Workbench", ViewState], Steps]


def _metrics(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    summary = _summary(bench, state)
    what = (
        f"Metrics of the {summary.n_database:,} database images before and after re-ranking. "
        "Intervals and p: paired bootstrap over instances; p corrected for the number of metrics "
        "(Holm)."
    )
    return metrics_table(summary, _caption(bench, state, what, summary))


def _classes(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    summary = _summary(bench, state)
    what = "Failure classes of the queries; the first rule that holds decides."
    return classes_table(summary, _caption(bench, state, what, summary))


def _summary(bench: "Workbench", state: ViewState) -> Summary:
    summary = bench.runs.summary(state.fusion)
    if summary is None:
        raise SettingsError(
            "No query is evaluated under this setting yet, so there is no table; run `python "
            "app.py evaluate`."
        )
    return summary


def _caption(bench: "Workbench", state: ViewState, what: str, summary: Summary) -> str:
    n = f"n = {summary.n_evaluated} of {summary.n_queries} queries"
    return caption(what, n, bench.runs.receipt(state.fusion))


def _tradeoffs(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    table = tradeoff_choice(bench, state).table
    what = (
        "What a scorer, a compression and a depth cost and are worth. Change and tau compare with "
        "uncompressed tokens under the same scorer and depth."
    )
    n = f"n = {table.n_corpus_queries} queries"
    return tradeoffs_table(table, caption(what, n, table.receipt))


def _breaking(bench: "Workbench", state: ViewState) -> Steps:
    report = yield from measured_set(bench, state, is_report=True)
    what = (
        "Strengths at which pairs fall below their hard negatives. The restricted mean counts a "
        "pair that never breaks at the strongest level; intervals: bootstrap over instances."
    )
    n = f"n = {len(report.instances)} queries"
    return breaking_table(report, caption(what, n, report.receipt))


def _comparison(bench: "Workbench", state: ViewState) -> Steps:
    yield from ()
    report = run_of(bench, state)
    if state.against in (None, report.run_id):
        raise SettingsError("Two runs are compared; choose another one to compare with.")
    found = bench.saved.compare(state.against or "", report.run_id)
    if found.withheld is not None:
        raise SettingsError(f"The two runs have no table: {found.withheld}")
    what = (
        f"mAP after re-ranking in run A ({found.a.run_id}) and in run B ({found.b.run_id}). "
        "Intervals and p: paired bootstrap over instances."
    )
    return comparison_table(found, caption(what, f"n = {found.n_common} queries", report.receipt))


TABLES: Mapping[str, PaperNumbers] = {
    "metrics": PaperNumbers("overview", _metrics),
    "classes": PaperNumbers("failures", _classes),
    "tradeoffs": PaperNumbers("overview", _tradeoffs),
    "breaking": PaperNumbers("perturb", _breaking),
    "comparison": PaperNumbers("runs", _comparison),
}
"""Every table by its name."""


def table_named(name: str) -> PaperNumbers:
    """Return the table of this name.

    Raises:
        SettingsError: There is none.
    """
    found = TABLES.get(name)
    if found is None:
        raise SettingsError(f"There is no table '{name}'; use one of: {', '.join(TABLES)}.")
    return found
