"""One SQLite file: migrated step by step, all or nothing, every failure one sentence."""

from contextlib import suppress

import pytest

from core.errors import WorkspaceError
from core.storage.sqlite import SqliteFile

STEPS = (
    "CREATE TABLE word (text TEXT NOT NULL);",
    "ALTER TABLE word ADD COLUMN n INTEGER NOT NULL DEFAULT 1;",
)
BROKEN = "The words in {file} cannot be used ({error}); write them again."


@pytest.fixture
def open_words(tmp_path):
    opened = []

    def opener(steps=STEPS):
        opened.append(SqliteFile(tmp_path / "w{0}.sqlite", steps, BROKEN))
        return opened[-1]

    yield opener
    for file in opened:
        file.close()


def rows(file):
    with file.reading():
        return file.db.execute("SELECT * FROM word").fetchall()


def test_a_file_is_durable_and_waits_for_other_processes(open_words):
    db = open_words().db
    found = [db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert found == ["wal", 2]  # 2 is FULL
    assert db.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000


def test_only_the_missing_steps_are_taken(open_words):
    old = open_words(STEPS[:1])
    with old.transaction():
        old.db.execute("INSERT INTO word VALUES ('a')")
    assert rows(open_words()) == [("a", 1)]
    assert rows(open_words()) == [("a", 1)]


def test_a_step_that_fails_is_undone_and_named(open_words):
    open_words(STEPS[:1])
    with pytest.raises(WorkspaceError, match="no such table: nobody"):
        open_words((STEPS[0], "DROP TABLE word; DROP TABLE nobody;"))
    assert rows(open_words()) == []


def test_a_file_of_a_newer_version_is_refused_with_both_versions(open_words):
    open_words()
    with pytest.raises(WorkspaceError, match=r"newer version .*schema 2, this one reads 1"):
        open_words(STEPS[:1])


def test_what_a_transaction_did_before_it_raised_is_undone(open_words):
    file = open_words()
    with suppress(KeyError), file.transaction():
        file.db.execute("INSERT INTO word VALUES ('a', 1)")
        raise KeyError
    assert rows(file) == []


def test_what_sqlite_refuses_is_one_sentence_that_names_the_file(open_words):
    file = open_words()
    with pytest.raises(WorkspaceError) as error, file.transaction():
        file.db.execute("INSERT INTO word VALUES (NULL, 1)")
    assert str(error.value) == (
        "The words in w{0}.sqlite cannot be used (NOT NULL constraint failed: word.text); "
        "write them again."
    )
