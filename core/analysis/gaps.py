"""How far one group of queries lies from all others, with a bootstrap interval."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.analysis.significance import SEED
from core.types.runs import Interval

N_DRAWS = 2_000
_CHUNK = 250
"""Draws at a time: bounds the memory to 250 x queries."""


def gap_interval(
    values: NDArray[np.float64],
    clusters: Sequence[str],
    inside: NDArray[np.bool_],
    *,
    draws: int = N_DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> Interval | None:
    """Return the percentile interval of mean(inside) - mean(outside), whole clusters resampled.

    A draw without a query on either side says nothing and is left out. None with fewer than 2
    clusters on either side.

    Args:
        values: (n,) one number per query.
        clusters: n instance ids, row by row.
        inside: (n,) which queries are in the group.
        draws: Number of resamples.
        seed: Of the draws.
        level: Of the interval.
    """
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    sides = (index[inside], index[~inside])
    if any(len(np.unique(side)) < 2 for side in sides):
        return None
    rng = np.random.default_rng(seed)
    even = np.full(len(names), 1 / len(names))
    gaps: list[NDArray[np.float64]] = []
    for start in range(0, draws, _CHUNK):
        picks = rng.multinomial(len(names), even, size=min(_CHUNK, draws - start))
        weights = picks[:, index].astype(np.float64)
        n, rest = weights @ inside, weights @ ~inside
        usable = (n > 0) & (rest > 0)
        within, without = weights @ (values * inside), weights @ (values * ~inside)
        gaps.append(within[usable] / n[usable] - without[usable] / rest[usable])
    tail = (1 - level) / 2
    low, high = np.quantile(np.concatenate(gaps), [tail, 1 - tail])
    return Interval(float(low), float(high), level)
