"""Remember what was measured in pictures, by the hash of the picture."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.storage.files import atomic_write_bytes


@dataclass(frozen=True, slots=True)
class _Measures:
    """The version grows when a measure is computed in another way: older values are not read."""

    version: Literal[1]
    images: dict[str, dict[str, float]]


_MEASURES = TypeAdapter(_Measures)


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
        atomic_write_bytes(self._path, _MEASURES.dump_json(_Measures(1, self._known)))


def _load(path: Path) -> dict[str, dict[str, float]]:
    try:
        return _MEASURES.validate_json(path.read_bytes()).images
    except (OSError, ValueError):
        return {}  # nothing is lost but the time to measure again
