"""RootSIFT and RANSAC: how many local features agree on one homography between two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

N_FEATURES = 1000
RATIO = 0.75
"""A match counts when its distance is below this share of the second nearest's (Lowe 2004)."""
REPROJECTION_PX = 5.0
LEAST_MATCHES = 4
_MAX_ITERATIONS = 1000
_CONFIDENCE = 0.99


@dataclass(frozen=True, slots=True, eq=False)
class Keypoints:
    """Places (N, 2) float32 in pixels and RootSIFT vectors (N, 128) float32 of unit L2 norm."""

    xy: NDArray[np.float32]
    vectors: NDArray[np.float32]


def root_sift(image: NDArray[np.uint8]) -> Keypoints:
    """Return the strongest features; Arandjelovic and Zisserman, CVPR 2012, for the root."""
    finder = cv2.SIFT.create(N_FEATURES)
    found, vectors = finder.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None)
    if not found:
        return Keypoints(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    sums = np.maximum(vectors.sum(axis=1, keepdims=True), 1e-12)
    return Keypoints(
        np.array([point.pt for point in found], np.float32),
        np.sqrt(vectors / sums).astype(np.float32),
    )


def matches(query: Keypoints, candidate: Keypoints) -> NDArray[np.int64]:
    """Return (M, 2) rows of query and candidate that pass the ratio test; one per query row."""
    if len(query.xy) == 0 or len(candidate.xy) < 2:
        return np.zeros((0, 2), np.int64)
    cosines = query.vectors @ candidate.vectors.T
    rows = np.arange(len(cosines))
    best = cosines.argmax(axis=1)
    first = cosines[rows, best]
    cosines[rows, best] = -np.inf
    second = cosines.max(axis=1)
    # squared distance of unit vectors: 2 - 2 cos
    passed = np.flatnonzero((1 - first) < RATIO**2 * (1 - second))
    return np.stack([passed, best[passed]], axis=1).astype(np.int64)


def n_inliers(query: Keypoints, candidate: Keypoints) -> int:
    """Return how many matches agree on one homography (MAGSAC++), 0 where none can be fitted."""
    pairs = matches(query, candidate)
    if len(pairs) < LEAST_MATCHES:
        return 0
    fitted: Any = cv2.findHomography(
        query.xy[pairs[:, 0]],
        candidate.xy[pairs[:, 1]],
        cv2.USAC_MAGSAC,
        REPROJECTION_PX,
        maxIters=_MAX_ITERATIONS,
        confidence=_CONFIDENCE,
    )
    mask = fitted[1]
    return 0 if mask is None else int(np.count_nonzero(mask))


def inlier_scores(
    images: Mapping[str, NDArray[np.uint8]], heads: Mapping[str, tuple[str, ...]]
) -> dict[str, dict[str, float]]:
    """Return the inliers of each query with each image of its shortlist's head, by ids."""
    wanted = {i for query, head in heads.items() for i in (query, *head)}
    known = {i: root_sift(images[i]) for i in sorted(wanted)}
    return {
        query: {i: float(n_inliers(known[query], known[i])) for i in head}
        for query, head in heads.items()
    }
