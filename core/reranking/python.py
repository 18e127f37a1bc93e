"""A user's own re-ranker as a scorer: an object with `score(query, candidates)` on RGB images."""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.interfaces import ImageSource, PairScorer, PairTokens
from core.plugins import STAGES_GROUP, Plugin, load_plugin, what_was_raised
from core.reranking.built import BuiltStage
from core.types.corpus import ImageRecord
from core.types.scores import PlainScore, Unscored, VisualTokens

BATCH = 8
"""Candidates that are shown at once; so many decoded pictures are held together."""
_PIXELS = "pixels"


@dataclass(frozen=True, slots=True, eq=False)
class PixelReader:
    """Reads images as they are, (H, W, 3) uint8 RGB; nothing is stored.

    Args:
        images: Opens image files.
    """

    images: ImageSource

    def encode(
        self,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens] | None = None,  # noqa: ARG002 - pixels say it all
    ) -> list[VisualTokens]:
        """Return the pixels themselves, one image each."""
        return [_as_tokens(image) for image in images]

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the pixels of one image.

        Raises:
            ImageError: The image cannot be decoded.
        """
        return _as_tokens(self.images.load(record))


@dataclass(frozen=True, slots=True, eq=False)
class PythonScorer(PairScorer):
    """Asks a user's object; higher is better.

    Args:
        plugin: Has `score(query, candidates)`, which returns a number per candidate.
    """

    plugin: Plugin

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {
            "score": f"plug-in '{self.plugin.name}'",
            "unit": self.plugin.unit or "as scored",
            "plug-in": self.plugin.fingerprint,
        }

    def score(
        self,
        query_tokens: VisualTokens,
        candidates: Sequence[VisualTokens],
        mass_first: int = 0,  # noqa: ARG002 - a number has no answer mass
    ) -> Iterator[list[PlainScore | Unscored]]:
        """Yield the scores of each batch of candidates, in order.

        What the object raises becomes the reason of the pair that it raises on: a batch in which
        something fails is asked again pair by pair.

        Raises:
            ModelError: It returns another count, or no finite number.
        """
        query = _pixels(query_tokens)
        for start in range(0, len(candidates), BATCH):
            yield self._batch(query, [_pixels(one) for one in candidates[start : start + BATCH]])

    def _batch(
        self, query: NDArray[np.uint8], images: Sequence[NDArray[np.uint8]]
    ) -> list[PlainScore | Unscored]:
        started = time.perf_counter()
        try:
            answer = self.plugin.made.score(query, list(images))
        except Exception as error:  # noqa: BLE001 - a user's code may raise anything
            if len(images) == 1:
                return [Unscored(f"{self.plugin.name} failed: {what_was_raised(error)}.")]
            return [one for image in images for one in self._batch(query, [image])]
        each = (time.perf_counter() - started) / len(images)
        return [PlainScore(score, each) for score in self._checked(answer, len(images))]

    def _checked(self, answer: object, n: int) -> list[float]:
        try:
            found = np.asarray(answer, np.float64)
        except (TypeError, ValueError) as error:
            raise ModelError(
                f"Plug-in '{self.plugin.name}' returned no list of numbers; return {n} for {n} "
                "candidates."
            ) from error
        if found.shape != (n,):
            got = found.size if found.ndim == 1 else f"an array of shape {found.shape}"
            raise ModelError(
                f"Plug-in '{self.plugin.name}' returned {got} for {n} candidates; return one "
                "number per candidate."
            )
        scores = found.tolist()
        if not all(map(math.isfinite, scores)):
            raise ModelError(
                f"Plug-in '{self.plugin.name}' returned a score that is NaN or infinite; return a "
                "finite number, or raise an exception where a pair cannot be scored."
            )
        return scores


def python_stage(written: str, images: ImageSource) -> BuiltStage:
    """Return a plug-in as a stage.

    Raises:
        SettingsError: It cannot be imported, or has no `score`.
    """
    scorer, reader = PythonScorer(load_plugin(written, STAGES_GROUP, "score")), PixelReader(images)
    facts = {"device": "the plug-in's", "dtype": "the plug-in's"}
    return BuiltStage(scorer, (scorer, PairTokens(reader, reader)), facts=facts, at_once=BATCH)


def _as_tokens(image: NDArray[np.uint8]) -> VisualTokens:
    height, width = image.shape[:2]
    return VisualTokens(image, _PIXELS, np.zeros((0, 2), np.int16), (height, width), height * width)


def _pixels(tokens: VisualTokens) -> NDArray[np.uint8]:
    assert tokens.dtype == _PIXELS, "a plug-in is shown pixels"
    return tokens.tokens.astype(np.uint8, copy=False)
