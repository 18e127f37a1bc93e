"""Selections made on the descriptor map: one JSON file each, named by what they hold."""

from pathlib import Path

from pydantic import TypeAdapter

from core.errors import SettingsError
from core.storage.documents import Documents, json_kind
from core.types.maps import MapSelection

MOST = 100
"""Selections that a workspace keeps; more are refused until one is deleted."""
_SELECTION = json_kind(
    TypeAdapter(MapSelection),
    "Selection {file} cannot be read; move it out of the workspace's folder {folder} and select "
    "again on the map.",
)


class Selections:
    """The selections of one workspace.

    Args:
        folder: Where the JSON files live; made on first need.
    """

    def __init__(self, folder: Path) -> None:
        self._files = Documents(folder, _SELECTION, lambda selection: selection.selection_id)

    def find(self, selection_id: str) -> MapSelection | None:
        """Return a selection, or None where there is none of this id.

        Raises:
            StaleIndexError: Its file cannot be read.
        """
        return self._files.find(selection_id)

    def all(self) -> tuple[MapSelection, ...]:
        """Return every selection, newest first; equal times by id.

        Raises:
            StaleIndexError: A file cannot be read.
        """
        return tuple(sorted(self._files.all(), key=lambda s: s.created_at, reverse=True))

    def save(self, selection: MapSelection) -> None:
        """Keep a selection; the same one is kept once.

        Raises:
            SettingsError: There are `MOST` others already.
            WorkspaceError: The disk is full or read-only.
        """
        names = self._files.names()
        if selection.selection_id in names:
            return
        if len(names) >= MOST:
            raise SettingsError(
                f"This workspace keeps {MOST} selections; delete one below the map first."
            )
        self._files.save(selection)

    def remove(self, selection_id: str) -> None:
        """Delete a selection; one that is not there is no error."""
        self._files.remove(selection_id)
