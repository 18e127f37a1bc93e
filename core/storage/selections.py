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


def selections(folder: Path) -> Documents[MapSelection]:
    """Return the selections of a workspace's folder, by id."""
    return Documents(folder, _SELECTION, lambda one: one.selection_id)


def newest_first(kept: Documents[MapSelection]) -> list[MapSelection]:
    """Return every selection, newest first; equal times by id.

    Raises:
        StaleIndexError: A file cannot be read.
    """
    return sorted(kept.all(), key=lambda one: one.created_at, reverse=True)


def keep_selection(kept: Documents[MapSelection], selection: MapSelection) -> None:
    """Keep a selection; the same one is kept once.

    Raises:
        SettingsError: There are `MOST` others already.
        WorkspaceError: The disk is full or read-only.
    """
    names = kept.names()
    if selection.selection_id in names:
        return
    if len(names) >= MOST:
        raise SettingsError(
            f"This workspace keeps {MOST} selections; delete one below the map first."
        )
    kept.save(selection)
