"""Take a table's bytes apart into records, as spreadsheets, pandas and Windows write them.

Where the bytes have only one reading it is taken and said; nothing is guessed.
"""

import codecs
import csv
import io
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF8, "utf-8-sig", "a byte-order mark"),
)
DELIMITERS = {",": "','", ";": "';'", "\t": "tabs"}
"""What may stand between columns, and how that is said."""
_SEPARATOR = re.compile(r"\s*\"?sep=(.)\"?[,;\t]*\s*(?:\r\n|\r|\n|$)", re.IGNORECASE)
_RUNNING = re.compile(r"\s*[0-9]{1,12}\s*")


class TextError(Exception):
    """Bytes that are no text, with the line where that shows."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record and the line that it starts on."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Records:
    """All records of a text, the header first; `broken` is (line, fault) of broken quoting."""

    rows: list[Record]
    broken: tuple[tuple[int, str], ...]
    taken: tuple[str, ...]


def decoded(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and what was taken for granted of its encoding.

    Raises:
        TextError: It is neither UTF-8 nor marked as UTF-16 or UTF-32.
    """
    mark, encoding, said = next((one for one in _MARKS if data.startswith(one[0])), (b"", "", ""))
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError as error:
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        name = said if mark and encoding != "utf-8-sig" else "UTF-8"
        raise TextError(line, f"the text is not {name}; save the file as UTF-8") from error
    place = text.find("\0")
    if place >= 0:
        line = text.count("\n", 0, place) + 1
        raise TextError(line, "the text holds a zero byte; save the file as UTF-8")
    return text.removeprefix("\ufeff"), (said,) if said else ()


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is written: its text from line `first_line` on, and what stands between cells."""

    text: str
    first_line: int
    delimiter: str
    taken: tuple[str, ...]


def form_of(text: str, expected: Collection[str]) -> Form:
    """Return how a table is written, told from its first lines.

    Args:
        text: The whole text.
        expected: Column names, folded as by `folded`: the delimiter under which the first line
            names most of them is the table's.
    """
    taken: list[str] = []
    given = _SEPARATOR.match(text)
    first_line, delimiter = 1, ","
    if given is not None and given.group(1) in DELIMITERS:
        delimiter = given.group(1)
        taken.append(f"a line sep={'tab' if delimiter == chr(9) else delimiter}")
        text, first_line = text[given.end() :], 2
    elif any(one != "," and one in text for one in DELIMITERS):
        delimiter = max(DELIMITERS, key=lambda one: _n_named(text, one, expected))
    if delimiter != ",":
        taken.append(f"{DELIMITERS[delimiter]} between columns")
    if "\r" in text and "\n" not in text:
        taken.append("CR line ends")
    return Form(text, first_line, delimiter, tuple(taken))


def split_records(text: str, expected: Collection[str]) -> Records:
    """Return the records of a table, without blank rows and without a column of row numbers.

    Args:
        text: The whole text.
        expected: Folded names of its columns; see `form_of`.
    """
    form = form_of(text, expected)
    taken = list(form.taken)
    read, broken = _read(form)
    rows = [row for row in read if any(map(str.strip, row.cells))]
    if n_blank := len(read) - len(rows):
        taken.append(blank_text(n_blank))
    if _drop_empty_end(rows):
        taken.append("empty cells at the ends of rows left out")
    if _drop_row_numbers(rows):
        taken.append("a column of row numbers left out")
    return Records(rows, broken, tuple(taken))


def blank_text(n: int) -> str:
    """Return how many blank rows were skipped, in words."""
    return f"{n:,} blank {'row' if n == 1 else 'rows'} skipped"


def folded(name: str) -> str:
    """Return a column's name without regard to case and surrounding blanks."""
    return name.strip().casefold()


def _read(form: Form) -> tuple[list[Record], tuple[tuple[int, str], ...]]:
    """Return the records and the line each starts on; stop at broken quoting."""
    text = io.StringIO(form.text, newline="")
    reader = csv.reader(text, delimiter=form.delimiter, strict=True)
    rows: list[Record] = []
    start = form.first_line
    try:
        for cells in reader:
            rows.append(Record(start, cells))
            start = reader.line_num + form.first_line
    except csv.Error as error:
        return rows, ((start, f"the line cannot be read as CSV ({error})"),)
    return rows, ()


def _n_named(text: str, delimiter: str, expected: Collection[str]) -> int:
    """Return how many of the expected columns the first record names under a delimiter."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = next((cells for cells in reader if any(map(str.strip, cells))), [])
    except csv.Error:
        return 0
    return len({folded(cell) for cell in header} & set(expected))


def _drop_row_numbers(rows: Sequence[Record]) -> bool:
    """Take away a first column that only numbers the rows: pandas and R write it unnamed."""
    if len(rows) < 2:
        return False
    header, body = rows[0].cells, rows[1:]
    is_short = all(len(row.cells) == len(header) + 1 for row in body)  # R names one less
    is_unnamed = not header[0].strip() or folded(header[0]) == "unnamed: 0"
    if not (is_short or is_unnamed) or not _are_running([row.cells[0] for row in body]):
        return False
    for row in body if is_short else rows:
        del row.cells[0]
    return True


def _are_running(cells: Sequence[str]) -> bool:
    """Return whether the cells are whole numbers, each once: no reading but row numbers."""
    return all(map(_RUNNING.fullmatch, cells)) and len(set(cells)) == len(cells)


def _drop_empty_end(rows: Sequence[Record]) -> bool:
    """Take away empty cells beyond the last named column."""
    if not rows:
        return False
    named = len(rows[0].cells)
    while named and not rows[0].cells[named - 1].strip():
        named -= 1
    longer = [row for row in rows if len(row.cells) > named]
    if any(any(map(str.strip, row.cells[named:])) for row in longer):
        named = len(rows[0].cells)  # an unnamed column with something in it is a fault
        longer = [row for row in rows if not any(map(str.strip, row.cells[named:]))]
    n_cut = 0
    for row in longer:
        n_cut += len(row.cells) - named
        del row.cells[named:]
    return n_cut > 0
