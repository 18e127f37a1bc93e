"""What models answered about several candidates at once, in SQLite, addressed by content.

An answer is addressed by scorer fingerprint, query bytes and the block's image bytes in order; the
order of a whole list is made of its answers again, so that a stage that was stopped goes on.
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.fingerprint import digest
from core.storage.sqlite import SqliteFile

_MIGRATIONS = (
    """
CREATE TABLE answer (
    scorer TEXT NOT NULL,
    query BLOB NOT NULL,
    block BLOB NOT NULL,
    text TEXT NOT NULL,
    numbers TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (scorer, query, block)
) WITHOUT ROWID;
""",
)
_BROKEN = (
    "The file of answers {file} cannot be used ({error}); free disk space if it is full, else move "
    "the file away and the model is asked again."
)


@dataclass(frozen=True, slots=True)
class BlockAnswer:
    """One answer: what was written, as it was, or numbers such as log-probabilities."""

    text: str
    numbers: tuple[float, ...]
    seconds: float


class AnswerStore:
    """One file of answers; every one is durable before `put` returns.

    Raises:
        WorkspaceError: The file is damaged, of another version, read-only, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: SqliteFile | None = None

    @property
    def _file(self) -> SqliteFile:
        """The file, made by the first answer."""
        with self._lock:
            if self._opened is None:
                self._opened = SqliteFile(self._path, _MIGRATIONS, _BROKEN)
            return self._opened

    def get(self, scorer: str, query: str, images: Sequence[str]) -> BlockAnswer | None:
        """Return the answer about a block of images, by their SHA-256 in order, or None."""
        if not self._path.exists():
            return None
        address = (scorer, bytes.fromhex(query), _block(images))
        with self._file.reading():
            row = self._file.db.execute(
                "SELECT text, numbers, seconds FROM answer "
                "WHERE scorer = ? AND query = ? AND block = ?",
                address,
            ).fetchone()
        return None if row is None else BlockAnswer(row[0], tuple(json.loads(row[1])), row[2])

    def put(self, scorer: str, query: str, images: Sequence[str], answer: BlockAnswer) -> None:
        """Keep an answer; one that is there already stays."""
        row = (
            *(scorer, bytes.fromhex(query), _block(images)),
            *(answer.text, json.dumps(answer.numbers), answer.seconds),
        )
        with self._file.transaction():
            self._file.db.execute("INSERT OR IGNORE INTO answer VALUES (?,?,?,?,?,?)", row)

    def forget(self, query: str) -> None:
        """Remove the answers about one query."""
        if not self._path.exists():
            return
        with self._file.transaction():
            self._file.db.execute("DELETE FROM answer WHERE query = ?", (bytes.fromhex(query),))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()


def _block(images: Sequence[str]) -> bytes:
    return bytes.fromhex(digest({"block": " ".join(images)}))
