"""The uploads facet: whose a dropped or pasted image is, and how it goes again."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta

from core.bench.session import Session
from core.corpus.uploads import PREFIX
from core.errors import SecondLookError, UnknownImageError
from core.types.corpus import ImageRecord
from core.types.visitors import Visitor

CLEANING_S = 3600.0
_log = logging.getLogger(__name__)


class UploadsFacet:
    """Uploads belong to a visitor and have a lifetime; `QueriesFacet.add_upload` adds them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def days(self) -> float:
        """How many days an upload is kept."""
        return self._session.settings.serve.upload_days

    def records(self, visitor: Visitor) -> tuple[ImageRecord, ...]:
        """Return a visitor's uploads, newest first; the tag `name` is the file's.

        Raises:
            StaleIndexError: A stored upload is damaged.
        """
        return self._session.uploads.records(visitor.owner)

    def may_see(self, image_id: str, visitor: Visitor) -> bool:
        """Return whether a visitor may see an image: the corpus's, and their own uploads.

        What was made from an upload is its owner's too; what was made from an image of the corpus
        is everyone's.
        """
        if not image_id.startswith(PREFIX):
            return True
        try:
            return self._session.uploads.owner(image_id) in (None, visitor.owner)
        except UnknownImageError:
            return False

    def remove(self, image_id: str, visitor: Visitor) -> None:
        """Remove a visitor's upload with what was made from it: pictures, thumbnails and scores.

        Its visual tokens and its descriptor stay in the append-only shards, where only the same
        picture finds them again.

        Raises:
            UnknownImageError: The visitor has no such upload.
        """
        uploads = self._session.uploads
        record = uploads.get(image_id)
        if uploads.owner(image_id) != visitor.owner:
            raise UnknownImageError(f"There is no upload '{record.image_id}' of yours to remove.")
        self._remove(image_id)

    def clean(self) -> int:
        """Remove the uploads that are older than their lifetime and return how many."""
        lifetime = timedelta(days=self._session.settings.serve.upload_days)
        expired = self._session.uploads.expired(lifetime)
        for image_id in expired:
            self._remove(image_id)
        return len(expired)

    @contextmanager
    def cleaning(self, every_s: float = CLEANING_S) -> Generator[None]:
        """Clean at once, and again and again until the block ends."""
        over = threading.Event()

        def work() -> None:
            while True:
                try:
                    self.clean()
                except (SecondLookError, OSError) as error:
                    _log.warning("uploads are not cleaned: %s", error)
                if over.wait(every_s):
                    return

        thread = threading.Thread(target=work, name="uploads", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _remove(self, image_id: str) -> None:
        """Remove an upload; scores and thumbnails stay where the same picture is still there."""
        session = self._session
        try:
            gone = session.uploads.delete(image_id)
        except UnknownImageError:  # removed by someone else meanwhile
            return
        others = (*session.uploads.records(), *(session.database | session.queries).values())
        kept, asked = {one.sha256 for one in others}, {one.asked_key for one in others}
        for record in gone:
            if record.sha256 not in kept:
                session.thumbnails.remove(record)
            if record.asked_key not in asked:
                session.scores.forget(record.asked_key)
                session.answers.forget(record.asked_key)
