"""Pair scores in SQLite, addressed by content: scorer fingerprint, query bytes, image bytes.

A score is never changed: another scorer, prompt or image has another address.
"""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from core.errors import WorkspaceError

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE scorer (
    id INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE
);
CREATE TABLE score (
    scorer INTEGER NOT NULL REFERENCES scorer(id),
    query BLOB NOT NULL,
    image BLOB NOT NULL,
    logit_yes REAL NOT NULL,
    logit_no REAL NOT NULL,
    answer_mass REAL,
    seconds REAL NOT NULL,
    PRIMARY KEY (scorer, query, image)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class StoredScore:
    """Logits in nats, answer mass in [0, 1] or None, and the seconds of computing it took."""

    logit_yes: float
    logit_no: float
    answer_mass: float | None
    seconds: float


class ScoreStore:
    """One file of scores; every batch written is durable before `put` returns.

    Keys are SHA-256 hex digests of image content.

    Raises:
        WorkspaceError: The file is damaged, of another version, read-only, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._scorers: dict[str, int] = {}
        try:
            self._db = sqlite3.connect(path, timeout=10.0, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def get(self, fingerprint: str, query: str, images: Sequence[str]) -> dict[str, StoredScore]:
        """Return the stored scores of one query for those of `images` that have one."""
        wanted = set(images)
        rows = self._rows(fingerprint, query)
        return {image: score for image, score in rows.items() if image in wanted}

    def put(self, fingerprint: str, query: str, scores: Mapping[str, StoredScore]) -> None:
        """Store one batch in one transaction; an address that exists already is kept."""
        scorer = self._scorer_id(fingerprint)
        query_key = bytes.fromhex(query)
        rows = [
            (scorer, query_key, bytes.fromhex(image), *astuple(score))
            for image, score in scores.items()
        ]
        try:
            with self._lock, self._db:
                self._db.executemany("INSERT OR IGNORE INTO score VALUES (?,?,?,?,?,?,?)", rows)
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def count(self, fingerprint: str) -> int:
        """Return how many pairs this scorer has scored."""
        with self._lock:
            row = self._db.execute(
                "SELECT COUNT(*) FROM score JOIN scorer ON scorer.id = scorer "
                "WHERE fingerprint = ?",
                (fingerprint,),
            ).fetchone()
        return int(row[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _rows(self, fingerprint: str, query: str) -> dict[str, StoredScore]:
        try:
            with self._lock:
                rows = self._db.execute(
                    "SELECT image, logit_yes, logit_no, answer_mass, seconds FROM score "
                    "JOIN scorer ON scorer.id = scorer WHERE fingerprint = ? AND query = ?",
                    (fingerprint, bytes.fromhex(query)),
                ).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error
        return {bytes(image).hex(): StoredScore(*rest) for image, *rest in rows}

    def _scorer_id(self, fingerprint: str) -> int:
        if fingerprint not in self._scorers:
            try:
                with self._lock, self._db:
                    self._db.execute(
                        "INSERT OR IGNORE INTO scorer(fingerprint) VALUES (?)", (fingerprint,)
                    )
                    row = self._db.execute(
                        "SELECT id FROM scorer WHERE fingerprint = ?", (fingerprint,)
                    ).fetchone()
            except sqlite3.DatabaseError as error:
                raise self._broken(error) from error
            self._scorers[fingerprint] = int(row[0])
        return self._scorers[fingerprint]

    def _migrate(self) -> None:
        version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise WorkspaceError(
                f"{self._path.name} was written by a newer version of Second Look (schema "
                f"{version}, this one reads {SCHEMA_VERSION}); upgrade or choose another workspace."
            )
        if version == 0:
            self._db.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )

    def _broken(self, error: sqlite3.DatabaseError) -> WorkspaceError:
        return WorkspaceError(
            f"The score file {self._path.name} cannot be used ({error}); free disk space if it is "
            "full, else move the file away and scores are computed again."
        )
