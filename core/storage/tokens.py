"""Visual tokens and descriptors on disk, one row per image content."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.storage.shards import ShardStore
from core.types.scores import VisualTokens

_META = np.dtype(np.int32).itemsize * 5
_DTYPE = np.dtype("S16")


def row_bytes(tokens: VisualTokens) -> int:
    """Return the bytes that a store takes for one image, without padding to longer ones."""
    extra = 0 if tokens.extra is None else tokens.extra.nbytes
    return tokens.tokens.nbytes + extra + tokens.positions.nbytes + _META + _DTYPE.itemsize


class TokenStore:
    """What is stored of images by their SHA-256; rows of a shard are padded to the longest.

    Args:
        folder: Where the shards live.
        fingerprint: Of the tower and of the compression.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._shards = ShardStore(folder, fingerprint)

    def __contains__(self, key: str) -> bool:
        return key in self._shards

    def __len__(self) -> int:
        return len(self._shards)

    def append(self, keys: Sequence[str], tokens: Sequence[VisualTokens]) -> None:
        """Store one shard; durable on return.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        arrays = {
            "tokens": _stacked([t.tokens for t in tokens]),
            "positions": _stacked([t.positions for t in tokens]),
            "meta": np.array(
                [(len(t.tokens), *t.grid, t.full_count, len(t.positions)) for t in tokens],
                dtype=np.int32,
            ),
            "dtype": np.array([t.dtype.encode() for t in tokens], dtype=_DTYPE),
        }
        extra = [t.extra.swapaxes(0, 1) for t in tokens if t.extra is not None]
        if extra:
            assert len(extra) == len(tokens), "tokens of one tower"
            arrays["extra"] = _stacked(extra)  # (T, L, C)
        self._shards.append(keys, arrays)

    def get(self, key: str) -> VisualTokens:
        """Return the tokens of one image, equal bit for bit to what was stored.

        Raises:
            KeyError: Nothing is stored under the key.
            StaleIndexError: The file is not what its manifest says.
        """
        row = self._shards.row(key)
        count, height, width, full, n_places = row["meta"].tolist()
        labels = row.dtype.names or ()
        return VisualTokens(
            tokens=row["tokens"][:count],
            dtype=row["dtype"].item().decode(),
            positions=row["positions"][:n_places],
            grid=(height, width),
            full_count=full,
            extra=row["extra"][:count].swapaxes(0, 1) if "extra" in labels else None,
        )

    def bytes_per_image(self) -> float:
        """Return stored bytes divided by stored images; 0 for an empty store."""
        return self._shards.bytes_on_disk() / max(1, len(self._shards))


class DescriptorStore:
    """Global vectors by image SHA-256.

    Args:
        folder: Where the shards live.
        fingerprint: The descriptor's fingerprint.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._shards = ShardStore(folder, fingerprint)

    def __contains__(self, key: str) -> bool:
        return key in self._shards

    def append(self, keys: Sequence[str], vectors: NDArray[np.float32]) -> None:
        """Store (len(keys), D) float32 vectors as one shard; durable on return."""
        self._shards.append(keys, {"vector": vectors})

    def get(self, keys: Sequence[str]) -> NDArray[np.float32]:
        """Return (len(keys), D) float32 vectors in the order of the keys."""
        return np.stack([self._shards.row(key)["vector"] for key in keys])


def _stacked(arrays: Sequence[NDArray[np.generic]]) -> NDArray[np.generic]:
    """Return (n, longest, ...) with zeros behind the shorter ones."""
    longest = max(len(array) for array in arrays)
    first = arrays[0]
    stacked = np.zeros((len(arrays), longest, *first.shape[1:]), first.dtype)
    for row, array in zip(stacked, arrays, strict=True):
        row[: len(array)] = array
    return stacked
