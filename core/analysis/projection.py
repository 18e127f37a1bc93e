"""Project descriptors to a plane, by PCA or UMAP; which points a drawn line encloses."""

import importlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError

NO_UMAP = (
    "UMAP needs the package umap-learn; install the extra with `pip install -e .[map]`, or use PCA."
)
UMAP_SEED = 0
MIN_UMAP = 10
"""Fewest points that UMAP is asked to arrange; its neighbourhoods hold up to 15."""


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The two directions of largest variance.

    `mean` (D,) and `axes` (2, D) float64, unit rows, orthogonal; `shares` of the total variance.
    """

    mean: NDArray[np.float64]
    axes: NDArray[np.float64]
    shares: tuple[float, float]

    def project(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return (n, 2) coordinates of (n, D) vectors."""
        return ((vectors - self.mean) @ self.axes.T).astype(np.float32)


def fit_pca(vectors: NDArray[np.float32]) -> Plane:
    """Return the first two principal components (Pearson 1901), by the covariance's eigenvectors.

    The sign of an axis, which the eigenvectors leave open, makes its entry of largest absolute
    value positive (the first of equals), so that the same descriptors give the same picture.

    Args:
        vectors: (n, D), n >= 2 and D >= 2.

    Raises:
        SettingsError: They are fewer than that, or all equal, so that there is no plane.
    """
    n, dimension = vectors.shape
    if n < 2 or dimension < 2:
        raise SettingsError(
            f"{n} descriptor{'s' * (n != 1)} of {dimension} dimensions cannot be drawn as a map; "
            "it needs 2 images and 2 dimensions or more."
        )
    mean = vectors.mean(axis=0, dtype=np.float64)
    centred = vectors - mean
    variances, directions = np.linalg.eigh(centred.T @ centred / n)
    total = float(variances.clip(min=0).sum())
    if not total > 1e-12:
        raise SettingsError("All descriptors of this corpus are equal, so there is no map of them.")
    axes = directions[:, [-1, -2]].T
    largest = np.argmax(np.abs(axes).round(9), axis=1)
    axes = axes * np.sign(axes[[0, 1], largest])[:, None]
    first, second = (max(0.0, float(v)) / total for v in (variances[-1], variances[-2]))
    return Plane(mean, axes, (first, second))


def umap_plane(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n, 2) coordinates by UMAP (McInnes et al. 2018) on cosines; the seed is fixed.

    Raises:
        SettingsError: The package is not installed, or there are fewer than `MIN_UMAP` points.
    """
    if len(vectors) < MIN_UMAP:
        raise SettingsError(f"UMAP needs {MIN_UMAP} images or more; use PCA for {len(vectors)}.")
    try:
        umap = importlib.import_module("umap")
    except ImportError as error:
        raise SettingsError(NO_UMAP) from error
    reducer = umap.UMAP(
        n_components=2,
        n_neighbors=min(15, len(vectors) - 1),
        metric="cosine",
        random_state=UMAP_SEED,
        n_jobs=1,
    )
    return np.asarray(reducer.fit_transform(vectors), dtype=np.float32)


def inside(polygon: NDArray[np.float64], points: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return (n,): which points a ray to the right leaves the polygon from, by the even-odd rule.

    The polygon is closed by itself and may cross itself; what it winds around twice is outside.
    Of two polygons that share an edge, a point on that edge is in one only (edges are half-open).

    Args:
        polygon: (m, 2) corners in order; fewer than 3 enclose nothing.
        points: (n, 2).
    """
    found = np.zeros(len(points), dtype=np.bool_)
    if len(polygon) < 3:
        return found
    x, y = points[:, 0].astype(np.float64), points[:, 1].astype(np.float64)
    for (x0, y0), (x1, y1) in zip(polygon, np.roll(polygon, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        if crosses.any():
            at = x0 + (y[crosses] - y0) * (x1 - x0) / (y1 - y0)
            found[crosses] ^= x[crosses] < at
    return found
