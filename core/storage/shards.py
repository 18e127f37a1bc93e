"""Append-only shards of fixed-stride rows addressed by content key.

A store is a folder: `store.json` holds format and fingerprint; shard n is `n.npy`, a structured
array whose rows are read one at a time with `pread`, and `n.json` with the keys, the SHA-256 of
the array file and one of itself. `n.json` is written last, so a killed writer loses at most the
shard it was writing. Memory: about 250 bytes per key, and no row.
"""

import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from core.errors import StaleIndexError, WorkspaceError
from core.recent import Recent
from core.storage.files import atomic_file, atomic_write_json

FORMAT_VERSION = 2
_MOST_OPEN = 64
_ROW_BITS = 32

Row = NDArray[np.void]


class _ShardFile:
    """An open shard; closed when nobody reads it any more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1
        try:
            with path.open("rb") as file:
                npy.read_magic(file)
                shape, _, self._dtype = npy.read_array_header_1_0(file)
                self._offset = file.tell()
            self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except (OSError, ValueError, EOFError) as error:
            raise _stale(path, "it cannot be read as an array") from error
        if len(shape) != 1 or self._dtype.names is None:
            raise _stale(path, "it does not hold what it should")

    def __del__(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def row(self, number: int) -> Row:
        """Return one row, read-only, of shape ()."""
        stride = self._dtype.itemsize
        data = os.pread(self._descriptor, stride, self._offset + number * stride)
        if len(data) != stride:
            raise _stale(self._path, "it is shorter than it should be")
        return np.ndarray((), self._dtype, data)


class ShardStore:
    """Rows of named arrays under content keys; safe for several threads of one process.

    Args:
        folder: Where the store lives; made if missing.
        fingerprint: What makes a row another one; must match the stored one.

    Raises:
        StaleIndexError: A file of the store cannot be read, is of another version or fingerprint.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._fingerprint = fingerprint
        self._writing = threading.Lock()
        self._n_shards = 0
        self._places: dict[str, int] = {}  # shard << 32 | row
        self._open = Recent[int, _ShardFile](_MOST_OPEN)
        folder.mkdir(parents=True, exist_ok=True)
        self._load()

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def append(self, keys: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Write one shard; row i of every array belongs to keys[i]. Durable on return.

        Its space on the disk is reserved before the first byte is written.

        Args:
            keys: Content keys, none stored before.
            arrays: Arrays of shape (len(keys), ...), plain dtypes.

        Raises:
            WorkspaceError: The disk is full or read-only; what was stored stays as it was.
        """
        with self._writing:
            number = self._n_shards
            array, manifest = _array(self._folder, number), _manifest(self._folder, number)
            checksum = _write(array, _joined(arrays))
            try:
                body = {"keys": list(keys), "sha256": {array.name: checksum}}
                atomic_write_json(manifest, {**body, "checksum": _checksum(body)})
            except WorkspaceError:
                array.unlink(missing_ok=True)  # a full disk needs the space
                raise
            self._add(number, keys)

    def row(self, key: str) -> Row:
        """Return one stored row: `row[label]` is its part of an array, read-only.

        Raises:
            KeyError: The key was never stored.
            StaleIndexError: The file is truncated or not an array.
        """
        place = self._places[key]
        return self._file(place >> _ROW_BITS).row(place & ((1 << _ROW_BITS) - 1))

    def bytes_on_disk(self) -> int:
        """Return the total size of the array files."""
        return sum(path.stat().st_size for path in self._folder.glob("[0-9]*.npy"))

    def _add(self, number: int, keys: Sequence[str]) -> None:
        self._n_shards = number + 1
        for row, key in enumerate(keys):
            self._places[key] = number << _ROW_BITS | row

    def _load(self) -> None:
        header = {"format": FORMAT_VERSION, "fingerprint": self._fingerprint}
        path = self._folder / "store.json"
        if not path.exists():
            atomic_write_json(path, header)
        elif _parsed(path) != header:
            raise _stale(path, "it was made by another model or version")
        for file in sorted(self._folder.glob("[0-9]*.json")):
            self._add(int(file.stem), read_manifest(file)["keys"])

    def _file(self, number: int) -> _ShardFile:
        return self._open.get_or_make(number, lambda: _ShardFile(_array(self._folder, number)))


def read_manifest(path: Path) -> dict[str, Any]:
    """Return a shard's `keys` and the `sha256` of its file by name.

    Raises:
        StaleIndexError: It cannot be read or is not as it was written.
    """
    document = _parsed(path)
    try:
        body = {"keys": list(document["keys"]), "sha256": dict(document["sha256"])}
        intact = document["checksum"] == _checksum(body) and len(document) == len(body) + 1
    except (KeyError, TypeError, ValueError) as error:
        raise _stale(path, "it does not hold what it should") from error
    if not intact:
        raise _stale(path, "it differs from its checksum")
    return body


def _array(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.npy"


def _manifest(folder: Path, number: int) -> Path:
    return folder / f"{number:05d}.json"


def _joined(arrays: Mapping[str, NDArray[np.generic]]) -> NDArray[np.void]:
    """Return the arrays as one structured array (n,); wide types first, so that all align."""
    fields = sorted(arrays.items(), key=lambda item: -item[1].dtype.alignment)
    dtype = np.dtype([(label, array.dtype, array.shape[1:]) for label, array in fields])
    joined = np.empty(len(fields[0][1]), dtype)
    for label, array in fields:
        joined[label] = array
    return joined


def _write(path: Path, array: NDArray[np.void]) -> str:
    """Write a .npy file and return its SHA-256."""
    head = BytesIO()
    npy.write_array_header_1_0(head, npy.header_data_from_array_1_0(array))
    rows = array.view(np.uint8).data if array.nbytes else b""
    with atomic_file(path, n_bytes=len(head.getvalue()) + array.nbytes) as file:
        file.write(head.getvalue())
        file.write(rows)
    digest = hashlib.sha256(head.getvalue())
    digest.update(rows)
    return digest.hexdigest()


def _checksum(body: Mapping[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _stale(path, "it cannot be read as JSON") from error


def _stale(path: Path, why: str) -> StaleIndexError:
    folder = f"{path.parent.parent.name}/{path.parent.name}"
    return StaleIndexError(
        f"Stored file {folder}/{path.name} cannot be used: {why}; delete the folder {folder} of "
        "the workspace and run `python app.py index` again."
    )
