"""The learned codebooks of one token store: an array and its checksum beside the shards."""

import hashlib
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import StaleIndexError
from core.storage.files import atomic_write_bytes, atomic_write_json

NAME = "codebook"


class CodebookFile:
    """`codebook.npy` and `codebook.json` with its SHA-256; the array is written first.

    Args:
        folder: The token store's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._array = folder / f"{NAME}.npy"
        self._note = folder / f"{NAME}.json"
        self.checksum: str | None = None

    def load(self) -> NDArray[np.float32] | None:
        """Return the stored array, read-only, or None where none was stored.

        Raises:
            StaleIndexError: It differs from its checksum, or stored codes have lost it.
        """
        if not self._note.exists():
            if any(self._note.parent.glob("[0-9]*.json")):
                raise self._stale("is missing")
            return None
        try:
            data = self._array.read_bytes()
            checksum = json.loads(self._note.read_text("utf-8"))["sha256"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._stale("cannot be read") from error
        if hashlib.sha256(data).hexdigest() != checksum:
            raise self._stale("differs from its checksum")
        self.checksum = str(checksum)
        array: NDArray[np.float32] = np.load(io.BytesIO(data), allow_pickle=False)
        array.setflags(write=False)
        return array

    def save(self, array: NDArray[np.float32]) -> None:
        """Keep the array; durable on return.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        checksum = hashlib.sha256(buffer.getvalue()).hexdigest()
        self._array.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(self._array, buffer.getvalue())
        atomic_write_json(self._note, {"sha256": checksum})
        self.checksum = checksum

    def _stale(self, why: str) -> StaleIndexError:
        folder = f"{self._array.parent.parent.name}/{self._array.parent.name}"
        return StaleIndexError(
            f"Stored file {folder}/{self._array.name} {why}, and without it the codes around it "
            f"mean nothing; delete the folder {folder} of the workspace and run `python app.py "
            "index` again."
        )
