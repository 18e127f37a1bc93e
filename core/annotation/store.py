"""The log of annotations in SQLite: append-only, one durable transaction per action.

Every change is one line of `event`, an undo is a line too. The other tables follow from the log and
are changed in the same transaction: `annotation` points to the last event of each author's word on
a pair, `step` and `place` are each author's line of steps to undo and redo.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from core.annotation.content import checked_author, checked_value, content_text, parse_content
from core.annotation.database import open_log
from core.errors import AnnotationError, ConflictError
from core.types.annotation import Annotation, AnnotationEvent, Change, Content, EventOp, Step

MAX_ACTION_ID = 64
# The columns of both stand in the order of the fields of what they are read into.
_EVENT = (
    "SELECT id, action_id, created_at, author, query_id, image_id, op, before, after, version, "
    "target, imported_by FROM event "
)
_ANNOTATION = (
    "SELECT annotation.author, annotation.query_id, annotation.image_id, after, version, id, "
    "created_at FROM annotation JOIN event ON event.id = annotation.event "
)
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Imported:
    """One author's annotation of one pair, read from a file and checked."""

    author: str
    query_id: str
    image_id: str
    content: Content


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the rows of an imported file.

    `n_added` were new, `n_same` equal what is stored, and `n_kept` differ from it: the stored
    annotation was kept, since an import never overwrites one.
    """

    n_added: int
    n_same: int
    n_kept: int


class AnnotationStore:
    """One file of annotations; safe for several threads, for one process at a time.

    What a method has returned is on disk. An action with a known `action_id` is not done again.

    Raises:
        WorkspaceError: The file is damaged, of another version, read-only, or the disk is full.
    """

    def __init__(self, path: Path) -> None:
        self._log = open_log(path)

    def apply(self, change: Change) -> Step:
        """Change one part of one author's word on one pair; an equal value adds no event.

        Raises:
            AnnotationError: The author, the value or the action's name cannot be used.
            ConflictError: The pair's version is another than `expected`.
        """
        author = checked_author(change.author)
        value = checked_value(change.op, change.value)
        with self._log.transaction():
            known = self._known(change.action_id, author)
            if known is None:
                now = self._current(author, change.query_id, change.image_id)
                if now.version != change.expected:
                    raise ConflictError(_clash(now, change.expected))
                after = replace(now.content, **{change.op: value})
                if after != now.content:
                    event = self._append(change.action_id, now, change.op, after)
                    self._add_step(author, event)
            return self._step(author, change.query_id, change.image_id)

    def undo(self, author: str, action_id: str, expected: int | None = None) -> Step:
        """Take back the author's last change, by an event that sets what was there before.

        Args:
            author: Whose change.
            action_id: The caller's name of this undo.
            expected: The event that the caller means to undo; None = whichever is last.

        Raises:
            AnnotationError: There is nothing to undo.
            ConflictError: Another change is the last one by now.
        """
        return self._move(checked_author(author), action_id, expected, "undo")

    def redo(self, author: str, action_id: str, expected: int | None = None) -> Step:
        """Set again what the author's last undo took back; see `undo`."""
        return self._move(checked_author(author), action_id, expected, "redo")

    def add_imported(self, rows: Sequence[Imported], by: str, action_id: str) -> ImportCounts:
        """Add rows where their author said nothing yet, all in one transaction.

        What is here is never overwritten, and an import is not a step to undo.
        """
        n_added = n_same = 0
        with self._log.transaction():
            for number, row in enumerate(rows):
                now = self._current(row.author, row.query_id, row.image_id)
                if now.content == row.content:
                    n_same += 1
                elif now.version == 0:
                    name = f"{action_id}.{number}"
                    self._append(name, now, "import", row.content, imported_by=by)
                    n_added += 1
        return ImportCounts(n_added, n_same, len(rows) - n_added - n_same)

    def annotations(self, author: str | None = None) -> tuple[Annotation, ...]:
        """Return what is said now, by one author or by all, sorted by author, query and image.

        Words that were taken back altogether are left out.
        """
        where, values = ("", ()) if author is None else ("WHERE annotation.author = ? ", (author,))
        order = "ORDER BY annotation.author, annotation.query_id, annotation.image_id"
        found = (_annotation(row) for row in self._rows(_ANNOTATION + where + order, values))
        return tuple(one for one in found if one.content != Content())

    def words(self, author: str, pairs: Iterable[Pair]) -> tuple[Annotation, ...]:
        """Return one author's word on each pair; version 0 where there never was one."""
        with self._log.reading():
            return tuple(self._current(author, *pair) for pair in pairs)

    def latest(self, author: str) -> dict[Pair, int]:
        """Return the last event of the author on every pair that the author ever touched."""
        query = "SELECT query_id, image_id, event FROM annotation WHERE author = ?"
        return {(q, i): event for q, i, event in self._rows(query, (author,))}

    def line(self, author: str) -> tuple[int | None, int | None]:
        """Return the events that the author's next undo and redo would take, None without one."""
        with self._log.reading():
            return self._line(author)

    def authors(self) -> tuple[str, ...]:
        """Return everyone who said something, sorted."""
        return tuple(dict.fromkeys(one.author for one in self.annotations()))

    def events(self) -> tuple[AnnotationEvent, ...]:
        """Return the whole log in order."""
        return tuple(_event(row) for row in self._rows(_EVENT + "ORDER BY id", ()))

    def select(self, author: str, pairs: Sequence[Pair]) -> int:
        """Add pairs to the author's own selection, in order, and return its size."""
        author = checked_author(author)
        with self._log.transaction():
            (last,) = self._log.db.execute(
                "SELECT COALESCE(MAX(place), 0) FROM selection WHERE author = ?", (author,)
            ).fetchone()
            self._log.db.executemany(
                "INSERT OR IGNORE INTO selection VALUES (?,?,?,?)",
                [(author, *pair, last + i) for i, pair in enumerate(pairs, start=1)],
            )
            return len(self._selected(author))

    def clear_selection(self, author: str) -> None:
        """Empty the author's own selection; annotations are kept."""
        with self._log.transaction():
            self._log.db.execute("DELETE FROM selection WHERE author = ?", (author,))

    def selection(self, author: str) -> tuple[Pair, ...]:
        """Return the author's own selection in the order in which it was made."""
        with self._log.reading():
            return self._selected(author)

    def close(self) -> None:
        """Close the file."""
        self._log.close()

    # Everything below runs inside a transaction or `reading`.

    def _move(
        self, author: str, action_id: str, expected: int | None, op: Literal["undo", "redo"]
    ) -> Step:
        with self._log.transaction():
            known = self._known(action_id, author)
            if known is not None:
                return self._step(author, known.query_id, known.image_id)
            done, undone = self._line(author)
            wanted = done if op == "undo" else undone
            if wanted is None:
                raise AnnotationError(f"There is nothing to {op}.")
            target = _event(self._log.db.execute(_EVENT + "WHERE id = ?", (wanted,)).fetchone())
            now = self._current(author, target.query_id, target.image_id)
            ends = (target.after, target.before)
            source, goal = ends if op == "undo" else ends[::-1]
            if now.content != source or expected not in (None, wanted):
                raise ConflictError(
                    f"'{author}' has changed something in another window meanwhile; look at the "
                    f"last change, then {op} again."
                )
            self._append(action_id, now, op, goal, target=wanted)
            self._set_place(author, self._place(author) + (-1 if op == "undo" else 1))
            return self._step(author, target.query_id, target.image_id)

    def _append(
        self,
        action_id: str,
        now: Annotation,
        op: EventOp,
        after: Content,
        *,
        target: int | None = None,
        imported_by: str | None = None,
    ) -> int:
        pair = (now.author, now.query_id, now.image_id)
        event = self._log.db.execute(
            "INSERT INTO event (action_id, created_at, author, query_id, image_id, op, before, "
            "after, version, target, imported_by) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
            (
                action_id,
                datetime.now(UTC).isoformat(timespec="milliseconds"),
                *pair,
                op,
                content_text(now.content),
                content_text(after),
                now.version + 1,
                target,
                imported_by,
            ),
        ).lastrowid
        self._log.db.execute("INSERT OR REPLACE INTO annotation VALUES (?,?,?,?)", (*pair, event))
        assert event is not None, "an insert has a row id"
        return event

    def _add_step(self, author: str, event: int) -> None:
        place = self._place(author) + 1
        self._log.db.execute("DELETE FROM step WHERE author = ? AND place >= ?", (author, place))
        self._log.db.execute("INSERT INTO step VALUES (?,?,?)", (author, place, event))
        self._set_place(author, place)

    def _place(self, author: str) -> int:
        found = self._log.db.execute(
            "SELECT place FROM place WHERE author = ?", (author,)
        ).fetchone()
        return 0 if found is None else int(found[0])

    def _set_place(self, author: str, place: int) -> None:
        self._log.db.execute("INSERT OR REPLACE INTO place VALUES (?,?)", (author, place))

    def _line(self, author: str) -> tuple[int | None, int | None]:
        place = self._place(author)
        around = dict(
            self._log.db.execute(
                "SELECT place, event FROM step WHERE author = ? AND place IN (?,?)",
                (author, place, place + 1),
            ).fetchall()
        )
        return around.get(place), around.get(place + 1)

    def _known(self, action_id: str, author: str) -> AnnotationEvent | None:
        if not 1 <= len(action_id) <= MAX_ACTION_ID or not action_id.isprintable():
            raise AnnotationError(f"An action's name has 1 to {MAX_ACTION_ID} characters.")
        row = self._log.db.execute(_EVENT + "WHERE action_id = ?", (action_id,)).fetchone()
        if row is None:
            return None
        found = _event(row)
        if found.author != author:
            raise AnnotationError("This action's name was used by another author; act again.")
        return found

    def _current(self, author: str, query_id: str, image_id: str) -> Annotation:
        row = self._log.db.execute(
            _ANNOTATION + "WHERE annotation.author = ? AND annotation.query_id = ? "
            "AND annotation.image_id = ?",
            (author, query_id, image_id),
        ).fetchone()
        return Annotation(author, query_id, image_id) if row is None else _annotation(row)

    def _step(self, author: str, query_id: str, image_id: str) -> Step:
        return Step(self._current(author, query_id, image_id), *self._line(author))

    def _selected(self, author: str) -> tuple[Pair, ...]:
        query = "SELECT query_id, image_id FROM selection WHERE author = ? ORDER BY place"
        return tuple((q, i) for q, i in self._log.db.execute(query, (author,)).fetchall())

    def _rows(self, query: str, values: tuple[str, ...]) -> list[Any]:
        with self._log.reading():
            return self._log.db.execute(query, values).fetchall()


def _annotation(row: Any) -> Annotation:  # noqa: ANN401 - a row of sqlite3 is untyped
    author, query_id, image_id, after, *rest = row
    return Annotation(author, query_id, image_id, parse_content(after), *rest)


def _event(row: Any) -> AnnotationEvent:  # noqa: ANN401 - a row of sqlite3 is untyped
    event, action_id, created_at, author, query_id, image_id, op, before, after, *rest = row
    contents = (parse_content(before), parse_content(after))
    return AnnotationEvent(
        event, action_id, created_at, author, query_id, image_id, op, *contents, *rest
    )


def _clash(now: Annotation, expected: int) -> str:
    said = now.content.verdict or "no verdict"
    return (
        f"'{now.author}' has changed this pair in another window meanwhile: it stands at '{said}' "
        f"(version {now.version}, yours was {expected}); nothing was overwritten, act again if "
        "yours holds."
    )
