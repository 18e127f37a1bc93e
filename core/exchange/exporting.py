"""Write scores of pairs to a file, in the format that its extension names, exactly."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from core.errors import ExchangeError
from core.exchange.formats import COLUMNS
from core.spreadsheet import restorable_csv_text
from core.storage.files import atomic_write_text

Rows = Iterable[tuple[str, Sequence[tuple[str, float]]]]
"""Queries in order, each with its images and their scores, best first."""


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
    atomic_write_text(path, scores_text(format_of(path), rows, tag))


def scores_text(ending: str, rows: Rows, tag: str) -> str:
    """Return what `write_scores` writes into a file of this ending, one of `ENDINGS`."""
    return _WRITERS[ending](rows, tag)


def _csv(rows: Rows, tag: str) -> str:  # noqa: ARG001 - CSV holds no tag
    pairs = ((query_id, *one) for query_id, found in rows for one in found)
    return restorable_csv_text(COLUMNS, pairs)


def _jsonl(rows: Rows, tag: str) -> str:  # noqa: ARG001 - JSONL holds no tag
    lines = (
        json.dumps({"query": query_id, "image": image_id, "score": score}, ensure_ascii=False)
        for query_id, scores in rows
        for image_id, score in scores
    )
    return "".join(f"{line}\n" for line in lines)


def _trec(rows: Rows, tag: str) -> str:
    lines: list[str] = []
    for query_id, scores in rows:
        for rank, (image_id, score) in enumerate(scores, start=1):
            for name in (query_id, image_id):
                if len(name.split()) != 1:
                    raise ExchangeError(
                        f"A TREC run cannot hold the id '{name}': its ids are single words without "
                        "spaces; export to .csv or .jsonl."
                    )
            name = "-".join(tag.split())
            lines.append(f"{query_id} Q0 {image_id} {rank} {score!r} {name}\n")
    return "".join(lines)


def _ilias(rows: Rows, tag: str) -> str:  # noqa: ARG001 - ILIAS JSON holds no tag
    return json.dumps({query_id: dict(found) for query_id, found in rows}, ensure_ascii=False)


_WRITERS: Mapping[str, Callable[[Rows, str], str]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".trec": _trec,
    ".run": _trec,
    ".json": _ilias,
}
ENDINGS = tuple(_WRITERS)
"""What a file of scores may end in."""
