"""Tables for papers: rows of dataclasses as LaTeX (booktabs) and as Markdown."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeVar, get_args

from core.errors import known_name
from core.spreadsheet import Columns
from core.types.number_text import MISSING, ap_text, interval_text, signed, with_minus
from core.types.rankings import FAILURE_CLASSES
from core.types.runs import Interval, MetricChange, Summary
from core.types.saved import RunComparison
from core.types.sets import BreakingStrengths, RobustnessReport
from core.types.tradeoff import TradeoffRow, TradeoffTable

TableFormat = Literal["tex", "md"]
TABLE_FORMATS: tuple[TableFormat, ...] = get_args(TableFormat)
T = TypeVar("T")
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    MISSING: "--",
    "\N{MINUS SIGN}": "$-$",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
}
_MARKDOWN = {"&": "&amp;", "<": "&lt;", ">": "&gt;", **{sign: f"\\{sign}" for sign in "\\`*_[]|~$"}}


@dataclass(frozen=True, slots=True)
class PaperTable:
    """A table as text; `is_number` says of each column that it is set to the right."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_number: tuple[bool, ...]


class _Class(NamedTuple):
    """One failure class."""

    name: str
    n: int
    n_all: int


class _Strength(NamedTuple):
    """Where the pairs break by one scorer under one perturbation."""

    scorer: str
    perturbation: str
    unit: str
    found: BreakingStrengths


class _Difference(NamedTuple):
    """Two means and their difference, over all common queries or over a slice."""

    name: str
    n: int
    map_a: float | None
    map_b: float | None
    delta: float | None
    interval: Interval | None
    p: float | None


def table_format(name: str) -> TableFormat:
    """Return the format of this name.

    Raises:
        SettingsError: There is none.
    """
    return known_name(name, TABLE_FORMATS, "Table format")


def paper_table(caption: str, columns: Columns[T], items: Iterable[T]) -> PaperTable:
    """Return a table of dataclasses.

    Args:
        caption: What it shows.
        columns: Their names, and what each holds of a row: a text, a whole number, a number that
            is written with three decimals, an interval, or None for what is missing.
        items: The rows.
    """
    cells = [[read(item) for read in columns.values()] for item in items]
    return PaperTable(
        caption=caption,
        head=tuple(columns),
        rows=tuple(tuple(map(_text, row)) for row in cells),
        is_number=tuple(
            bool(cells) and all(not isinstance(row[place], str) for row in cells)
            for place in range(len(columns))
        ),
    )


def table_text(table: PaperTable, form: TableFormat) -> str:
    """Return a table as a file's text, with a line feed at its end."""
    writers: Mapping[TableFormat, Callable[[PaperTable], str]] = {
        "tex": latex_text,
        "md": markdown_text,
    }
    return writers[form](table)


def latex_text(table: PaperTable) -> str:
    """Return a table environment for the package booktabs; every text is escaped."""
    sides = "".join("r" if is_number else "l" for is_number in table.is_number)
    lines = [
        r"\begin{table}",
        r"  \centering",
        f"  \\caption{{{_escaped(table.caption, _LATEX)}}}",
        f"  \\begin{{tabular}}{{{sides}}}",
        r"    \toprule",
        _latex_row(table.head),
        r"    \midrule",
        *map(_latex_row, table.rows),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def markdown_text(table: PaperTable) -> str:
    """Return a table with its caption below; every text is escaped."""
    sides = ["---:" if is_number else ":---" for is_number in table.is_number]
    head, *rows = ([_escaped(cell, _MARKDOWN) for cell in row] for row in (table.head, *table.rows))
    lines = [f"| {' | '.join(row)} |" for row in (head, sides, *rows)]
    return "\n".join([*lines, "", _escaped(table.caption, _MARKDOWN)]) + "\n"


def metrics_table(summary: Summary, caption: str) -> PaperTable:
    """Return every reported metric before and after, its change, interval and corrected p."""
    columns: Columns[MetricChange] = {
        "metric": lambda one: one.name,
        "before": lambda one: one.before,
        "after": lambda one: one.after,
        "change": lambda one: signed(one.change),
        "95 % interval": lambda one: interval_text(one.interval, with_sign=True) or None,
        "p": lambda one: p_cell(one.p),
        "p corrected": lambda one: p_cell(one.p_corrected),
        "n": lambda one: one.n,
    }
    return _numbers(paper_table(caption, columns, summary.changes), 1)


def classes_table(summary: Summary, caption: str) -> PaperTable:
    """Return the failure classes with their counts and shares of the evaluated queries."""
    n_all = summary.n_evaluated
    items = [_Class(name, summary.classes.get(name, 0), n_all) for name in FAILURE_CLASSES]
    columns: Columns[_Class] = {
        "class": lambda one: one.name,
        "queries": lambda one: one.n,
        "share": lambda one: f"{100 * one.n / one.n_all:.1f} %" if one.n_all else None,
    }
    return _numbers(paper_table(caption, columns, items), 1)


def tradeoffs_table(table: TradeoffTable, caption: str) -> PaperTable:
    """Return every setting of a trade-off table; one that was not measured has dashes."""
    columns: Columns[TradeoffRow] = {
        "scorer": lambda one: one.setting.scorer,
        "stored": lambda one: one.setting.stored,
        "depth": lambda one: one.setting.depth,
        "mAP": lambda one: one.map_after,
        "95 % interval": lambda one: interval_text(one.map_after_ci) or None,
        "change": lambda one: signed(one.delta_map),
        "interval of the change": lambda one: interval_text(one.delta_ci, with_sign=True) or None,
        "tau": lambda one: one.tau,
        "bytes per image": lambda one: one.bytes_per_image and round(one.bytes_per_image),
        "s per query": lambda one: one.seconds_per_query,
    }
    return _numbers(paper_table(caption, columns, table.rows), 2)


def breaking_table(report: RobustnessReport, caption: str) -> PaperTable:
    """Return where the pairs of a set break, by scorer, perturbation and direction."""
    items = [
        _Strength(one.scorer, response.spec.name, response.spec.unit, found)
        for response in report.responses
        for one in response.responses
        for found in one.breaking
    ]
    columns: Columns[_Strength] = {
        "scorer": lambda one: one.scorer,
        "perturbation": lambda one: _direction(one),
        "unit": lambda one: one.unit,
        "restricted mean": lambda one: _mean(one.found),
        "95 % interval": lambda one: _mean_interval(one.found),
        "median": lambda one: "never" if one.found.median_never else _short(one.found.median),
        "broke": lambda one: one.found.n_crossed,
        "never": lambda one: one.found.n_never,
        "below at neutral": lambda one: one.found.n_below_at_neutral,
        "n": lambda one: one.found.n,
    }
    return _numbers(paper_table(caption, columns, items), 3)


def comparison_table(found: RunComparison, caption: str) -> PaperTable:
    """Return the difference of two runs over all common queries and over every slice."""
    whole = _Difference(
        "all", found.n_common, found.map_a, found.map_b, found.delta, found.delta_ci, found.p_value
    )
    slices = [
        _Difference(f"{attribute}={value}", d.n, d.map_a, d.map_b, d.delta, d.delta_ci, None)
        for attribute, values in found.by.items()
        for value, d in values.items()
    ]
    columns: Columns[_Difference] = {
        "queries": lambda one: one.name,
        "n": lambda one: one.n,
        "mAP in A": lambda one: one.map_a,
        "mAP in B": lambda one: one.map_b,
        "B minus A": lambda one: signed(one.delta),
        "95 % interval": lambda one: interval_text(one.interval, with_sign=True) or None,
        "p": lambda one: p_cell(one.p),
    }
    return _numbers(paper_table(caption, columns, [whole, *slices]), 1)


def p_cell(p: float | None) -> str | None:
    """Return a p-value as it stands in a column."""
    if p is None:
        return None
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _numbers(table: PaperTable, n_names: int) -> PaperTable:
    """Set all columns but the first ones to the right; signed numbers are texts too."""
    is_number = tuple(place >= n_names for place in range(len(table.head)))
    return PaperTable(table.caption, table.head, table.rows, is_number)


def _text(cell: object) -> str:
    if cell is None or cell == "":
        return MISSING
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, float):
        return with_minus(ap_text(cell))
    return with_minus(interval_text(cell)) if isinstance(cell, Interval) else str(cell)


def _mean(found: BreakingStrengths) -> str | None:
    if found.n_never and not found.n_crossed:
        return "never"
    return None if found.mean is None else _short(found.mean.mean)


def _mean_interval(found: BreakingStrengths) -> str | None:
    ends = None if found.mean is None or not found.n_crossed else found.mean.interval
    return None if ends is None else with_minus(f"[{ends.low:.3g}, {ends.high:.3g}]")


def _short(value: float | None) -> str | None:
    return None if value is None else with_minus(f"{value:.3g}")


def _direction(one: _Strength) -> str:
    direction = one.found.direction
    return one.perturbation if direction == "any" else f"{one.perturbation}, {direction}"


def _latex_row(cells: Sequence[str]) -> str:
    return f"    {' & '.join(_escaped(cell, _LATEX) for cell in cells)} \\\\"


def _escaped(text: str, signs: Mapping[str, str]) -> str:
    return "".join(signs.get(sign, sign) for sign in " ".join(text.split()))
