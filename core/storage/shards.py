"""Append-only shards of fixed-stride rows addressed by content key.

A store is a folder: `store.json` holds format and fingerprint; shard n is `n-<array>.npy` files,
whose rows have one stride and are read one at a time with `pread`, and `n.json` with the keys and
the SHA-256 of each file. `n.json` is written last, so a killed writer loses at most the shard it
was writing.
"""

import hashlib
import io
import json
import math
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import StaleIndexError
from core.storage.files import atomic_write_bytes, atomic_write_json

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class _Place:
    shard: str
    row: int


@dataclass(frozen=True, slots=True)
class _Shard:
    name: str
    keys: tuple[str, ...]
    checksums: dict[str, str]


@dataclass(frozen=True, slots=True)
class _ArrayFile:
    path: Path
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    offset: int

    def read(self, row: int) -> NDArray[np.generic]:
        stride = math.prod(self.shape[1:]) * self.dtype.itemsize
        file = os.open(self.path, os.O_RDONLY)
        try:
            data = os.pread(file, stride, self.offset + row * stride)
        finally:
            os.close(file)
        if len(data) != stride:
            raise _stale(self.path, "it is shorter than it should be")
        return np.frombuffer(data, self.dtype).reshape(self.shape[1:])


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
        self._lock = threading.Lock()
        self._n_shards = 0
        self._places: dict[str, _Place] = {}
        self._labels: dict[str, frozenset[str]] = {}
        self._files: dict[tuple[str, str], _ArrayFile] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._load()

    def __contains__(self, key: str) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def append(self, keys: Sequence[str], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Write one shard; row i of every array belongs to keys[i]. Durable on return.

        Args:
            keys: Content keys, none stored before.
            arrays: Arrays of shape (len(keys), ...), plain dtypes.

        Raises:
            WorkspaceError: The disk is full or read-only; what was stored stays as it was.
        """
        with self._lock:
            name = f"{self._n_shards:05d}"
            files = {f"{name}-{label}.npy": array for label, array in arrays.items()}
            checksums = {file: self._write(file, array) for file, array in files.items()}
            shard = _Shard(name, tuple(keys), checksums)
            document = {"keys": shard.keys, "sha256": shard.checksums}
            atomic_write_json(self._folder / f"{name}.json", document)
            self._add(shard)

    def read(self, key: str, label: str) -> NDArray[np.generic]:
        """Return one stored row of one array, read-only.

        Raises:
            KeyError: The key was never stored.
            StaleIndexError: The file is truncated or not an array.
        """
        place = self._places[key]
        return self._file(place.shard, label).read(place.row)

    def has(self, key: str, label: str) -> bool:
        """Return whether the shard of a stored key was written with this array.

        Raises:
            KeyError: The key was never stored.
        """
        return label in self._labels[self._places[key].shard]

    def bytes_on_disk(self) -> int:
        """Return the total size of the array files."""
        return sum(path.stat().st_size for path in self._folder.glob("*.npy"))

    def _write(self, file: str, array: NDArray[np.generic]) -> str:
        buffer = io.BytesIO()
        np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
        data = buffer.getvalue()
        atomic_write_bytes(self._folder / file, data)
        return hashlib.sha256(data).hexdigest()

    def _add(self, shard: _Shard) -> None:
        self._n_shards += 1
        prefix = f"{shard.name}-"
        self._labels[shard.name] = frozenset(
            file.removeprefix(prefix).removesuffix(".npy") for file in shard.checksums
        )
        for row, key in enumerate(shard.keys):
            self._places[key] = _Place(shard.name, row)

    def _load(self) -> None:
        header = {"format": FORMAT_VERSION, "fingerprint": self._fingerprint}
        path = self._folder / "store.json"
        if not path.exists():
            atomic_write_json(path, header)
        elif _parsed(path) != header:
            raise _stale(path, "it was made by another model or version")
        for file in sorted(self._folder.glob("[0-9]*.json")):
            document = _parsed(file)
            try:
                shard = _Shard(file.stem, tuple(document["keys"]), dict(document["sha256"]))
            except (KeyError, TypeError, ValueError) as error:
                raise _stale(file, "it does not hold what it should") from error
            self._add(shard)

    def _file(self, shard: str, label: str) -> _ArrayFile:
        if (shard, label) not in self._files:
            self._files[shard, label] = _open_array(self._folder / f"{shard}-{label}.npy")
        return self._files[shard, label]


def _open_array(path: Path) -> _ArrayFile:
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise _stale(path, "it cannot be read as an array") from error
    offset = int(array.offset)  # pyright: ignore[reportAttributeAccessIssue]
    return _ArrayFile(path, array.dtype, array.shape, offset)


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
