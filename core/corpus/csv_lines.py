"""Read a table into numbered lines, list every fault of its form, and say what was assumed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.corpus.limits import printable
from core.corpus.table_text import Record, TextError, decoded, folded, split_records

MOST_FAULTS = 20
"""Faults of a file that are listed; the rest is counted."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """What is wrong in one line of a file; the header is line 1."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        """Return `manifest.csv:3: ...`."""
        return f"{self.file}:{self.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of the file; `number` is where it starts and every column has a cell."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a file that have the right number of cells, and the faults of the others.

    `assumed` says what of its form was taken because nothing else could be meant; `name` is what
    its faults call it.
    """

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]
    assumed: tuple[str, ...] = ()
    name: str = ""


class Assumed:
    """Collects what the rows of a table leave to one reading only, and how often."""

    def __init__(self, of_the_form: Sequence[str] = ()) -> None:
        self._of_the_form = tuple(of_the_form)
        self._counts: dict[str, int] = {}

    def add(self, what: str) -> None:
        """Count one more row or cell of this kind."""
        self._counts[what] = self._counts.get(what, 0) + 1

    def sentence(self, file: str) -> str:
        """Return one line that says everything, or an empty text where nothing was assumed."""
        counted = (f"{what} ({n:,})" for what, n in self._counts.items())
        said = (*self._of_the_form, *counted)
        return f"{file} was read with {'; '.join(said)}" if said else ""


def parse_table(
    name: str, data: bytes, required: Sequence[str], known: Sequence[str] = ()
) -> Table:
    """Read a table with a header; without a usable header there are no lines, only faults.

    Delimiter, encoding, line ends, blank rows and row numbers are told from the content; the
    columns of `required` and `known` are found without regard to case and blanks.

    Args:
        name: The file's name, for the faults.
        data: Its content.
        required: Columns that it must have.
        known: Columns that it may have; any other keeps its spelling.
    """
    expected = (*required, *known)
    try:
        text, marks = decoded(data)
    except TextError as error:
        return unusable(name, error.line, str(error))
    found = split_records(text, {folded(column) for column in expected})
    broken = tuple(Fault(name, line, fault) for line, fault in found.broken)
    if not found.rows:
        return Table((), (), broken or (Fault(name, 1, "the file is empty"),), name=name)
    first, *rows = found.rows
    return table_of(
        name,
        first,
        rows,
        required,
        known,
        so_far=Table((), (), broken, (*marks, *found.taken)),
    )


def table_of(
    name: str,
    header: Record,
    rows: Iterable[Record],
    required: Sequence[str],
    known: Sequence[str] = (),
    *,
    so_far: Table = Table((), (), ()),
) -> Table:
    """Return records as a table; `parse_table` says what becomes of the header.

    Args:
        name: What the faults call it.
        header: The names of the columns, and where they stand.
        rows: The cells, in the order of the columns.
        required: Columns that it must have.
        known: Columns that it may have.
        so_far: The faults found before, and what was assumed.
    """
    expected = (*required, *known)
    columns = tuple(_column(cell, expected) for cell in header.cells)
    renamed = any(cell.strip() != one for cell, one in zip(header.cells, columns, strict=True))
    said = (*so_far.assumed, *(["column names in another case"] if renamed else []))
    faults = _header_faults(name, header.number, columns, required)
    if faults:
        return Table(columns, (), (*faults, *so_far.faults), said, name)
    lines: list[Line] = []
    uneven: list[Fault] = []
    for row in rows:
        if len(row.cells) == len(columns):
            lines.append(Line(row.number, dict(zip(columns, row.cells, strict=True))))
        else:
            fault = f"the line has {len(row.cells)} cells where the header names {len(columns)}"
            uneven.append(Fault(name, row.number, fault))
    return Table(columns, tuple(lines), (*uneven, *so_far.faults), said, name)


def quoted(text: str) -> str:
    """Return text fit for a fault line: quoted, shortened, nothing invisible."""
    return f"'{printable(text)}'"


def listed(faults: Sequence[Fault]) -> tuple[str, ...]:
    """Return the first faults of each file in order, and how many more there are."""
    by_file: dict[str, list[Fault]] = {}
    for fault in sorted(faults):
        by_file.setdefault(fault.file, []).append(fault)
    lines: list[str] = []
    for file, found in by_file.items():
        lines += map(str, found[:MOST_FAULTS])
        if len(found) > MOST_FAULTS:
            lines.append(f"{file}: ... and {len(found) - MOST_FAULTS:,} more faults")
    return tuple(lines)


def unusable(name: str, line: int, text: str) -> Table:
    """Return a table of which nothing can be read but the one fault."""
    return Table((), (), (Fault(name, line, text),), name=name)


def _column(cell: str, expected: Sequence[str]) -> str:
    """Return the expected column that a cell names, or the name as it is spelled."""
    return next((name for name in expected if folded(name) == folded(cell)), cell.strip())


def _header_faults(
    name: str, number: int, columns: Sequence[str], required: Sequence[str]
) -> tuple[Fault, ...]:
    texts = [f"column {quoted(column)} is missing" for column in required if column not in columns]
    for place, column in enumerate(columns):
        if not column:
            texts.append(f"column {place + 1} has no name")
        elif column in columns[:place]:
            texts.append(f"column {quoted(column)} is named twice")
    return tuple(Fault(name, number, text) for text in texts)
