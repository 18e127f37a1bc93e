"""Geometric verification as a scorer: how many keypoint matches agree on one homography."""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.blas_threads import one_blas_thread
from core.errors import ModelError
from core.interfaces import PairScorer
from core.mllm.compression.packing import Images, PixelPacker
from core.reranking.keypoints import (
    LONG_SIDE_PX,
    N_FEATURES,
    RATIO,
    REPROJECTION_PX,
    Keypoints,
    agreeing,
    find_sift,
    root_sift,
)
from core.types.scores import PlainScore, VisualTokens

_KEYPOINTS = "keypoints"
_STORED = "rootsift"
_PLACE = 8
"""Bytes of a place: two float32."""
_BATCH = 8
"""Candidates between two looks at whether to stop, shared by the threads."""


@dataclass(frozen=True, slots=True, eq=False)
class KeypointPacker(PixelPacker):
    """Stores an image's keypoints without loss: 136 bytes each, at most 204 kB.

    What is stored is a `VisualTokens` of dtype `rootsift` that holds (N, 8 + 128) uint8, place and
    SIFT vector; what is shown is one of dtype `keypoints` with (N, 2 + 128) float32, place and
    RootSIFT vector. Neither has positions. OpenCV rounds SIFT vectors to whole numbers below 256.

    Args:
        most: Keypoints kept of an image, those of the strongest contrast.
    """

    most: int = N_FEATURES

    @property
    def fields(self) -> Mapping[str, str]:
        """How keypoints are found, in words."""
        import cv2

        return {
            "keypoints": f"up to {self.most}, long side up to {LONG_SIDE_PX} px",
            "opencv": str(cv2.__version__),
        }

    def pack(
        self,
        images: Images,
        tower_tokens: Sequence[VisualTokens] | None = None,  # noqa: ARG002 - looks at the pixels
    ) -> list[VisualTokens]:
        """Return the keypoints of each (H, W, 3) uint8 RGB image, in order."""
        return [_packed(*find_sift(image, self.most)) for image in images]

    def unpack(self, stored: VisualTokens) -> VisualTokens:
        """Return stored keypoints with their RootSIFT vectors."""
        rows = np.ascontiguousarray(stored.tokens.view(np.uint8))
        places = rows[:, :_PLACE].copy().view(np.float32)
        values = np.concatenate([places, root_sift(rows[:, _PLACE:])], axis=1)
        return _tokens(values, _KEYPOINTS)


@dataclass(frozen=True, slots=True, eq=False)
class GeometricScorer(PairScorer):
    """Number of RootSIFT matches that agree on one homography: higher is better, no model call.

    Symmetric only roughly: the query's keypoints look for their like among the candidate's.

    Args:
        keypoints: How keypoints are found.
    """

    keypoints: KeypointPacker = KeypointPacker()

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {
            "score": "geometric: RootSIFT matches that agree on one homography (MAGSAC++)",
            "matching": f"ratio {RATIO:g}, reprojection {REPROJECTION_PX:g} px",
            **self.keypoints.fields,
        }

    def score(
        self,
        query_tokens: VisualTokens,
        candidates: Sequence[VisualTokens],
        mass_first: int = 0,  # noqa: ARG002 - a count has no answer mass
    ) -> Iterator[list[PlainScore]]:
        """Yield the counts of each batch of candidates, in order.

        Raises:
            ModelError: These are no keypoints.
        """
        query = _keypoints(query_tokens)
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            for start in range(0, len(candidates), _BATCH):
                started = time.perf_counter()
                batch = candidates[start : start + _BATCH]
                with one_blas_thread():
                    found = list(threads.map(partial(_count, query), batch))
                each = (time.perf_counter() - started) / len(found)
                yield [PlainScore(float(count), each) for count in found]


def _count(query: Keypoints, candidate: VisualTokens) -> int:
    return len(agreeing(query, _keypoints(candidate))[1])


def _packed(places: NDArray[np.float32], vectors: NDArray[np.uint8]) -> VisualTokens:
    return _tokens(np.concatenate([places.view(np.uint8), vectors], axis=1), _STORED)


def _tokens(values: NDArray[np.generic], dtype: str) -> VisualTokens:
    values.setflags(write=False)
    return VisualTokens(values, dtype, np.zeros((0, 2), np.int16), (0, 0), len(values))


def _keypoints(tokens: VisualTokens) -> Keypoints:
    if tokens.dtype != _KEYPOINTS:
        raise ModelError(
            f"The geometric stage compares keypoints and was given visual tokens ({tokens.dtype}); "
            "give it the tokens of a KeypointSource."
        )
    values = tokens.tokens.astype(np.float32, copy=False)
    return Keypoints(values[:, :2], values[:, 2:])
