"""Visual tokens and descriptors on disk, one row per image content."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.storage.shards import ShardStore
from core.types import VisualTokens


class TokenStore:
    """Visual tokens by image SHA-256; rows of a shard are padded to its longest image.

    Args:
        folder: Where the shards live.
        fingerprint: Tower fingerprint with the compression.
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
        longest = max(t.tokens.shape[0] for t in tokens)
        arrays = {
            "tokens": np.stack([_padded(t.tokens, longest) for t in tokens]),
            "positions": np.stack([_padded(t.positions, longest) for t in tokens]),
            "meta": np.array(
                [(t.tokens.shape[0], *t.grid, t.full_count) for t in tokens], dtype=np.int32
            ),
            "dtype": np.array([t.dtype.encode() for t in tokens], dtype="S16"),
        }
        extra = [t.extra.swapaxes(0, 1) for t in tokens if t.extra is not None]
        if extra:
            assert len(extra) == len(tokens), "tokens of one tower"
            arrays["extra"] = np.stack([_padded(layers, longest) for layers in extra])  # (T, L, C)
        self._shards.append(keys, arrays)

    def get(self, key: str) -> VisualTokens:
        """Return the tokens of one image, equal bit for bit to what was stored.

        Raises:
            KeyError: Nothing is stored under the key.
            StaleIndexError: The file is not what its manifest says.
        """
        count, height, width, full = (int(v) for v in self._shards.read(key, "meta"))
        return VisualTokens(
            tokens=self._shards.read(key, "tokens")[:count],
            dtype=bytes(self._shards.read(key, "dtype").item()).decode(),
            positions=self._shards.read(key, "positions")[:count].astype(np.int16, copy=False),
            grid=(height, width),
            full_count=full,
            extra=self._extra(key, count),
        )

    def _extra(self, key: str, count: int) -> NDArray[np.generic] | None:
        if not self._shards.has(key, "extra"):
            return None
        return self._shards.read(key, "extra")[:count].swapaxes(0, 1)

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
        return np.stack([self._shards.read(key, "vector") for key in keys]).astype(
            np.float32, copy=False
        )


def _padded(array: NDArray[np.generic], length: int) -> NDArray[np.generic]:
    padding = [(0, length - array.shape[0])] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, padding)
