"""Where stored scores come from: the fields that name a scorer, by its fingerprint."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.storage.documents import Documents, json_kind

_FINGERPRINT = "score fingerprint"
_HEAD_BYTES = 64 * 1024
"""A receipt stands at the head of a report; the rest of the file may be megabytes."""
_RECEIPT = '"receipt":'


@dataclass(frozen=True, slots=True)
class _Card:
    format: Literal["second-look scorer 1"]
    fields: dict[str, str]


CARD = json_kind(
    TypeAdapter(_Card), "The scorer's card {file} cannot be read; delete it.", indent=None
)


class ScorerCards:
    """What the scorers are that score outside an evaluation, such as a tried wording.

    Args:
        folder: One JSON file each; made on first save.
    """

    def __init__(self, folder: Path) -> None:
        self._files = Documents(folder, CARD, lambda card: card.fields[_FINGERPRINT][:16])

    def save(self, fingerprint: str, fields: Mapping[str, str]) -> None:
        """Keep what a fingerprint hashes, in words.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        if fingerprint[:16] not in self._files.names():
            card = _Card("second-look scorer 1", {**fields, _FINGERPRINT: fingerprint})
            self._files.save(card)

    def all(self) -> tuple[dict[str, str], ...]:
        """Return the fields of every card that can be read, by file name."""
        return tuple(card.fields for card in self._files.readable())


def report_fields(path: Path) -> dict[str, str]:
    """Return the receipt's fields of a stored report, reading no more than its head.

    Empty where the file does not start like a report.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("utf-8", errors="replace")
    start = head.find(_RECEIPT)
    if start < 0:
        return {}
    try:
        receipt, _ = json.JSONDecoder().raw_decode(head[start + len(_RECEIPT) :].lstrip())
        return {str(name): str(value) for name, value in receipt["fields"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
