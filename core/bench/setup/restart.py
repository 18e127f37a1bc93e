"""Opening the bench again: what a facet asks the server for, and other corpora."""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.corpus.manifest import open_corpus
from core.corpus.roots import check_roots, corpora_below, resolve_below


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
    """Lists and asks for another corpus; the server opens it and starts the page again."""

    def __init__(self, reopening: Reopening) -> None:
        self._reopening = reopening

    def choices(self) -> tuple[str, ...]:
        """Return what may be opened, as `ROOT/sub/folder`; empty without a root."""
        return corpora_below(self._reopening.roots)

    def request(self, name: str) -> None:
        """Check a folder and ask the server to open it in this one's place.

        Raises:
            SettingsError: The folder is not below a root.
            ManifestError: It cannot be read as a corpus; all faults are listed.
        """
        folder = resolve_below(self._reopening.roots, name)
        open_corpus(folder)
        # another corpus has a workspace of its own, and may be no benchmark
        changed = {"corpus": folder, "workspace": None, "format": "auto"}
        self._reopening.ask(changed, states_cost=False)
