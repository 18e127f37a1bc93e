"""Read a table with a header from a file of the corpus: CSV and its kin, JSONL, Parquet."""

import errno
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from core.corpus.csv_lines import Fault, Table, parse_table, table_of, unusable
from core.corpus.parquet_columns import plain_columns
from core.corpus.table_text import Record, TextError, decoded
from core.errors import ManifestError
from core.storage.files import open_regular


def read_table(path: Path, required: Sequence[str], known: Sequence[str] = ()) -> Table:
    """Read a table that lies in the corpus folder; its ending says how it is written.

    See `core.corpus.csv_lines.parse_table` for the columns.
    """
    try:
        data = _bytes_inside(path)
    except OSError as error:
        return unusable(path.name, 1, f"the file cannot be read ({error.strerror})")
    except RuntimeError:  # a loop of links before Python 3.13
        return unusable(path.name, 1, "the file cannot be read (its link leads nowhere)")
    return parse_file(path.name, data, required, known)


def parse_file(name: str, data: bytes, required: Sequence[str], known: Sequence[str] = ()) -> Table:
    """Read a table's bytes; the ending of its name says how it is written."""
    parse = {".jsonl": _jsonl, ".parquet": _parquet}.get(Path(name).suffix.lower(), parse_table)
    return parse(name, data, required, known)


def _bytes_inside(path: Path) -> bytes:
    real = path.resolve(strict=True)
    if not real.is_relative_to(path.parent.resolve()):
        raise OSError(errno.EACCES, "it is a link that leaves the corpus folder")
    with open_regular(real) as file:
        return file.read()


def _jsonl(name: str, data: bytes, required: Sequence[str], known: Sequence[str]) -> Table:
    """Read an object per line; a key that a line lacks is an empty cell."""
    try:
        text, marks = decoded(data)
    except TextError as error:
        return unusable(name, error.line, str(error))
    faults: list[Fault] = []
    rows: list[tuple[int, Mapping[str, object]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            rows.append((number, cast("dict[str, object]", value)))
        else:
            faults.append(Fault(name, number, "the line is no JSON object"))
    columns = list(dict.fromkeys(key for _, row in rows for key in row))
    records = [Record(n, [cell_text(row.get(one)) for one in columns]) for n, row in rows]
    so_far = Table((), (), tuple(faults), marks)
    return table_of(name, Record(1, columns), records, required, known, so_far=so_far)


def _parquet(name: str, data: bytes, required: Sequence[str], known: Sequence[str]) -> Table:
    try:
        columns = plain_columns(name, data)
    except ManifestError as error:
        return unusable(name, 1, str(error))
    rows = enumerate(zip(*columns.values(), strict=True), start=1)
    records = (Record(number, list(cells)) for number, cells in rows)
    return table_of(name, Record(1, list(columns)), records, required, known)


def cell_text(value: object) -> str:
    """Return a value as a table's cell: a text as it is, nothing as an empty one."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
