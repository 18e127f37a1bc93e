"""The damaged images of a sweep: their pixels, their addresses, what models are shown of them."""

import hashlib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.interfaces import Descriptor, ImageSource, LevelReader, Shown, TokenEncoder
from core.recent import Recent
from core.retrieval.query_vectors import QueryVectors
from core.robustness.pasting import Cutout, Perturbed
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord, Relevance
from core.types.query_text import asked_key
from core.types.robustness import Damage, ObjectBox
from core.types.scores import Shortlist, VisualTokens

_TOWERS_KEPT = 32
"""Damaged images whose own tokens are remembered, so that several scorers share an encoding."""
Retrieve = Callable[[NDArray[np.float32], int], Sequence[str]]
"""Returns the n database images nearest to a vector, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class SweepPair:
    """The two images of a sweep and what is known around them.

    `relevance` None means that no negative is known: there is no dashed line. `cutouts` are what
    clutter pastes, in order; `retrieve` searches the index.
    """

    query: ImageRecord
    candidate: ImageRecord
    shortlist: Shortlist
    relevance: Relevance | None
    box: ObjectBox
    cutouts: Sequence[Cutout]
    depth: int
    retrieve: Retrieve

    def damaged(self, damage: Damage) -> ImageRecord:
        """Return which image is damaged."""
        is_query = damage.side == "query" or damage.pair == "self"
        return self.query if is_query else self.candidate


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One damaged image; `key` is the address of its pixels, and of its text if it is a query's.

    A composed query keeps its `text` while its image is damaged.
    """

    strengths: tuple[float, ...]
    perturbed: Perturbed
    key: str
    text: str = ""


Make = Callable[[NDArray[np.uint8]], Perturbed]
"""Damages an image."""


@dataclass(frozen=True, slots=True, eq=False)
class DamagedImages:
    """Makes, encodes and describes damaged images; those made last are remembered.

    Args:
        images: Opens image files.
        encoder: The MLLM's vision encoder, for descriptors made of its tokens.
        descriptor: The first stage's model.
        store: Of descriptors; damaged images are added, one shard per sweep.
        describes_pixels: Whether what the encoder makes is nothing for the descriptor.
    """

    images: ImageSource
    encoder: TokenEncoder
    descriptor: Descriptor
    store: DescriptorStore
    describes_pixels: bool = field(default=False, kw_only=True)
    _towers: Recent[str, VisualTokens] = field(
        init=False, default_factory=lambda: Recent[str, VisualTokens](_TOWERS_KEPT)
    )

    def levels(self, record: ImageRecord, makers: Mapping[tuple[float, ...], Make]) -> list[Level]:
        """Return an image damaged in each of the ways, by their strengths.

        Raises:
            ImageError: It cannot be decoded.
        """
        image = self.images.load(record)
        made = {strengths: make(image) for strengths, make in makers.items()}
        return [
            Level(at, one, asked_key(pixel_key(one.image), record.text), record.text)
            for at, one in made.items()
        ]

    def shown(
        self,
        levels: Sequence[Level],
        needed: Set[str],
        readers: Mapping[str, LevelReader],
    ) -> dict[str, Shown]:
        """Return what a scorer is shown of the levels whose key is needed; describe all levels.

        Levels of equal pixels are encoded once, and what is stored or remembered not at all.

        Args:
            levels: Of one sweep.
            needed: Keys of levels of which a score is missing.
            readers: The scorer's, of the damaged side.
        """
        unique = {level.key: level.perturbed.image for level in levels}
        text = levels[0].text if levels else ""
        missing = [key for key in unique if key not in self.store]
        wanted = [key for key in unique if key in needed]
        starts_there = any(one.from_tower for one in readers.values())
        needed_towers = {*missing, *(wanted if starts_there else ())}
        towers = self._encode({key: unique[key] for key in unique if key in needed_towers})
        if missing:
            pixels = [unique[key] for key in missing]
            if self.describes_pixels or self.queries.composes(text):
                vectors = self.queries.describe(pixels, text)
            else:
                tokens = [towers[key] for key in missing]
                vectors = self.descriptor.describe_encoded(pixels, tokens)
            self.store.append(missing, vectors)
        if not wanted:
            return {}
        pixels, shown = [unique[key] for key in wanted], dict[str, list[VisualTokens]]()
        for name, one in readers.items():
            known = [towers[key] for key in wanted] if one.from_tower else None
            encoded = one.reader.encode(pixels, known)
            shown[name] = [replace(tokens, text=text) for tokens in encoded] if text else encoded
        return {
            key: {name: tokens[row] for name, tokens in shown.items()}
            for row, key in enumerate(wanted)
        }

    def is_described(self, key: str) -> bool:
        """Return whether the vector of a damaged image is stored."""
        return key in self.store

    def vectors(self, levels: Sequence[Level]) -> NDArray[np.float32]:
        """Return the (levels, D) vectors of levels that were shown, rows unit L2 norm."""
        return self.store.get([level.key for level in levels])

    def vector(self, record: ImageRecord) -> NDArray[np.float32]:
        """Return the (D,) vector of an undamaged image, or of a query with its text.

        Raises:
            ImageError: It is not stored and cannot be decoded.
        """
        return self.queries.of(record)

    @property
    def queries(self) -> QueryVectors:
        """The first stage's vectors of queries."""
        return QueryVectors(self.descriptor, self.store, self.images)

    def _encode(self, images: Mapping[str, NDArray[np.uint8]]) -> dict[str, VisualTokens]:
        """Return the tower's tokens by key; what is not remembered is encoded in one batch."""
        kept = {key: self._towers.get(key) for key in images}
        known = {key: tokens for key, tokens in kept.items() if tokens is not None}
        new = [key for key in images if key not in known]
        if new:
            made = self.encoder.encode([images[key] for key in new])
            known |= dict(zip(new, made, strict=True))
        for key, tokens in known.items():
            self._towers.put(key, tokens)
        return known


def pixel_key(image: NDArray[np.uint8]) -> str:
    """Return the SHA-256 hex of an image's size and pixels: the address of a perturbed image."""
    shape = ",".join(str(n) for n in image.shape)
    return hashlib.sha256(f"pixels {shape} ".encode() + image.tobytes()).hexdigest()
