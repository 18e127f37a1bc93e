"""Pairs of a queue as (image, image, text): what annotators or the model say of the difference."""

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from core.annotation.store import Pair
from core.bench.annotation.judging import AnnotationsFacet
from core.bench.annotation.labels import refuse_among_images
from core.bench.pairs.inspect import PairsFacet
from core.bench.session import Session
from core.errors import AnnotationError
from core.fingerprint import digest
from core.spreadsheet import restorable_csv_text
from core.storage.files import atomic_write_text
from core.storage.rankings import BlockAnswer
from core.types.annotation import QueueItem, QueueSpec
from core.types.orders import Fusion
from core.types.runs import Progress

COLUMNS = ("image", "candidate", "text", "by", "reason")
BY_MODEL = "model"
_NO_MODEL = (
    "The pairs are scored by a server, which is not asked for words; open the bench with a local "
    "model, or leave out --words."
)


class PairTextsFacet:
    """Writes mined pairs with a sentence each, ready to be corrected."""

    def __init__(self, session: Session, annotations: AnnotationsFacet, pairs: PairsFacet) -> None:
        self._session = session
        self._annotations = annotations
        self._pairs = pairs

    def save(
        self, path: Path, spec: QueueSpec, fusion: Fusion, author: str | None, *, in_words: bool
    ) -> Iterator[Progress]:
        """Write a queue's pairs as CSV: both images, the text, who said it, and why they are there.

        The text is the note of an annotator; without one it is the model's own words where they
        are asked for, else empty. It is checked at once that the file may be written and that
        there is such a queue. What the model said is kept, so that a stopped export goes on.

        Args:
            path: Replaced as a whole if it exists.
            spec: The queue.
            fusion: Of the ranks by which queues are made.
            author: Whose notes; None = the newest of anyone's.
            in_words: Whether the model is asked about pairs without a note.

        Raises:
            AnnotationError: There is no such queue, the file would lie in the corpus's folder, or
                the model cannot write.
            ModelError: The model failed, or another machine scores.
            WorkspaceError: The file cannot be written.
        """
        refuse_among_images(self._session, path)
        items = self._annotations.queue(spec, fusion, author).items
        return self._save(path, items, author, in_words=in_words)

    def _save(
        self, path: Path, items: Sequence[QueueItem], author: str | None, *, in_words: bool
    ) -> Iterator[Progress]:
        notes = self._notes(author)
        rows: list[tuple[str, ...]] = []
        for done, item in enumerate(items):
            yield Progress("export", done, len(items), "pairs")
            pair = (item.query_id, item.image_id)
            text, by = notes.get(pair, ("", ""))
            if not text and in_words:
                text, by = self._said(pair), BY_MODEL
            picture = self._session.record(item.query_id).picture_id
            rows.append((picture, item.image_id, text, by, item.reason))
        atomic_write_text(path, restorable_csv_text(COLUMNS, rows, quote_all=True))
        yield Progress("export", len(items), len(items), "pairs")

    def _notes(self, author: str | None) -> Mapping[Pair, tuple[str, str]]:
        """Return the newest note on each pair, and whose it is."""
        said = [one for one in self._session.annotations.annotations(author) if one.content.note]
        said.sort(key=lambda one: one.updated_at or "")
        return {(one.query_id, one.image_id): (one.content.note, one.author) for one in said}

    def _said(self, pair: Pair) -> str:
        """Return the model's own words on a pair, kept since they were first asked for."""
        playground = self._session.playground(_NO_MODEL)
        scorer = digest({"own words": playground.scorer(playground.prompt).fingerprint})
        query, image = (self._session.record(one) for one in pair)
        known = self._session.answers.get(scorer, query.asked_key, [image.sha256])
        if known is not None:
            return known.text
        started, last = time.perf_counter(), ""
        texts = self._pairs.words(*pair)
        if texts is None:
            raise AnnotationError(
                "This model cannot say what differs: it was trained to answer one question; open "
                "the bench with one that writes, or leave out --words."
            )
        for text in texts:
            last = text
        answer = BlockAnswer(" ".join(last.split()), (), time.perf_counter() - started)
        self._session.answers.put(scorer, query.asked_key, [image.sha256], answer)
        return answer.text
