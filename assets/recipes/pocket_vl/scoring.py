"""Average precision and area under the curve, as the recipe reports them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def auc(positive: NDArray[np.float64], negative: NDArray[np.float64]) -> float:
    """Return the share of (positive, negative) pairs in order; ties count one half."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, "left")
    up_to = np.searchsorted(ordered, positive, "right")
    return float(np.mean((below + up_to) / 2) / len(negative))


def average_precision(ranked: NDArray[np.bool_], n_positives: int) -> float:
    """Return AP@k for k = len(ranked): precision at each hit, over min(k, positives)."""
    hits = np.cumsum(ranked)
    precision = hits / np.arange(1, len(ranked) + 1)
    return float((precision * ranked).sum() / min(len(ranked), n_positives))
