"""Whether folder names are labels: what a person decided about a corpus without a manifest."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.storage.documents import Documents, hashed_name, json_kind

Decision = Literal["confirmed", "dropped"]


@dataclass(frozen=True, slots=True)
class _Decided:
    format: Literal["second-look folder labels 1"]
    folder: str
    decision: Decision


_KIND = json_kind(
    TypeAdapter(_Decided),
    "What was decided about folder names as labels cannot be read; delete the file "
    "{folder}/{file} in the workspace and decide again.",
)


class FolderDecisions:
    """The decisions of one workspace, one JSON file per corpus folder.

    Args:
        folder: Where the files live; made on first need.
    """

    def __init__(self, folder: Path) -> None:
        self._files = Documents(folder, _KIND, lambda decided: hashed_name(decided.folder))

    def find(self, corpus: Path) -> Decision | None:
        """Return what was decided about a corpus folder, or None.

        Raises:
            StaleIndexError: The file cannot be read.
        """
        found = self._files.find(hashed_name(str(corpus)))
        return None if found is None else found.decision

    def save(self, corpus: Path, decision: Decision) -> None:
        """Keep a decision in place of an older one.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        self._files.save(_Decided("second-look folder labels 1", str(corpus), decision))
