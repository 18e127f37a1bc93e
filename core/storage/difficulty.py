"""Remember what was measured in pictures, by the hash of the picture."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.storage.files import atomic_write_bytes

Known = dict[str, dict[str, float]]
"""{key of a picture: {measure name: value}}"""


@dataclass(frozen=True, slots=True)
class _Measures:
    """The version grows when a measure is computed in another way: older values are not read."""

    version: Literal[1]
    images: Known


_MEASURES = TypeAdapter(_Measures)


def load_measures(path: Path) -> Known:
    """Return what is remembered; nothing where the file cannot be read."""
    try:
        return _MEASURES.validate_json(path.read_bytes()).images
    except (OSError, ValueError):
        return {}  # nothing is lost but the time to measure again


def save_measures(path: Path, known: Known) -> None:
    """Write the file, whole or not at all.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    atomic_write_bytes(path, _MEASURES.dump_json(_Measures(1, known)))
