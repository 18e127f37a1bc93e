"""The annotations facet: queues, windows of pairs, acknowledged actions, selections."""

from core.annotation.store import Pair
from core.bench.annotation.labels import fault_of
from core.bench.annotation.queues import Members, Queues, place_to_resume
from core.bench.orders import Orders
from core.bench.session import Session
from core.errors import AnnotationError
from core.types.annotation import Annotation, Change, Queue, QueueWindow, Step


class AnnotationsFacet:
    """Everything about judging pairs one by one."""

    def __init__(self, session: Session, orders: Orders, slices: Members) -> None:
        self._session = session
        self._store = session.annotations
        queues = Queues(session, orders, slices)
        self.choices, self.queue = queues.choices, queues.get
        self.authors = self._store.authors

    def window(
        self,
        queue: Queue,
        author: str | None,
        *,
        at: Pair | int | None = None,
        size: int = 40,
    ) -> QueueWindow:
        """Return pairs of a queue around a place, with the author's words on them.

        Args:
            queue: As `queue` returned it.
            author: Whose words; None = nobody's yet.
            at: A pair, or a place from 0; None, or a pair that is not in the queue, = where the
                author left off.
            size: How many pairs at most; about a quarter of them lie before the place.
        """
        pairs = [(item.query_id, item.image_id) for item in queue.items]
        latest = self._store.latest(author) if author else {}
        words = self._store.annotations(author) if author else ()
        judged = {(w.query_id, w.image_id) for w in words if w.content.verdict is not None}
        if isinstance(at, int):
            place = max(0, min(at, len(pairs) - 1))
        elif at is not None and at in set(pairs):
            place = pairs.index(at)
        else:
            place = place_to_resume(pairs, latest, judged)
        start = max(0, place - size // 4)
        shown = queue.items[start : start + size]
        said = self._store.words(author or "", [(i.query_id, i.image_id) for i in shown])
        undoable, redoable = self._store.line(author) if author else (None, None)
        return QueueWindow(
            queue=queue,
            start=start,
            at=place,
            items=tuple(zip(shown, said, strict=True)),
            n_judged=len(judged.intersection(pairs)),
            undoable=undoable,
            redoable=redoable,
        )

    def act(self, change: Change) -> Step:
        """Change one word of one author; it is on disk when this returns.

        Raises:
            AnnotationError: The pair is not in this corpus, or the value cannot be used.
            ConflictError: The author changed it in another window meanwhile.
            WorkspaceError: It cannot be written.
        """
        fault = fault_of(self._session, change.query_id, change.image_id)
        if fault is not None:
            raise AnnotationError(f"This cannot be judged: {fault}.")
        return self._store.apply(change)

    def move(self, author: str, action_id: str, expected: int | None, *, back: bool) -> Step:
        """Undo the author's last step, or redo the last one undone; see `AnnotationStore.undo`.

        Raises:
            AnnotationError: There is nothing to undo or redo.
            ConflictError: Another window acted meanwhile.
            WorkspaceError: It cannot be written.
        """
        step = self._store.undo if back else self._store.redo
        return step(author, action_id, expected)

    def now(
        self, author: str, pair: Pair | None
    ) -> tuple[Annotation | None, int | None, int | None]:
        """Return the author's word on a pair, if one is asked for, and the next undo and redo."""
        word = None if pair is None else self._store.words(author, [pair])[0]
        return (word, *self._store.line(author))

    def select(self, author: str, pairs: tuple[Pair, ...]) -> int:
        """Add pairs to the author's own selection, or empty it where there are none.

        Returns its size.

        Raises:
            AnnotationError: A pair is not in this corpus; none is added.
        """
        for pair in pairs:
            fault = fault_of(self._session, *pair)
            if fault is not None:
                raise AnnotationError(f"The selection was not changed: {fault}.")
        if not pairs:
            self._store.clear_selection(author)
        return self._store.select(author, pairs)
