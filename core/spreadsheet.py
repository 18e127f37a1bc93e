"""CSV that spreadsheets can open: no text is run as a formula, and numbers stay numbers."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from typing import TypeVar

GUARD = "formula_guard"
"""The column that says `yes` in the rows whose texts `unguarded_row` must give back."""
_YES = "yes"
T = TypeVar("T")
Columns = Mapping[str, Callable[[T], object]]
"""A table's columns in order: the name of each, and what it holds of a row's object."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, quote_all: bool = False
) -> str:
    """Return a table as CSV: texts guarded, numbers to the last bit, None as an empty cell.

    Args:
        columns: What the first line names.
        rows: Cells in the order of the columns.
        quote_all: Whether every cell stands in quotes, or only one that has to.
    """
    out = io.StringIO(newline="")
    plain = csv.writer(out, lineterminator="\n")
    quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for row in chain([columns], rows):
        cells = [guarded(cell) if isinstance(cell, str) else cell for cell in row]
        # Before Python 3.13 a lone CR is not quoted, and readers end the line there.
        has_cr = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (quoted if quote_all or has_cr else plain).writerow(cells)
    return out.getvalue()


def table_csv_text(columns: Columns[T], items: Iterable[T], *, quote_all: bool = False) -> str:
    """Return `csv_text` of a table with one row per item."""
    rows = ([read(item) for read in columns.values()] for item in items)
    return csv_text(tuple(columns), rows, quote_all=quote_all)


def restorable_csv_text(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, quote_all: bool = False
) -> str:
    """Return `csv_text`, with a last column `GUARD` if any text had to be guarded.

    For formats that other tools write too: a name of theirs may begin with an apostrophe and `=`,
    so only a row that is marked is unguarded when it is read.
    """
    kept = [tuple(row) for row in rows]
    marks = [_YES if any(map(_is_guarded, row)) else "" for row in kept]
    if not any(marks):
        return csv_text(columns, kept, quote_all=quote_all)
    marked = ((*row, mark) for row, mark in zip(kept, marks, strict=True))
    return csv_text((*columns, GUARD), marked, quote_all=quote_all)


def unguarded_row(cells: Mapping[str, str]) -> Mapping[str, str]:
    """Return the cells of a row, by column, as `restorable_csv_text` was given them."""
    if cells.get(GUARD, "").strip() != _YES:
        return cells
    return {name: unguarded(cell) for name, cell in cells.items()}


def guarded(cell: str) -> str:
    """Return a text that no spreadsheet runs as a formula: with an apostrophe before `=` and such.

    `unguarded` takes the apostrophe off again.
    """
    return f"'{cell}" if _begins_formula(cell) else cell


def unguarded(cell: str) -> str:
    """Return the cell that `guarded` was given."""
    rest = cell[1:]
    return rest if cell.startswith("'") and _begins_formula(rest) else cell


def _begins_formula(cell: str) -> bool:
    """Look behind spaces, quotes and apostrophes, which spreadsheets may take off."""
    return cell.lstrip(" \"'").startswith(_FORMULA)


def _is_guarded(cell: object) -> bool:
    return isinstance(cell, str) and _begins_formula(cell)
