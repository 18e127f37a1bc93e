"""Where stored scores come from: the fields that name a scorer, by its fingerprint."""

import json
from collections.abc import Mapping
from pathlib import Path

from core.storage.files import atomic_write_json

FORMAT = "second-look scorer 1"
_HEAD_BYTES = 64 * 1024
"""A receipt stands at the head of a report; the rest of the file may be megabytes."""
_RECEIPT = '"receipt":'


class ScorerCards:
    """What the scorers are that score outside an evaluation, such as a tried wording.

    Args:
        folder: One JSON file each; made on first save.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, fingerprint: str, fields: Mapping[str, str]) -> None:
        """Keep what a fingerprint hashes, in words.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        path = self._folder / f"{fingerprint[:16]}.json"
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        document = {"format": FORMAT, "fields": {**fields, "score fingerprint": fingerprint}}
        atomic_write_json(path, document)

    def all(self) -> tuple[dict[str, str], ...]:
        """Return the fields of every card that can be read, by file name."""
        found = (read_card(path) for path in sorted(self._folder.glob("*.json")))
        return tuple(fields for fields in found if fields)


def read_card(path: Path) -> dict[str, str]:
    """Return the fields of one card, empty where it cannot be read as one."""
    return _fields(path.read_bytes().decode("utf-8", errors="replace"))


def report_fields(path: Path) -> dict[str, str]:
    """Return the receipt's fields of a stored report, reading no more than its head.

    Empty where the file does not start like a report.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    start = head.find(_RECEIPT)
    return _fields(head[start + len(_RECEIPT) :].lstrip()) if start >= 0 else {}


def _fields(text: str) -> dict[str, str]:
    try:
        found, _ = json.JSONDecoder().raw_decode(text)
        return {str(name): str(value) for name, value in found["fields"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
