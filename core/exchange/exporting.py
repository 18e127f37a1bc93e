"""Write pair scores to a file, in the format that its extension names, exactly."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import ExchangeError
from core.exchange.formats import COLUMNS
from core.spreadsheet import restorable_csv_text
from core.storage.files import atomic_write_text
from core.types.scores import PairScore

Rows = Iterable[tuple[str, Sequence[PairScore]]]
"""Queries in order, each with its scored candidates, best first."""


def format_of(path: Path) -> str:
    """Return the extension in lower case.

    Raises:
        ExchangeError: No format goes with it.
    """
    extension = path.suffix.lower()
    if extension not in _WRITERS:
        raise ExchangeError(
            f"Scores are not written as '{path.name}'; give a name that ends in "
            f"{', '.join(_WRITERS)}."
        )
    return extension


def write_scores(path: Path, rows: Rows, tag: str) -> None:
    """Write all pairs; ids and floats are read back exactly, guarded ids of CSV by `open_scores`.

    Args:
        path: The file; replaced as a whole if it exists. Its extension names the format.
        rows: Queries and their scores.
        tag: The scorer's name, for formats that hold one.

    Raises:
        ExchangeError: The extension is not known, or an id does not fit the format.
        WorkspaceError: The file cannot be written.
    """
    atomic_write_text(path, _WRITERS[format_of(path)](rows, tag))


def _csv(rows: Rows, tag: str) -> str:  # noqa: ARG001 - CSV holds no tag
    pairs = ((query_id, one.image_id, one.margin) for query_id, found in rows for one in found)
    return restorable_csv_text(COLUMNS, pairs)


def _jsonl(rows: Rows, tag: str) -> str:  # noqa: ARG001 - JSONL holds no tag
    lines = (
        json.dumps(
            {"query": query_id, "image": one.image_id, "score": one.margin}, ensure_ascii=False
        )
        for query_id, scores in rows
        for one in scores
    )
    return "".join(f"{line}\n" for line in lines)


def _trec(rows: Rows, tag: str) -> str:
    lines: list[str] = []
    for query_id, scores in rows:
        for rank, one in enumerate(scores, start=1):
            for name in (query_id, one.image_id):
                if len(name.split()) != 1:
                    raise ExchangeError(
                        f"A TREC run cannot hold the id '{name}': its ids are single words without "
                        "spaces; export to .csv or .jsonl."
                    )
            name = "-".join(tag.split())
            lines.append(f"{query_id} Q0 {one.image_id} {rank} {one.margin!r} {name}\n")
    return "".join(lines)


def _ilias(rows: Rows, tag: str) -> str:  # noqa: ARG001 - ILIAS JSON holds no tag
    scores = {query_id: {one.image_id: one.margin for one in found} for query_id, found in rows}
    return json.dumps(scores, ensure_ascii=False)


_WRITERS: Mapping[str, Callable[[Rows, str], str]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".trec": _trec,
    ".run": _trec,
    ".json": _ilias,
}
