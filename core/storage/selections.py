"""Selections made on the descriptor map: one JSON file each, named by what they hold."""

import re
from pathlib import Path

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import load_document, save_document
from core.types.maps import MapSelection

MOST = 100
"""Selections that a workspace keeps; more are refused until one is deleted."""
_SELECTION = TypeAdapter(MapSelection)
_ID = re.compile(r"[0-9a-f]{12}")


class Selections:
    """The selections of one workspace.

    Args:
        folder: Where the JSON files live; made on first need.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(self, selection_id: str) -> MapSelection | None:
        """Return a selection, or None where there is none of this id.

        Raises:
            StaleIndexError: Its file cannot be read.
        """
        path = self._path(selection_id)
        if path is None or not path.is_file():
            return None
        return load_document(path, _SELECTION, "Selection", " and select again on the map")

    def all(self) -> tuple[MapSelection, ...]:
        """Return every selection, newest first; equal times by id.

        Raises:
            StaleIndexError: A file cannot be read.
        """
        found = (self.find(path.stem) for path in self._folder.glob("*.json"))
        kept = sorted((one for one in found if one is not None), key=lambda s: s.selection_id)
        return tuple(sorted(kept, key=lambda s: s.created_at, reverse=True))

    def save(self, selection: MapSelection) -> None:
        """Keep a selection; the same one is kept once.

        Raises:
            SettingsError: There are `MOST` others already.
            WorkspaceError: The disk is full or read-only.
        """
        path = self._path(selection.selection_id)
        assert path is not None, "ids are made by the workbench"
        if path.exists():
            return
        if len(list(self._folder.glob("*.json"))) >= MOST:
            raise SettingsError(
                f"This workspace keeps {MOST} selections; delete one below the map first."
            )
        save_document(path, _SELECTION, selection)

    def remove(self, selection_id: str) -> None:
        """Delete a selection; one that is not there is no error."""
        path = self._path(selection_id)
        if path is not None:
            path.unlink(missing_ok=True)

    def _path(self, selection_id: str) -> Path | None:
        """Return the file of an id that the address names, None where no id looks like that."""
        is_id = _ID.fullmatch(selection_id) is not None
        return self._folder / f"{selection_id}.json" if is_id else None
