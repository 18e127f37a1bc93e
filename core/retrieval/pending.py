"""A shard in memory: what indexing has computed and not yet written."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.mllm.token_source import TokenSource
from core.types.scores import VisualTokens

SHARD = 256
"""Images per shard; a killed run loses at most this many."""
SHARD_BYTES = 1 << 27
"""Memory that a shard may take before it is written; it is held twice while it is."""
SHARD_SECONDS = 20.0
"""A shard is also closed after this long, so that slow models lose little."""


@dataclass(slots=True)
class Pending:
    """Packed tokens by source and key, and descriptors; `since` is when the first could come."""

    packed: dict[TokenSource, dict[str, VisualTokens]] = field(
        default_factory=dict[TokenSource, dict[str, VisualTokens]]
    )
    vectors: list[tuple[str, NDArray[np.float32]]] = field(
        default_factory=list[tuple[str, NDArray[np.float32]]]
    )
    n_images: int = 0
    n_bytes: int = 0
    since: float = field(default_factory=time.perf_counter)

    def add(self, source: TokenSource, keys: Sequence[str], packed: Sequence[VisualTokens]) -> None:
        """Add what a source is to store of some contents."""
        self.packed.setdefault(source, {}).update(zip(keys, packed, strict=True))
        for one in packed:
            self.n_bytes += one.tokens.nbytes + (0 if one.extra is None else one.extra.nbytes)

    def is_full(self) -> bool:
        """Return whether the shard is to be written: by images, by bytes or by age."""
        old = time.perf_counter() - self.since > SHARD_SECONDS
        return self.n_images >= SHARD or self.n_bytes >= SHARD_BYTES or old
