"""Which points a drawn line encloses."""

import numpy as np
from numpy.typing import NDArray


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
