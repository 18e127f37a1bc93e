"""Geometric verification as a scorer: how many keypoint matches agree on one homography."""

import time
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelError
from core.interfaces import ImageSource, PairScorer
from core.recent import Recent
from core.reranking.keypoints import (
    LONG_SIDE_PX,
    N_FEATURES,
    RATIO,
    REPROJECTION_PX,
    Keypoints,
    agreeing,
    find_keypoints,
)
from core.types.corpus import ImageRecord
from core.types.scores import PlainScore, VisualTokens

_KEYPOINTS = "keypoints"
_KEPT = 512
"""Images whose keypoints are remembered: at most 0.8 MB each."""
_BATCH = 8
"""Candidates between two looks at whether to stop."""


class KeypointSource:
    """What the geometric scorer is shown of an image: its keypoints, in the place of tokens.

    A `VisualTokens` of dtype `keypoints` holds (N, 2 + 128) float32, place and RootSIFT vector, and
    no positions.

    Args:
        images: Opens image files.
    """

    def __init__(self, images: ImageSource) -> None:
        self._images = images
        self._found = Recent[str, VisualTokens](_KEPT)

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the keypoints of one image; those of the last images are remembered.

        Raises:
            ImageError: The image cannot be decoded.
        """
        return self._found.get_or_make(
            record.sha256, lambda: self.encode([self._images.load(record)])[0]
        )

    def encode(
        self,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens] | None = None,  # noqa: ARG002 - looks at the pixels
    ) -> list[VisualTokens]:
        """Return the keypoints of each (H, W, 3) uint8 RGB image, in order."""
        return [_packed(find_keypoints(image)) for image in images]


class GeometricScorer(PairScorer):
    """Number of RootSIFT matches that agree on one homography: higher is better, no model call.

    Symmetric only roughly: the query's keypoints look for their like among the candidate's.
    """

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        import cv2

        return {
            "score": "geometric: RootSIFT matches that agree on one homography (MAGSAC++)",
            "keypoints": f"up to {N_FEATURES}, long side up to {LONG_SIDE_PX} px",
            "matching": f"ratio {RATIO:g}, reprojection {REPROJECTION_PX:g} px",
            "opencv": str(cv2.__version__),
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
        for start in range(0, len(candidates), _BATCH):
            yield [_one(query, one) for one in candidates[start : start + _BATCH]]


def _one(query: Keypoints, candidate: VisualTokens) -> PlainScore:
    clock = time.perf_counter()
    _, agreed = agreeing(query, _keypoints(candidate))
    return PlainScore(float(len(agreed)), time.perf_counter() - clock)


def _packed(found: Keypoints) -> VisualTokens:
    values = np.concatenate([found.xy, found.vectors], axis=1)
    values.setflags(write=False)
    return VisualTokens(values, _KEYPOINTS, np.zeros((0, 2), np.int16), (0, 0), len(values))


def _keypoints(tokens: VisualTokens) -> Keypoints:
    if tokens.dtype != _KEYPOINTS:
        raise ModelError(
            f"The geometric stage compares keypoints and was given visual tokens ({tokens.dtype}); "
            "give it the tokens of a KeypointSource."
        )
    values = tokens.tokens.astype(np.float32, copy=False)
    return Keypoints(values[:, :2], values[:, 2:])
