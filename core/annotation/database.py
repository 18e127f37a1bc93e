"""The SQLite file of the annotations: its schema, and transactions that are durable or undone."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkspaceError

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    action_id TEXT NOT NULL UNIQUE,
    created_at TEXT NOT NULL,
    author TEXT NOT NULL,
    query_id TEXT NOT NULL,
    image_id TEXT NOT NULL,
    op TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    version INTEGER NOT NULL,
    target INTEGER REFERENCES event(id),
    imported_by TEXT
);
CREATE TRIGGER event_never_changes BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER event_never_goes BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TABLE annotation (
    author TEXT NOT NULL,
    query_id TEXT NOT NULL,
    image_id TEXT NOT NULL,
    event INTEGER NOT NULL REFERENCES event(id),
    PRIMARY KEY (author, query_id, image_id)
) WITHOUT ROWID;
CREATE TABLE step (
    author TEXT NOT NULL,
    place INTEGER NOT NULL,
    event INTEGER NOT NULL REFERENCES event(id),
    PRIMARY KEY (author, place)
) WITHOUT ROWID;
CREATE TABLE place (
    author TEXT PRIMARY KEY,
    place INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE selection (
    author TEXT NOT NULL,
    query_id TEXT NOT NULL,
    image_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (author, query_id, image_id)
) WITHOUT ROWID;
"""


class LogFile:
    """An opened file; `db` may be used inside `reading` or `transaction` only.

    Raises:
        WorkspaceError: The file is damaged, of another version, read-only, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        try:
            self.db = sqlite3.connect(
                path, timeout=10.0, check_same_thread=False, isolation_level=None
            )
            self.db.execute("PRAGMA journal_mode=WAL")
            self.db.execute("PRAGMA synchronous=FULL")
            self._migrate()
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.db.close()

    @contextmanager
    def reading(self) -> Generator[None]:
        """Keep other threads out."""
        try:
            with self._lock:
                yield
        except sqlite3.DatabaseError as error:
            raise self._broken(error) from error

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Make everything inside durable at the end of the block, or undo it if it raises."""
        with self.reading():
            self.db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.execute("COMMIT")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
                raise

    def _migrate(self) -> None:
        version = int(self.db.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise WorkspaceError(
                f"{self._path.name} was written by a newer version of Second Look (schema "
                f"{version}, this one reads {SCHEMA_VERSION}); upgrade or choose another workspace."
            )
        if version == 0:
            self.db.executescript(
                f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            )

    def _broken(self, error: sqlite3.DatabaseError) -> WorkspaceError:
        return WorkspaceError(
            f"The annotations in {self._path.name} cannot be used ({error}); free disk space if "
            "it is full, else move the file away, with those of its name that end in -wal and "
            "-shm, and import your last export."
        )
