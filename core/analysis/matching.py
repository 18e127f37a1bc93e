"""Geometric matches of two pictures: a second opinion that knows nothing of the MLLM."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.types import Matches

N_FEATURES = 1500
RATIO = 0.75
"""A match counts when its distance is below this share of the second nearest (Lowe, IJCV 2004)."""
REPROJECTION_PX = 5.0
LONG_SIDE_PX = 1024
"""Larger images are shrunk to this before features are looked for."""
LEAST_MATCHES = 4
_MAX_ITERATIONS = 2000
_CONFIDENCE = 0.999


def match(query: NDArray[np.uint8], candidate: NDArray[np.uint8]) -> Matches:
    """Return RootSIFT matches that agree on one homography (MAGSAC++).

    RootSIFT: Arandjelovic and Zisserman, CVPR 2012. MAGSAC++: Barath et al., CVPR 2020, as in
    OpenCV. The same two images give the same matches. A flat object or a small change of view
    fits one homography; a solid object seen from another side fits only in part.

    Args:
        query: (H, W, 3) uint8 RGB.
        candidate: (H, W, 3) uint8 RGB.
    """
    query_xy, query_vectors = _root_sift(query)
    candidate_xy, candidate_vectors = _root_sift(candidate)
    pairs = _ratio_test(query_vectors, candidate_vectors)
    agreed = pairs[_inliers(query_xy[pairs[:, 0]], candidate_xy[pairs[:, 1]])]
    return Matches(
        query_xy[agreed[:, 0]] / _shrink(query),
        candidate_xy[agreed[:, 1]] / _shrink(candidate),
        len(pairs),
        len(query_xy),
        len(candidate_xy),
    )


def _shrink(image: NDArray[np.uint8]) -> np.float32:
    return np.float32(min(1.0, LONG_SIDE_PX / max(image.shape[:2])))


def _root_sift(image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return places (N, 2) in the shrunk image and vectors (N, 128) of unit L2 norm."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    scale = float(_shrink(image))
    if scale < 1.0:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found, vectors = cv2.SIFT.create(N_FEATURES).detectAndCompute(grey, None)
    if not found:
        return np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32)
    sums = np.maximum(vectors.sum(axis=1, keepdims=True), 1e-12)
    places = np.array([point.pt for point in found], np.float32)
    return places, np.sqrt(vectors / sums).astype(np.float32)


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
