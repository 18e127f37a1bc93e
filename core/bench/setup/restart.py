"""Opening the bench again: what a facet asks the server for, and other corpora."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path

from core.bench.session import Session
from core.corpus.manifest import opening
from core.corpus.preview import look
from core.corpus.readers.opening import AUTO
from core.corpus.roots import check_roots, corpora_below, resolve_below
from core.corpus.sources.opening import holds_archives, open_source
from core.errors import ManifestError
from core.storage.workspace import Workspace
from core.types.corpus_report import CorpusPreview
from core.types.runs import Progress


class Reopening:
    """Holds at most one request; `switch` is set once there is one.

    `states_cost` says whether the bench that is opened next states what its work will take and
    waits, instead of starting it. `roots` are the folders below which the page may choose.

    Raises:
        SettingsError: A root is no folder.
    """

    def __init__(self, roots: Sequence[Path]) -> None:
        self.roots = check_roots(roots)
        self.switch = threading.Event()
        self.overrides: Mapping[str, object] | None = None
        self.states_cost = False

    def ask(self, overrides: Mapping[str, object], *, states_cost: bool) -> None:
        """Ask for dotted settings over those that the bench was opened with."""
        self.overrides = dict(overrides)
        self.states_cost = states_cost
        self.switch.set()


class FoldersFacet:
    """Lists, looks at and opens other corpora; the server starts the page again on one."""

    def __init__(self, session: Session, reopening: Reopening) -> None:
        self._session = session
        self._reopening = reopening

    def choices(self) -> tuple[str, ...]:
        """Return what may be opened, as `ROOT/sub/folder`; empty without a root."""
        return corpora_below(self._reopening.roots)

    def look(self, name: str) -> CorpusPreview:
        """Return what a folder would be opened as; no image is read.

        Raises:
            SettingsError: The folder is not below a root, or holds several benchmarks.
            ManifestError: It cannot be read as a corpus; all faults of its tables are listed.
            WorkspaceError: It holds archives, and its workspace is in use or cannot be written.
        """
        folder = resolve_below(self._reopening.roots, name)
        if not holds_archives(folder):
            return look(folder)
        with self._workspace(folder) as workspace:  # archives are listed once
            return look(folder, workspace.file_cache)

    def opening(self, name: str) -> Iterator[Progress]:
        """Read the images of a folder, then ask the server to open it in this one's place.

        What was read is kept in the corpus's own workspace, so that nothing is read twice: neither
        by the bench that opens it, nor after a stop.

        Raises:
            SettingsError: The folder is not below a root.
            ManifestError: It cannot be read as a corpus; all faults are listed.
            WorkspaceError: Its workspace is in use or cannot be written.
        """
        folder = resolve_below(self._reopening.roots, name)
        with self._workspace(folder) as workspace:
            source = open_source(folder, workspace.file_cache)
            try:
                yield from opening(source, workspace.file_cache, "guessed", AUTO)
            except ManifestError as error:  # a job says one sentence
                first = "".join(f" The first: {one}." for one in error.faults[:1])
                raise ManifestError(f"{error}{first}", error.faults) from error
        self._reopening.ask(_changed(folder), states_cost=False)

    def _workspace(self, folder: Path) -> AbstractContextManager[Workspace]:
        """Return the workspace of a corpus, locked; the bench's own where it is that."""
        own = self._session.workspace
        settings = self._session.settings.model_copy(update=_changed(folder))
        place = settings.workspace_path()
        return nullcontext(own) if place == own.folder else closing(Workspace(place))


def _changed(folder: Path) -> dict[str, object]:
    """Return the settings of another corpus: a workspace of its own; it may be no benchmark."""
    return {"corpus": folder, "workspace": None, "format": AUTO}
