"""SuperGlobal re-ranking: the nearest images refined by each other, then by the best of them.

Shao et al., Global Features are All You Need for Image Retrieval and Reranking, ICCV 2023
(github.com/ShihaoShao-GH/SuperGlobal). Only its re-ranking: its descriptors are made elsewhere.
"""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.reranking.constants import Constant, read_constants, written
from core.reranking.descriptor_method import NearestMethod

CONSTANTS = (Constant("M", 50, 1), Constant("K", 2, 0, 1000), Constant("BETA", 0.5, 0.0, 1.0))
"""The paper's 400, 9, 0.15 are for classes of many images; these for about five per query."""


def superglobal_method(option: str) -> NearestMethod:
    """Return the method with the constants `M,K,BETA`.

    Raises:
        SettingsError: They cannot be read or used.
    """
    m, k, beta = found = read_constants("superglobal", option, CONSTANTS)
    fields = {
        "score": "SuperGlobal: cosine to descriptors refined by the query's nearest images",
        "superglobal": written(CONSTANTS, found),
    }
    return NearestMethod(fields, int(m), partial(superglobal_scores, k=int(k), beta=beta))


def superglobal_scores(
    query: NDArray[np.float32], listed: NDArray[np.float32], k: int, beta: float
) -> NDArray[np.float64]:
    """Return the (n,) scores of the images nearest to a query; about n^2 products of descriptors.

    Args:
        query: (D,) descriptor, unit length.
        listed: (n, D) descriptors of unit length, n >= 1.
        k: Neighbours that refine a descriptor, beside itself.
        beta: Their weight, times their cosine.
    """
    rows = listed.astype(np.float64)
    refined = _refined(rows, min(k + 1, len(rows)), beta)
    first = refined @ query.astype(np.float64)
    best = np.argsort(-first, kind="stable")[: k + 1]
    return (first + refined @ refined[best].max(axis=0)) / 2.0


def _refined(rows: NDArray[np.float64], n: int, beta: float) -> NDArray[np.float64]:
    """Return (n, D) weighted means of every row and its nearest, of n rows in all."""
    cosines = rows @ rows.T
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :n]
    weights = beta * np.take_along_axis(cosines, nearest, axis=1)
    weights[:, 0] = 1.0
    sums = np.einsum("nk,nkd->nd", weights, rows[nearest])
    return sums / weights.sum(axis=1, keepdims=True)
