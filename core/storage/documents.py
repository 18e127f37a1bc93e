"""One value as one JSON file: written whole or not at all, read back equal."""

from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from core.errors import StaleIndexError
from core.storage.files import atomic_write_bytes

T = TypeVar("T")


def save_document(path: Path, kind: TypeAdapter[T], value: T) -> Path:
    """Write a value in place of an older one and return the file.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write_bytes(path, document_json(kind, value))
    return path


def document_json(kind: TypeAdapter[T], value: T) -> bytes:
    """Return a value as it is stored."""
    return kind.dump_json(value, indent=1)


def load_document(path: Path, kind: TypeAdapter[T], name: str, then: str = "") -> T:
    """Return a stored value, equal to what was saved.

    Args:
        path: of the file.
        kind: what is stored in it.
        name: what the error calls the file: "Report".
        then: what else to do once the file is moved away: " and run ... again".

    Raises:
        StaleIndexError: The file cannot be read as such a value.
    """
    try:
        return kind.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise StaleIndexError(
            f"{name} {path.name} cannot be read; move it out of the workspace's folder "
            f"{path.parent.name}{then}."
        ) from error
