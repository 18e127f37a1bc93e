"""Remember what was measured in pictures, by the hash of the picture."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.storage.files import atomic_write_json

VERSION = 1
"""Grows when a measure is computed in another way, so that older values are not taken for it."""
_NUMBERS = TypeAdapter(dict[str, dict[str, float]])


class MeasureCache:
    """One JSON file of {key: {measure name: value}}; a file that cannot be read is made anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = _load(path)

    def get(self, key: str) -> Mapping[str, float] | None:
        """Return what was measured in one picture, or None."""
        return self._known.get(key)

    def put(self, key: str, values: Mapping[str, float]) -> None:
        """Remember the values; `save` writes them."""
        self._known[key] = dict(values)

    def save(self) -> None:
        """Write the file, whole or not at all.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        atomic_write_json(self._path, {"version": VERSION, "images": self._known})


def _load(path: Path) -> dict[str, dict[str, float]]:
    try:
        content = json.loads(path.read_text("utf-8"))
        if content["version"] != VERSION:
            return {}
        return _NUMBERS.validate_python(content["images"])
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        return {}  # nothing is lost but the time to measure again
