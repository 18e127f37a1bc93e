"""Work on sets of queries that outlives the server: kept from when it is asked for to its end."""

import logging
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from core.bench.session import Session
from core.bench.sweeps.set_run import STAGE
from core.errors import StaleIndexError
from core.exchange.snippets import chosen_settings
from core.fingerprint import digest
from core.storage.documents import Documents
from core.storage.unfinished import name_of, unfinished_work
from core.types.jobs import Step
from core.types.runs import Progress
from core.types.sets import SetRequest
from core.types.work import SetKind, Unfinished

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_PLACES = ("corpus", "workspace")
"""Settings that may change, for a folder can be moved; a workspace is of one corpus."""


class UnfinishedSets:
    """The unfinished work of a workspace, as far as it is of this bench's settings."""

    def __init__(self, session: Session) -> None:
        settings = chosen_settings(session.settings)
        told = {name: repr(value) for name, value in settings.items() if name not in _PLACES}
        self._bench = digest(told)[:16]
        self._documents = unfinished_work(session.workspace.unfinished)

    def record(self, kind: SetKind, request: SetRequest) -> "SetRecord":
        """Return where a piece of work is kept; nothing is written yet."""
        return SetRecord(self._documents, Unfinished(kind, request, self._bench))

    def all(self) -> Iterator[Unfinished]:
        """Yield what an earlier server did not finish; a file that cannot be read is logged."""
        for name in self._documents.names():
            try:
                found = self._documents.find(name)
            except StaleIndexError as error:
                _LOG.warning("%s", error)
                continue
            if found is None or found.bench != self._bench:
                continue
            if name_of(found) != name:  # a version before named it otherwise
                self._documents.remove(name)
                self._documents.save(found)
            yield found


class SetRecord:
    """One piece of work on the disk: what was asked, and how many queries are measured."""

    def __init__(self, documents: Documents[Unfinished], work: Unfinished) -> None:
        self._documents = documents
        self._work = work

    def begin(self, place: str) -> None:
        """Keep it, if it is not kept already.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        known = self._documents.find(name_of(self._work))
        self._work = replace(known or self._work, place=place)
        self._documents.save(self._work)

    def remove(self) -> None:
        """Keep it no longer."""
        self._documents.remove(name_of(self._work))

    def keeping(self, steps: Generator[Step[T]]) -> Iterator[Step[T]]:
        """Yield the steps, noting each further query; at the end it is kept no longer.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        with closing(steps):
            for step in steps:
                self._note(step if isinstance(step, Progress) else step[0])
                yield step
        self.remove()

    def _note(self, progress: Progress) -> None:
        if progress.stage == STAGE and progress.done > self._work.done:
            self._work = replace(self._work, done=progress.done, total=progress.total)
            self._documents.save(self._work)
