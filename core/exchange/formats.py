"""Read pair scores from a file of any known format, one entry or one fault at a time."""

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.corpus.table_text import TextError, blank_text, decoded, folded, form_of
from core.errors import ExchangeError
from core.spreadsheet import unguarded_row
from core.storage.files import open_regular
from core.types.number_reading import read_number

ScoreFormat = Literal["CSV", "JSONL", "JSON", "TREC run", "ILIAS JSON"]
COLUMNS = ("query", "image", "score")
MOST_BYTES = 1 << 30
_SHOWN = 80
SCORE_FORMATS = (
    "CSV with the columns query,image,score, JSONL or a JSON array with these keys, a TREC run "
    "(query Q0 image rank score tag), or ILIAS JSON ({query: {image: score}})"
)


@dataclass(frozen=True, slots=True)
class ScoreEntry:
    """One pair's score, higher is better and finite; `where` is its place in the file."""

    where: str
    query: str
    image: str
    score: float


@dataclass(frozen=True, slots=True)
class Fault:
    """One line that cannot be read, in words that begin with its place."""

    text: str


@dataclass(frozen=True, slots=True)
class ScoreFile:
    """A file of scores: its name, format and content, and what was assumed of its form."""

    name: str
    format: ScoreFormat
    sha256: str
    text: str
    assumed: tuple[str, ...] = ()

    @property
    def n_lines(self) -> int:
        """How many lines there are to read."""
        return self.text.count("\n") + 1

    def entries(self) -> Iterator[ScoreEntry | Fault]:
        """Yield the pairs in the file's order, and a fault for each line that cannot be read.

        Raises:
            ExchangeError: The file as a whole cannot be read.
        """
        return _READERS[self.format](self.name, self.text)


@dataclass(frozen=True, slots=True)
class OpenedText:
    """A file as text with LF or CRLF line ends, and what was assumed of its form."""

    path: Path
    text: str
    sha256: str
    assumed: tuple[str, ...] = ()

    @property
    def first_line(self) -> str:
        """The first line that is not blank, stripped; "" where there is none."""
        return next((line for line in io.StringIO(self.text) if line.strip()), "").strip()


def open_text(path: Path, known: str) -> OpenedText:
    """Read a file as text.

    Args:
        path: The file.
        known: The formats that may be given, for the sentence.

    Raises:
        ExchangeError: It cannot be read, is too large, is no text or holds nothing.
    """
    data = _bytes(path)
    try:
        text, marks = decoded(data)
    except TextError as error:
        raise ExchangeError(
            f"{path.name} is not UTF-8 text; give {known}. assets/docs/scorers-and-stages.md "
            "says how tensors are converted."
        ) from error
    assumed = list(marks)
    if "\r" in text and "\n" not in text:
        text = text.replace("\r", "\n")
        assumed.append("CR line ends")
    opened = OpenedText(path, text, hashlib.sha256(data).hexdigest(), tuple(assumed))
    if not opened.first_line:
        raise ExchangeError(f"{path.name} is empty; give {known}.")
    return opened


def open_scores(path: Path) -> ScoreFile:
    """Read a file and tell its format, by content before extension.

    Raises:
        ExchangeError: It cannot be read, holds nothing, or is of no known format.
    """
    return score_file(open_text(path, SCORE_FORMATS), SCORE_FORMATS)


def score_file(opened: OpenedText, known: str) -> ScoreFile:
    """Return a text as a file of scores, its format told by content before extension.

    Args:
        opened: The text.
        known: The formats that may be given, for the sentence.

    Raises:
        ExchangeError: It is of no known format.
    """
    path, text, first = opened.path, opened.text, opened.first_line
    found = _format(path, text, first)
    if found is None:
        raise ExchangeError(
            f"{path.name} is of no known format (it begins with '{shown(first)}'); give {known}."
        )
    assumed = (*opened.assumed, *(_csv_assumed(text) if found == "CSV" else ()))
    return ScoreFile(path.name, found, opened.sha256, text, assumed)


def shown(text: str) -> str:
    """Return a text from a file as short as a message can take it, on one line."""
    one_line = "".join(c if c.isprintable() else "�" for c in text[: _SHOWN + 1])
    return one_line if len(one_line) <= _SHOWN else one_line[:_SHOWN] + "..."


def _bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise ExchangeError(
            f"{path} cannot be read ({error.strerror or error}); check the path."
        ) from error
    if len(data) > MOST_BYTES:
        raise ExchangeError(f"{path.name} is larger than 1 GiB; keep the first ranks only.")
    return data


def _format(path: Path, text: str, first: str) -> ScoreFormat | None:
    extension = path.suffix.lower()
    if extension in (".jsonl", ".ndjson"):
        return "JSONL"
    if first.startswith("{"):
        return "JSONL" if _is_json_line(first) else "ILIAS JSON"
    if first.startswith("["):
        return "JSON"
    columns = first.split()
    if len(columns) == 6 and columns[1].upper() == "Q0":
        return "TREC run"
    form = form_of(text, COLUMNS)
    header = next(filter(str.strip, io.StringIO(form.text)), "").replace('"', "")
    if extension in (".csv", ".tsv") or set(COLUMNS) <= set(
        map(folded, header.split(form.delimiter))
    ):
        return "CSV"
    return "TREC run" if extension in (".trec", ".run") else None


def _is_json_line(first: str) -> bool:
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and _cells(cast("dict[str, object]", value)) is not None


def _cells(value: Mapping[str, object]) -> list[object] | None:
    """Return query, image and score of an object, its keys in any case; None without them."""
    if not set(COLUMNS) <= value.keys():
        value = {folded(key): cell for key, cell in value.items()}
    return [value[column] for column in COLUMNS] if set(COLUMNS) <= value.keys() else None


def _csv_assumed(text: str) -> list[str]:
    """Return what is taken for granted of a CSV's form; its rows are read later, one by one."""
    form = form_of(text, COLUMNS)
    lines = (line.rstrip("\n").split(form.delimiter) for line in io.StringIO(form.text))
    rows = (any(map(str.strip, line)) for line in lines)
    n_blank = sum(not is_full for is_full in rows)
    header = next(filter(str.strip, io.StringIO(form.text)), "")
    names = header.replace('"', "").rstrip("\r\n").split(form.delimiter)
    is_plain = set(COLUMNS) <= set(names)
    return [
        *form.taken,
        *([blank_text(n_blank)] if n_blank else []),
        *([] if is_plain else ["column names in another case"]),
    ]


def _read_csv(name: str, text: str) -> Iterator[ScoreEntry | Fault]:
    form = form_of(text, COLUMNS)
    rows = csv.reader(io.StringIO(form.text, newline=""), delimiter=form.delimiter, strict=True)
    skipped = form.first_line - 1
    try:
        header = next((row for row in rows if any(map(str.strip, row))), [])
    except csv.Error as error:
        place = f"{name}:{rows.line_num + skipped}"
        raise ExchangeError(f"{place} is no CSV ({error}); mend it.") from error
    names = [folded(cell) if folded(cell) in COLUMNS else cell.strip() for cell in header]
    if any(names.count(column) != 1 for column in COLUMNS):
        raise ExchangeError(
            f"{name}:{rows.line_num + skipped} must name the columns query,image,score once each; "
            f"it has '{shown(','.join(header))}'."
        )
    try:
        for row in rows:
            if not any(map(str.strip, row)):
                continue
            where = f"{name}:{rows.line_num + skipped}"
            if len(row) < len(names) or any(map(str.strip, row[len(names) :])):
                yield Fault(f"{where}: {len(row)} columns instead of {len(names)}")
                continue
            cells = unguarded_row(dict(zip(names, row, strict=False)))
            yield _entry(where, [cells[column] for column in COLUMNS])
    except csv.Error as error:
        place = f"{name}:{rows.line_num + skipped}"
        yield Fault(f"{place}: no CSV ({error}); a quote may be left open")


def _read_jsonl(name: str, text: str) -> Iterator[ScoreEntry | Fault]:
    for number, line in enumerate(io.StringIO(text), start=1):
        where = f"{name}:{number}"
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            yield Fault(f"{where}: no JSON object; the line may be cut off")
            continue
        yield _of_object(where, value)


def _of_object(where: str, value: object) -> ScoreEntry | Fault:
    cells = _cells(cast("dict[str, object]", value)) if isinstance(value, dict) else None
    if cells is None:
        return Fault(f"{where}: no JSON object with the keys query, image and score")
    return _entry(where, cells)


def _read_json(name: str, text: str) -> Iterator[ScoreEntry | Fault]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise cut_off(name, error) from error
    for number, value in enumerate(values, start=1):
        yield _of_object(f"{name}, object {number:,}", value)


def _read_trec(name: str, text: str) -> Iterator[ScoreEntry | Fault]:
    for number, line in enumerate(io.StringIO(text), start=1):
        columns = line.split()
        if not columns:
            continue
        where = f"{name}:{number}"
        if len(columns) != 6:
            yield Fault(f"{where}: {len(columns)} columns instead of query Q0 image rank score tag")
            continue
        yield _entry(where, [columns[0], columns[2], columns[4]])


def _read_ilias(name: str, text: str) -> Iterator[ScoreEntry | Fault]:
    try:
        value = json.loads(text, object_pairs_hook=JsonPairs)
    except (ValueError, RecursionError) as error:
        raise cut_off(name, error) from error
    if not isinstance(value, JsonPairs):
        raise ExchangeError(f"{name} is no JSON object; give {{query: {{image: score}}}}.")
    for query, scores in value.pairs:
        if not isinstance(scores, JsonPairs):
            yield Fault(f"{name}, query '{shown(query)}': no object of images and scores")
            continue
        for image, score in scores.pairs:
            where = f"{name}, query '{shown(query)}', image '{shown(image)}'"
            yield _entry(where, [query, image, score])


def cut_off(name: str, error: Exception) -> ExchangeError:
    """Return the fault of a file that is no JSON."""
    return ExchangeError(
        f"{name} is no JSON ({shown(str(error))}); it may be cut off: write it again."
    )


class JsonPairs:
    """A JSON object with the keys as they stand, so that duplicates can be seen."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        self.pairs = pairs


def _entry(where: str, cells: Sequence[Any]) -> ScoreEntry | Fault:
    query, image, given = cells
    if not (isinstance(query, str) and isinstance(image, str) and query and image):
        return Fault(f"{where}: query and image must be names")
    score = number_of(given)
    if score is None:
        return Fault(f"{where}: score '{shown(str(given))}' is no number")
    if not math.isfinite(score):
        return Fault(f"{where}: score {shown(str(given))} is not finite")
    return ScoreEntry(where, query, image, score)


def number_of(given: object) -> float | None:
    """Return the number that a cell of a file holds, None where it holds none."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    if isinstance(given, str) and "_" in given:  # Python reads 1_0 as 10
        return None
    try:
        return float(given)
    except ValueError:
        return read_number(given) if isinstance(given, str) else None
    except OverflowError:
        return math.inf


_READERS: Mapping[ScoreFormat, Callable[[str, str], Iterator[ScoreEntry | Fault]]] = {
    "CSV": _read_csv,
    "JSONL": _read_jsonl,
    "JSON": _read_json,
    "TREC run": _read_trec,
    "ILIAS JSON": _read_ilias,
}
