"""Encode what is not yet stored: tokens and descriptors of every image of a corpus."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.interfaces import Descriptor, ImageSource, TokenEncoder
from core.storage.tokens import DescriptorStore, TokenStore
from core.types import ImageRecord, Progress, VisualTokens

BATCH = 16
"""Images decoded and encoded between two looks at the progress."""
SHARD = 256
"""Images per shard; a killed run loses at most this many."""
SHARD_SECONDS = 20.0
"""A shard is also closed after this long, so that slow models lose little."""


@dataclass(slots=True)
class IndexReport:
    """What one indexing run did; `unreadable` maps image_id to the reason."""

    n_images: int = 0
    n_encoded: int = 0
    seconds: float = 0.0
    unreadable: dict[str, str] = field(default_factory=dict[str, str])


class Indexer:
    """Fills the two stores from images; resumable, because rows are addressed by content.

    Args:
        images: Opens image files.
        encoder: The MLLM's vision encoder.
        descriptor: The first stage's model.
        tokens: Store of visual tokens.
        vectors: Store of descriptors.
    """

    def __init__(
        self,
        images: ImageSource,
        encoder: TokenEncoder,
        descriptor: Descriptor,
        tokens: TokenStore,
        vectors: DescriptorStore,
    ) -> None:
        self._images = images
        self._encoder = encoder
        self._descriptor = descriptor
        self._tokens = tokens
        self._vectors = vectors

    def is_stored(self, record: ImageRecord) -> bool:
        """Whether tokens and descriptor of this content are stored."""
        return record.sha256 in self._tokens and record.sha256 in self._vectors

    def run(self, records: Iterable[ImageRecord], report: IndexReport) -> Iterator[Progress]:
        """Encode what is missing, one shard after another; closing the generator stops cleanly.

        Args:
            records: Images in any order; equal content is encoded once.
            report: Filled while the run goes on.
        """
        unique = {record.sha256: record for record in records}
        todo = [record for record in unique.values() if not self.is_stored(record)]
        report.n_images = len(unique)
        started = time.perf_counter()
        done = len(unique) - len(todo)
        yield Progress("index", done, len(unique), "images")
        pending = _Pending()
        try:
            for batch in _batched(todo, BATCH):
                self._encode(batch, pending, report)
                done += len(batch)
                if pending.is_full():
                    pending = self._flush(pending, report)
                report.seconds = time.perf_counter() - started
                yield Progress("index", done, len(unique), "images")
        finally:
            self._flush(pending, report)
            report.seconds = time.perf_counter() - started

    def _encode(
        self, batch: Sequence[ImageRecord], pending: "_Pending", report: IndexReport
    ) -> None:
        opened: list[tuple[str, NDArray[np.uint8]]] = []
        for record in batch:
            try:
                opened.append((record.sha256, self._images.load(record)))
            except ImageError as error:
                report.unreadable[record.image_id] = str(error)
        if not opened:
            return
        keys = [key for key, _ in opened]
        pixels = [image for _, image in opened]
        tokens = self._encoder.encode(pixels)
        vectors = self._descriptor.describe_encoded(pixels, tokens)
        pending.add(keys, tokens, vectors)

    def _flush(self, pending: "_Pending", report: IndexReport) -> "_Pending":
        if pending.keys:
            rows = [i for i, key in enumerate(pending.keys) if key not in self._tokens]
            if rows:
                self._tokens.append(
                    [pending.keys[i] for i in rows], [pending.tokens[i] for i in rows]
                )
            rows = [i for i, key in enumerate(pending.keys) if key not in self._vectors]
            if rows:
                self._vectors.append(
                    [pending.keys[i] for i in rows], np.concatenate(pending.vectors)[rows]
                )
            report.n_encoded += len(pending.keys)
        return _Pending()


@dataclass(slots=True)
class _Pending:
    keys: list[str] = field(default_factory=list[str])
    tokens: list[VisualTokens] = field(default_factory=list[VisualTokens])
    vectors: list[NDArray[np.float32]] = field(default_factory=list[NDArray[np.float32]])
    since: float = field(default_factory=time.perf_counter)

    def add(
        self,
        keys: Sequence[str],
        tokens: Sequence[VisualTokens],
        vectors: NDArray[np.float32],
    ) -> None:
        self.keys.extend(keys)
        self.tokens.extend(tokens)
        self.vectors.append(vectors)

    def is_full(self) -> bool:
        return len(self.keys) >= SHARD or time.perf_counter() - self.since > SHARD_SECONDS


def _batched(records: Sequence[ImageRecord], n: int) -> Iterator[Sequence[ImageRecord]]:
    for start in range(0, len(records), n):
        yield records[start : start + n]
