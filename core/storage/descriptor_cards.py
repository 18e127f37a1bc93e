"""Whose vectors a workspace holds: the name of each descriptor, beside its shards."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.errors import StaleIndexError
from core.storage.documents import json_kind

_FILE = "descriptor.json"


@dataclass(frozen=True, slots=True)
class DescriptorCard:
    """A descriptor as the settings name it, and its fingerprint."""

    format: Literal["second-look descriptor 1"]
    name: str
    fingerprint: str


CARD = json_kind(
    TypeAdapter(DescriptorCard),
    "The descriptor's card {file} cannot be read; delete it.",
    StaleIndexError,
    indent=None,
)


def name_descriptor(folder: Path, name: str, fingerprint: str) -> None:
    """Say whose vectors a folder holds; once is enough.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    path = folder / _FILE
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        CARD.save(path, DescriptorCard("second-look descriptor 1", name, fingerprint))


def described_by(workspace: Path) -> dict[str, str]:
    """Return the fingerprints of the descriptors with stored vectors, by name; the rest is skipped.

    Vectors of older versions have no name until their descriptor is loaded again. Two models of one
    name, such as a folder that was changed, are told apart by a number, the older one first.
    """
    found: dict[str, str] = {}
    for path in sorted(workspace.glob(f"descriptors/*/{_FILE}"), key=lambda p: p.stat().st_mtime):
        if not any(path.parent.glob("[0-9]*.json")):
            continue
        try:
            card = CARD.load(path)
        except StaleIndexError:
            continue
        name, n = card.name, 1
        while name in found:
            n += 1
            name = f"{card.name} ({n})"
        found[name] = card.fingerprint
    return found
