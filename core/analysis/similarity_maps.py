"""Which tokens of two images make the cosine of their means: an exact sum over token pairs.

cos = sum over i, j of t_i . u_j / (n m |mean t| |mean u|). Stylianou et al., Visualizing Deep
Similarity Networks, WACV 2019 (github.com/GWUvision/Similarity-Visualization, db545bd).
"""

import numpy as np
from numpy.typing import NDArray


def pair_parts(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (n, m): what each pair of tokens adds to the cosine of the two mean tokens.

    Rows sum to a map on the first image, columns to one on the second; parts may be negative.
    Zeros where a mean is zero, which has no direction.

    Args:
        first: (n, C) tokens, n >= 1.
        second: (m, C) tokens, m >= 1.
    """
    one, other = first.astype(np.float64), second.astype(np.float64)
    lengths = np.linalg.norm(one.mean(axis=0)) * np.linalg.norm(other.mean(axis=0))
    n_pairs = len(one) * len(other)
    return (one @ other.T) / (n_pairs * lengths) if lengths else np.zeros((len(one), len(other)))
