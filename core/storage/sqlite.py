"""Open a SQLite file: migrated forward, durable on every commit, each failure one sentence."""

import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import WorkspaceError

_WAIT_S = 10.0
"""How long a statement waits for another process before it fails."""


class SqliteFile:
    """An opened file, safe for several threads; `db` is used inside `reading` or `transaction`.

    Args:
        path: The file, made if missing.
        migrations: Step n is the SQL that takes a file from version n to n + 1.
        broken: What is said of a file that cannot be used; it may name {file} and {error}.

    Raises:
        WorkspaceError: The file is damaged, of a newer version, read-only, or the disk is full.
    """

    def __init__(self, path: Path, migrations: Sequence[str], broken: str) -> None:
        self._path = path
        self._broken = broken
        self._lock = threading.Lock()
        with self._named():
            self.db = sqlite3.connect(
                path, timeout=_WAIT_S, check_same_thread=False, isolation_level=None
            )
            try:
                self.db.execute("PRAGMA journal_mode=WAL")
                self.db.execute("PRAGMA synchronous=FULL")
                self._migrate(migrations)
            except BaseException:
                self.db.close()  # undoes half a step
                raise

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self.db.close()

    @contextmanager
    def reading(self) -> Generator[None]:
        """Keep other threads out."""
        with self._named(), self._lock:
            yield

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

    def _migrate(self, migrations: Sequence[str]) -> None:
        version = int(self.db.execute("PRAGMA user_version").fetchone()[0])
        if version > len(migrations):
            raise WorkspaceError(
                f"{self._path.name} was written by a newer version of Second Look (schema "
                f"{version}, this one reads {len(migrations)}); upgrade or choose another "
                "workspace."
            )
        for step in range(version, len(migrations)):
            self.db.executescript(
                f"BEGIN IMMEDIATE; {migrations[step]} PRAGMA user_version = {step + 1}; COMMIT;"
            )

    @contextmanager
    def _named(self) -> Generator[None]:
        """Say which file it was where SQLite fails."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise WorkspaceError(self._broken.format(file=self._path.name, error=error)) from error
