"""Geometric matches of two pictures: a second opinion that knows nothing of the MLLM."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types.pairs import Matches

N_FEATURES = 1500
RATIO = 0.75
"""A match counts when its distance is below this share of the second nearest (Lowe, IJCV 2004)."""
REPROJECTION_PX = 5.0
LONG_SIDE_PX = 1024
"""Larger images are shrunk to this before features are looked for."""
LEAST_MATCHES = 4
_MAX_ITERATIONS = 2000
_CONFIDENCE = 0.999


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Places (N, 2) float32 in the shrunk image and RootSIFT vectors (N, 128), rows unit L2."""

    xy: NDArray[np.float32]
    vectors: NDArray[np.float32]


def match(query: NDArray[np.uint8], candidate: NDArray[np.uint8]) -> Matches:
    """Return RootSIFT matches that agree on one homography (MAGSAC++).

    RootSIFT: Arandjelovic and Zisserman, CVPR 2012. MAGSAC++: Barath et al., CVPR 2020, as in
    OpenCV. The same two images give the same matches. A flat object or a small change of view
    fits one homography; a solid object seen from another side fits only in part.

    Args:
        query: (H, W, 3) uint8 RGB.
        candidate: (H, W, 3) uint8 RGB.
    """
    of_query, of_candidate = find_keypoints(query), find_keypoints(candidate)
    n_pairs, agreed = agreeing(of_query, of_candidate)
    return Matches(
        of_query.xy[agreed[:, 0]] / _shrink(query),
        of_candidate.xy[agreed[:, 1]] / _shrink(candidate),
        n_pairs,
        len(of_query.xy),
        len(of_candidate.xy),
    )


def agreeing(query: Keypoints, candidate: Keypoints) -> tuple[int, NDArray[np.int64]]:
    """Return how many pairs pass the ratio test, and the rows (M, 2) of those that agree."""
    pairs = _ratio_test(query.vectors, candidate.vectors)
    return len(pairs), pairs[_inliers(query.xy[pairs[:, 0]], candidate.xy[pairs[:, 1]])]


def _shrink(image: NDArray[np.uint8]) -> np.float32:
    return np.float32(min(1.0, LONG_SIDE_PX / max(image.shape[:2])))


def find_keypoints(image: NDArray[np.uint8]) -> Keypoints:
    """Return the RootSIFT keypoints of an (H, W, 3) uint8 RGB image."""
    places, vectors = find_sift(image)
    return Keypoints(places, root_sift(vectors))


def find_sift(
    image: NDArray[np.uint8], most: int = N_FEATURES
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return places (N, 2) in the shrunk image and SIFT vectors (N, 128) of an RGB image.

    Of more than `most` keypoints those of the strongest contrast are kept.
    """
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = float(_shrink(image))
    if scale < 1.0:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, vectors = cv2.SIFT.create(most).detectAndCompute(grey, None)
    if not found:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8)
    places = np.array([point.pt for point in found], np.float32)
    return places, vectors.astype(np.uint8)  # whole numbers below 256


def root_sift(vectors: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the (N, 128) RootSIFT vectors of SIFT vectors, rows unit L2."""
    wide = vectors.astype(np.float32)
    sums = np.maximum(wide.sum(axis=1, keepdims=True), np.float32(1e-12))
    return np.sqrt(wide / sums)


def _ratio_test(query: NDArray[np.float32], candidate: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return (M, 2) rows of query and candidate; one per query row that has a clear nearest."""
    if len(query) == 0 or len(candidate) < 2:
        return np.zeros((0, 2), np.int64)
    cosines = query @ candidate.T
    rows = np.arange(len(cosines))
    best = cosines.argmax(axis=1)
    first = cosines[rows, best]
    cosines[rows, best] = -np.inf
    # squared distance of unit vectors: 2 - 2 cos
    passed = np.flatnonzero((1 - first) < RATIO**2 * (1 - cosines.max(axis=1)))
    return np.stack([passed, best[passed]], axis=1).astype(np.int64)


def _inliers(query: NDArray[np.float32], candidate: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (M,) which pairs of places agree on the homography; none where none can be fitted."""
    import cv2

    nothing = np.zeros(len(query), bool)
    if len(query) < LEAST_MATCHES:
        return nothing
    fitted: Any = cv2.findHomography(
        query,
        candidate,
        cv2.USAC_MAGSAC,
        REPROJECTION_PX,
        maxIters=_MAX_ITERATIONS,
        confidence=_CONFIDENCE,
    )
    return nothing if fitted[1] is None else fitted[1].ravel().astype(bool)
