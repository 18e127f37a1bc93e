"""The SQLite file of the annotations: its schema, and what is said where it cannot be used."""

from pathlib import Path

from core.storage.sqlite import SqliteFile

_MIGRATIONS = (
    """
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
""",
)
_BROKEN = (
    "The annotations in {file} cannot be used ({error}); free disk space if it is full, else move "
    "the file away, with those of its name that end in -wal and -shm, and import your last export."
)


def open_log(path: Path) -> SqliteFile:
    """Open the log, or make an empty one.

    Raises:
        WorkspaceError: The file is damaged, of a newer version, read-only, or the disk is full.
    """
    return SqliteFile(path, _MIGRATIONS, _BROKEN)
