"""What the parts of the bench promise each other; only the composition root knows who keeps it."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.fingerprint import digest
from core.types.corpus import ImageRecord
from core.types.scores import (
    FailedPair,
    PairLogits,
    PairScore,
    PlainScore,
    Shortlist,
    Unscored,
    VisualTokens,
)


class ImageSource(Protocol):
    """Opens image files; the only way pixels enter the bench."""

    def load(self, record: ImageRecord) -> NDArray[np.uint8]:
        """Return (H, W, 3) uint8 RGB pixels after EXIF rotation.

        Raises:
            ImageError: The file is refused or cannot be decoded; the text says why.
        """
        ...


class TokenEncoder(Protocol):
    """Runs the vision encoder and merger of an MLLM."""

    @property
    def tower_fingerprint(self) -> str:
        """Hash of weights, tower dtype, image processor backend and pixel bounds."""
        ...

    def encode(self, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
        """Return the visual tokens of each (H, W, 3) uint8 RGB image, in order."""
        ...


class TokenReader(Protocol):
    """Finds what the scorer is shown of an image on one side of a pair."""

    def encode(
        self,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens] | None = None,
    ) -> list[VisualTokens]:
        """Return what the scorer is shown of pixels that are not stored, in order.

        `tower_tokens` are the tower's own visual tokens of the images, where they are at hand.
        """
        ...

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the visual tokens of one image.

        Raises:
            ImageError: The image cannot be decoded.
        """
        ...


@dataclass(frozen=True, slots=True)
class PairTokens:
    """What the scorer is shown of a query and of a candidate: compressions may differ."""

    queries: TokenReader
    candidates: TokenReader


@dataclass(frozen=True, slots=True)
class LevelReader:
    """What a scorer is shown of damaged pixels, and whether that is made of the tower's tokens."""

    reader: TokenReader
    from_tower: bool


Shown = Mapping[str, VisualTokens]
"""What a scorer is shown of one damaged image, by the name of its reader."""


class LevelScorer(Protocol):
    """Scores pairs with a damaged image, from the cache where they are stored.

    A damaged image is addressed by its pixels; its descriptor is stored under that address.
    """

    @property
    def query_readers(self) -> Mapping[str, LevelReader]:
        """What makes what is shown of a damaged query, by name; empty where nothing is."""
        ...

    @property
    def candidate_readers(self) -> Mapping[str, LevelReader]:
        """The same of a damaged candidate."""
        ...

    def is_stored(self, query_key: str, image_keys: Sequence[str]) -> bool:
        """Return whether all of these images have a score against a query."""
        ...

    def of_candidate(
        self, query: ImageRecord, key: str, original: ImageRecord, shown: Shown
    ) -> PairScore:
        """Return the score of a damaged candidate; `shown` may be empty where it is stored.

        Args:
            query: The undamaged query.
            key: Address of the damaged candidate's pixels.
            original: The candidate before the damage.
            shown: What the readers made of it.

        Raises:
            ModelError: The model failed.
        """
        ...

    def of_query(
        self, key: str, shown: Shown, records: Sequence[ImageRecord]
    ) -> dict[str, PairScore]:
        """Return scores by image SHA-256 against a damaged query.

        Raises:
            ImageError: A candidate is not stored and cannot be decoded.
            ModelError: The model failed.
        """
        ...


class Descriptor(Protocol):
    """Turns images into one global vector each."""

    @property
    def takes_tokens(self) -> bool:
        """Whether vectors come from the tower's own visual tokens and need no pixels."""
        ...

    @property
    def fingerprint(self) -> str:
        """Hash of everything that changes a vector."""
        ...

    def describe(self, images: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Return (len(images), D) float32 vectors, rows unit L2 norm."""
        ...

    def describe_encoded(
        self, images: Sequence[NDArray[np.uint8]], tokens: Sequence[VisualTokens]
    ) -> NDArray[np.float32]:
        """Return the same as `describe`, given the tower's own visual tokens as well."""
        ...


class Scorer(Protocol):
    """Gives pairs their scores, by whatever means."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that changes a score: tower, compression, prompt, kernel, dtype."""
        return digest(self.receipt_fields)

    @property
    @abstractmethod
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        ...


class PairScorer(Scorer, Protocol):
    """Scores a query against candidates from what a `TokenReader` finds of the images."""

    def score(
        self, query_tokens: VisualTokens, candidates: Sequence[VisualTokens], mass_first: int = 8
    ) -> Iterator[Sequence[PairLogits | PlainScore | Unscored]]:
        """Yield the answers to each batch of candidates, in order, one sequence per batch.

        Of an MLLM: the prompt's prefix with the query is run once and shared by all candidates;
        the answer mass is computed for the first `mass_first` of them. A scorer that can fail on
        single pairs gives the reason in the pair's place.
        """
        ...


class Reranker(Protocol):
    """Scores the first `depth` of a shortlist, from the cache where it can."""

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the stored scores of one query by image_id; calls no model."""
        ...

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield newly available scores batch by batch; each batch is stored before the next."""
        ...
