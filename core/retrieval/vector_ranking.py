"""Rank the rows of a file for many queries, block by block: memory does not grow with the file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import faiss
import numpy as np
from numpy.typing import NDArray

from core.types.runs import Progress

_BLOCK = 16_384
"""Rows compared at a time; with 1,000 queries 64 MiB of cosines."""


@dataclass(slots=True)
class Nearest:
    """The best rows per query: (Q, n) int64 rows and (Q, n) float32 cosines, falling.

    Equal cosines stand by row; where they straddle the end of a list, any of them may be in it.
    """

    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty((0, 0), np.int64))
    cosines: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))


def rank_rows(
    queries: NDArray[np.float32],
    rows: NDArray[np.int64],
    unit: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    n: int,
    found: Nearest,
) -> Iterator[Progress]:
    """Find the n rows of largest inner product per query, exactly.

    Args:
        queries: (Q, D), rows unit L2 norm.
        rows: The rows of the file to rank, rising.
        unit: Returns (m, D) float32 unit vectors of m rows of the file.
        n: Length of every list, at most `len(rows)`.
        found: Filled when the last block is done.
    """
    heap = faiss.ResultHeap(len(queries), n, keep_max=True)  # pyright: ignore[reportAttributeAccessIssue]
    for start in range(0, len(rows), _BLOCK):
        yield Progress("rank", start, len(rows), "images")
        some = rows[start : start + _BLOCK]
        cosines, places = faiss.knn(  # pyright: ignore[reportAttributeAccessIssue]
            queries, unit(some), min(n, len(some)), metric=faiss.METRIC_INNER_PRODUCT
        )
        heap.add_result(cosines, some[places])
    heap.finalize()
    order = np.lexsort((heap.I, -heap.D), axis=1)
    found.rows = np.take_along_axis(heap.I, order, axis=1)
    found.cosines = np.take_along_axis(heap.D, order, axis=1)
    yield Progress("rank", len(rows), len(rows), "images")
