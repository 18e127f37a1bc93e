"""Encode what is not yet stored: tokens and descriptors of every image of a corpus."""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.interfaces import Descriptor, ImageSource
from core.mllm.token_source import TokenSource
from core.retrieval.trial import Packed, Trial, try_packing
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord
from core.types.runs import Progress
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


BATCH = 16
"""Images decoded and encoded between two looks at the progress."""
FEW = 64
"""Missing images up to which each is opened to see whether it is worth counting."""


@dataclass(slots=True)
class IndexReport:
    """What one indexing run did; `unreadable` maps one id of a content to why it failed."""

    n_images: int = 0
    n_encoded: int = 0
    seconds: float = 0.0
    unreadable: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Missing:
    """How many of `n_images` contents are still to be encoded, by what is lacking of them."""

    n_images: int
    n_to_encode: int
    n_vectors: int
    n_lacking: Mapping[TokenSource, int]


@dataclass(frozen=True, eq=False)
class Indexer:
    """Fills the stores from images; resumable, because rows are addressed by content.

    Args:
        images: Opens image files.
        tower: The tower's own tokens: descriptors and compressions start from them.
        descriptor: The first stage's model.
        sides: What each scorer is shown of queries and of database images, which may be the same
            object; at least one pair, the last stage's own last.
        vectors: Store of descriptors.
        describes: Whether the descriptor can describe an image; else what has no vector stays out
            of the index.
    """

    images: ImageSource
    tower: TokenSource
    descriptor: Descriptor
    sides: Sequence[tuple[TokenSource, TokenSource]]
    vectors: DescriptorStore
    describes: bool = True

    def run(
        self,
        database: Iterable[ImageRecord],
        queries: Iterable[ImageRecord],
        report: IndexReport,
    ) -> Iterator[Progress]:
        """Encode what is missing, one shard after another; closing the generator stops cleanly.

        A compression that learns from the database does so first, on images evenly spread over it.

        Args:
            database: Images in any order; equal content is encoded once.
            queries: Images in any order; one may be in the database too.
            report: Filled while the run goes on.

        Raises:
            ModelError: The model failed, or the compression cannot hold its tokens.
            WorkspaceError: The disk is full or read-only.
        """
        images = self._wanted(database, queries)
        todo = [one for one in images if one.sources or one.lacks_vector]
        report.n_images = len(images)
        started = time.perf_counter()
        for candidates in dict.fromkeys(candidates for _, candidates in self.sides):
            yield from self._learn(candidates, [one for one in todo if candidates in one.sources])
        done = len(images) - len(todo)
        yield Progress("index", done, len(images), "images")
        pending = Pending()
        try:
            for batch in _batched(todo, BATCH):
                self._encode(batch, pending, report)
                done += len(batch)
                if pending.is_full():
                    pending = self._flush(pending, report)
                report.seconds = time.perf_counter() - started
                yield Progress("index", done, len(images), "images")
        finally:
            self._flush(pending, report)
            report.seconds = time.perf_counter() - started

    def missing(self, database: Iterable[ImageRecord], queries: Iterable[ImageRecord]) -> Missing:
        """Return what `run` would have to encode.

        Where few images are missing they are opened: those that cannot be decoded stay missing
        for ever and are no work to come.
        """
        images = self._wanted(database, queries)
        todo = [one for one in images if one.sources or one.lacks_vector]
        if len(todo) <= FEW:
            todo = [opened.image for one in todo for opened in self._open([one], IndexReport())]
        return Missing(
            n_images=len(images),
            n_to_encode=len(todo),
            n_vectors=sum(one.lacks_vector for one in todo),
            n_lacking=Counter(source for one in todo for source in one.sources),
        )

    def trial(self, records: Sequence[ImageRecord]) -> Trial | None:
        """Encode some images as `run` does and store nothing.

        None where none of them can be opened.

        Raises:
            ModelError: The model failed, or the compression cannot hold its tokens.
        """
        started = time.perf_counter()
        some = [_Image(record, (), lacks_vector=True) for record in records]
        pixels = [one.pixels for one in self._open(some, IndexReport())]
        if not pixels:
            return None
        tower = self.tower.encode(pixels)
        if not self.describes:
            vectors = np.empty((0, 0), np.float32)
        elif self.descriptor.takes_tokens:
            vectors = self.descriptor.describe_encoded(pixels, tower)
        else:
            vectors = self.descriptor.describe(pixels)
        spent = time.perf_counter() - started
        packed: dict[TokenSource, Packed] = {}
        for source in dict.fromkeys(source for _, source in self._all_sides()):
            seconds, packed[source] = try_packing(source, pixels, tower)
            spent += seconds
        return Trial(len(pixels), spent, vectors.nbytes // len(pixels), packed)

    def _wanted(
        self, database: Iterable[ImageRecord], queries: Iterable[ImageRecord]
    ) -> list["_Image"]:
        """Return every content once, with what is still to be stored of it."""
        records: dict[str, ImageRecord] = {}
        sources: dict[str, list[TokenSource]] = {}
        listed = {True: list(database), False: list(queries)}
        for is_candidate, source in self._all_sides():
            for record in listed[is_candidate]:
                records[record.sha256] = record
                lacking = sources.setdefault(record.sha256, [])
                if record.sha256 not in source.store and source not in lacking:
                    lacking.append(source)
        return [
            _Image(
                record,
                tuple(sources[key]),
                lacks_vector=self.describes and key not in self.vectors,
            )
            for key, record in records.items()
        ]

    def _all_sides(self) -> Iterator[tuple[bool, TokenSource]]:
        """Yield every source with whether database images are read from it."""
        for queries, candidates in self.sides:
            yield True, candidates
            yield False, queries

    def _learn(self, candidates: TokenSource, todo: Sequence["_Image"]) -> Iterator[Progress]:
        """Show a compression that learns some of the database's tokens, as many as it wants."""
        packer = candidates.packer
        n_wanted, n_seen, lesson = packer.n_to_learn, 0, list[VisualTokens]()
        if n_wanted == 0 or not todo:
            return
        # The order of the checksums is as good as a random one.
        for batch in _batched(sorted(todo, key=lambda one: one.record.sha256), BATCH):
            yield Progress("learn codes", n_seen, n_wanted, "tokens")
            opened = self._open(batch, IndexReport())
            known = None
            if packer.takes_tower_tokens:
                known = _of(opened, self._tower_tokens(opened))
            selected = packer.select([one.pixels for one in opened], known)
            lesson += selected
            n_seen += sum(len(one.tokens) for one in selected)
            if n_seen >= n_wanted:
                break
        packer.learn(lesson)

    def _encode(self, batch: Sequence["_Image"], pending: Pending, report: IndexReport) -> None:
        opened = self._open(batch, report)
        tokens = self._tower_tokens([one for one in opened if self._starts_from_tower(one.image)])
        fresh = [one for one in opened if one.image.lacks_vector]
        if fresh:
            pending.vectors += zip(
                (one.key for one in fresh), self._describe(fresh, tokens), strict=True
            )
        for source in dict.fromkeys(source for _, source in self._all_sides()):
            some = [one for one in opened if source in one.image.sources]
            known = _of(some, tokens) if source.packer.takes_tower_tokens else None
            packed = source.packer.pack([one.pixels for one in some], known)
            pending.add(source, [one.key for one in some], packed)
        pending.n_images += len(opened)

    def _open(self, batch: Sequence["_Image"], report: IndexReport) -> list["_Opened"]:
        opened: list[_Opened] = []
        for image in batch:
            try:
                opened.append(_Opened(image, self.images.load(image.record)))
            except ImageError as error:
                report.unreadable[image.record.image_id] = str(error)
        return opened

    def _starts_from_tower(self, image: "_Image") -> bool:
        by_source = any(source.packer.takes_tower_tokens for source in image.sources)
        return by_source or (image.lacks_vector and self.descriptor.takes_tokens)

    def _tower_tokens(self, some: Sequence["_Opened"]) -> dict[str, VisualTokens]:
        """Return the tower's own tokens by key: the stored ones, the rest in one batch."""
        store = self.tower.store
        missing = [one for one in some if one.key not in store]
        encoded = self.tower.encode([one.pixels for one in missing])
        tokens = {one.key: store.get(one.key) for one in some if one.key in store}
        return tokens | dict(zip((one.key for one in missing), encoded, strict=True))

    def _describe(
        self, some: Sequence["_Opened"], tokens: dict[str, VisualTokens]
    ) -> NDArray[np.float32]:
        pixels = [one.pixels for one in some]
        if not self.descriptor.takes_tokens:
            return self.descriptor.describe(pixels)
        return self.descriptor.describe_encoded(pixels, _of(some, tokens))

    def _flush(self, pending: Pending, report: IndexReport) -> Pending:
        for source, rows in pending.packed.items():
            new = {key: one for key, one in rows.items() if key not in source.store}
            if new:
                source.store.append(list(new), list(new.values()))
        vectors = {key: vector for key, vector in pending.vectors if key not in self.vectors}
        if vectors:
            self.vectors.append(list(vectors), np.stack(list(vectors.values())))
        report.n_encoded += pending.n_images
        return Pending()


@dataclass(frozen=True, slots=True)
class _Image:
    """One content and what is still to be stored of it."""

    record: ImageRecord
    sources: tuple[TokenSource, ...]
    lacks_vector: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    image: _Image
    pixels: NDArray[np.uint8]

    @property
    def key(self) -> str:
        return self.image.record.sha256


def _of(some: Sequence[_Opened], tokens: dict[str, VisualTokens]) -> list[VisualTokens]:
    return [tokens[one.key] for one in some]


def _batched(records: Sequence[_Image], n: int) -> Iterator[Sequence[_Image]]:
    for start in range(0, len(records), n):
        yield records[start : start + n]
