"""Read a UTF-8 CSV file into numbered lines and list every fault of its form."""

import csv
import errno
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.corpus.images import printable
from core.storage.files import open_regular


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
    """The lines of a file that have the right number of cells, and the faults of the others."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    faults: tuple[Fault, ...]


def read_table(path: Path, required: Sequence[str]) -> Table:
    """Read a CSV file with a header; a byte-order mark and quoted line breaks are accepted.

    Without a usable header there are no lines, only faults.
    """
    try:
        text = _bytes_inside(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        return _unusable(path, line, "the text is not UTF-8; save the file as UTF-8")
    except OSError as error:
        return _unusable(path, 1, f"the file cannot be read ({error.strerror})")
    except RuntimeError:  # a loop of links before Python 3.13
        return _unusable(path, 1, "the file cannot be read (its link leads nowhere)")
    records, broken = _split(path.name, text)
    if not records:
        return Table((), (), broken or (Fault(path.name, 1, "the file is empty"),))
    number, header = records[0]
    columns = tuple(cell.strip() for cell in header)
    faults = _header_faults(path.name, number, columns, required)
    if faults:
        return Table(columns, (), (*faults, *broken))
    lines, uneven = _lines(path.name, columns, records[1:])
    return Table(columns, lines, (*uneven, *broken))


def quoted(text: str) -> str:
    """Return text fit for a fault line: quoted, shortened, nothing invisible."""
    return f"'{printable(text)}'"


def _bytes_inside(path: Path) -> bytes:
    real = path.resolve(strict=True)
    if not real.is_relative_to(path.parent.resolve()):
        raise OSError(errno.EACCES, "it is a link that leaves the corpus folder")
    with open_regular(real) as file:
        return file.read()


def _unusable(path: Path, line: int, text: str) -> Table:
    return Table((), (), (Fault(path.name, line, text),))


def _split(name: str, text: str) -> tuple[list[tuple[int, list[str]]], tuple[Fault, ...]]:
    """Return the non-blank records with the line each starts on; stop at broken quoting."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, list[str]]] = []
    start = 1
    try:
        for record in reader:
            if record:
                records.append((start, record))
            start = reader.line_num + 1
    except csv.Error as error:
        return records, (Fault(name, start, f"the line cannot be read as CSV ({error})"),)
    return records, ()


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


def _lines(
    name: str, columns: Sequence[str], records: Sequence[tuple[int, list[str]]]
) -> tuple[tuple[Line, ...], tuple[Fault, ...]]:
    lines: list[Line] = []
    faults: list[Fault] = []
    for number, record in records:
        if len(record) == len(columns):
            lines.append(Line(number, dict(zip(columns, record, strict=True))))
        else:
            text = f"the line has {len(record)} cells where the header names {len(columns)}"
            faults.append(Fault(name, number, text))
    return tuple(lines), tuple(faults)
