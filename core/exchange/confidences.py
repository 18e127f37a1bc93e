"""Read a number per query from a table, JSONL, JSON or Parquet."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from core.corpus.csv_lines import Fault, Line, parse_table
from core.corpus.parquet_columns import DAMAGE
from core.corpus.table_text import TextError, decoded, folded
from core.errors import ExchangeError
from core.exchange.formats import number_of, shown
from core.exchange.parquet_vectors import NEEDS_PYARROW
from core.spreadsheet import unguarded_row
from core.storage.files import open_regular

COLUMNS = ("query", "confidence")
MOST_BYTES = 1 << 28
ConfidenceFormat = Literal["table", "JSONL", "JSON", "Parquet"]
_KNOWN = (
    "give a table, JSONL, a JSON array or Parquet with the columns query and confidence, a row per "
    "query"
)


@dataclass(frozen=True, slots=True)
class ConfidenceFile:
    """A number per query as a file gives it; `rows` are (line or row, query, number).

    `faults` are rows that say nothing of this form; `assumed` is what was taken of the file's.
    """

    name: str
    format: ConfidenceFormat
    sha256: str
    rows: tuple[tuple[int, str, float], ...]
    faults: tuple[Fault, ...]
    assumed: tuple[str, ...] = ()


def open_confidences(path: Path) -> ConfidenceFile:
    """Read a file whole; its form is told by its ending and content.

    Raises:
        ExchangeError: It cannot be read, or has not the two columns.
    """
    data = _bytes(path)
    kind, cells, faults, assumed = _cells(path, data)
    rows: list[tuple[int, str, float]] = []
    for number, query, given in cells:
        value = number_of(given)
        if not isinstance(query, str) or not query:
            faults.append(Fault(path.name, number, "query must be a name"))
        elif value is None:
            what = "is empty" if given in (None, "") else f"'{shown(str(given))}' is no number"
            faults.append(Fault(path.name, number, f"confidence {what}"))
        elif not math.isfinite(value):
            text = f"confidence {shown(str(given))} is not finite"
            faults.append(Fault(path.name, number, text))
        else:
            rows.append((number, query, value))
    sha256 = hashlib.sha256(data).hexdigest()
    return ConfidenceFile(path.name, kind, sha256, tuple(rows), tuple(faults), assumed)


_Cells = Sequence[tuple[int, object, object]]


def _cells(
    path: Path, data: bytes
) -> tuple[ConfidenceFormat, _Cells, list[Fault], tuple[str, ...]]:
    if path.suffix.lower() == ".parquet":
        return "Parquet", _parquet(path), [], ()
    try:
        text, marks = decoded(data)
    except TextError as error:
        raise ExchangeError(f"{path.name} is not UTF-8 text; {_KNOWN}.") from error
    first = text.lstrip()[:1]
    if first == "[":
        return (
            "JSON",
            [(n, *_pair(one)) for n, one in enumerate(_array(path.name, text), 1)],
            [],
            marks,
        )
    if first == "{" or path.suffix.lower() in (".jsonl", ".ndjson"):
        faults: list[Fault] = []
        return "JSONL", [*_lines(path.name, text, faults)], faults, marks
    table = parse_table(path.name, data, COLUMNS)
    if not table.lines:
        raise ExchangeError(
            f"{path.name} holds no number; {_KNOWN}.", tuple(map(str, table.faults[:20]))
        )
    return "table", [_row(line) for line in table.lines], [*table.faults], table.assumed


def _row(line: Line) -> tuple[int, str, str]:
    cells = unguarded_row(line.cells)
    return line.number, cells["query"], cells["confidence"].strip()


def _pair(value: object) -> tuple[object, object]:
    """Return query and confidence of an object, its keys in any case; None for what it lacks."""
    if not isinstance(value, dict):
        return None, None
    row = {folded(key): cell for key, cell in cast("dict[str, object]", value).items()}
    return row.get("query"), row.get("confidence")


def _array(name: str, text: str) -> Sequence[object]:
    try:
        return cast("list[object]", json.loads(text))
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{name} is no JSON ({shown(str(error))}); write it again.") from error


def _lines(name: str, text: str, faults: list[Fault]) -> Iterator[tuple[int, object, object]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            faults.append(Fault(name, number, "no JSON object; the line may be cut off"))
            continue
        yield number, *_pair(value)


def _parquet(path: Path) -> _Cells:
    try:
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ExchangeError(NEEDS_PYARROW.format(name=path.name)) from error
    try:
        with pq.ParquetFile(path) as file:
            found: Mapping[str, str] = {folded(one): one for one in file.schema_arrow.names}
            missing = [name for name in COLUMNS if name not in found]
            if missing:
                raise ExchangeError(f"{path.name} has no column {missing[0]}; {_KNOWN}.")
            table: Any = file.read(columns=[found[name] for name in COLUMNS])
            columns = [table.column(found[name]).to_pylist() for name in COLUMNS]
    except DAMAGE as error:
        raise ExchangeError(
            f"{path.name} cannot be read ({shown(str(error))}); {_KNOWN}."
        ) from error
    return [(n, *pair) for n, pair in enumerate(zip(*columns, strict=True), start=1)]


def _bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise ExchangeError(f"{path.name} cannot be read ({reason}); check the path.") from error
    if len(data) > MOST_BYTES:
        raise ExchangeError(f"{path.name} is larger than 256 MiB; keep the two columns only.")
    return data
