"""Paired bootstrap intervals of many slices from one set of draws."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.analysis.significance import N_DRAWS, SEED
from core.types.runs import Interval

_CHUNK = 1000
"""Draws at a time: bounds the memory to 1000 x instances."""


def slice_intervals(
    deltas: NDArray[np.float64],
    clusters: Sequence[str],
    members: NDArray[np.bool_],
    draws: int = N_DRAWS,
    seed: int = SEED,
    level: float = 0.95,
) -> list[Interval | None]:
    """Return an interval of the mean of `deltas` in every slice; None with fewer than 2 clusters.

    Whole clusters are resampled, and a slice's mean is taken over those of its rows that are
    drawn; a draw without any of them says nothing about the slice and is left out of its interval.

    Args:
        deltas: (n,) float64, one difference per query.
        clusters: n instance ids, row by row.
        members: (n, m) bool: which rows are in which slice.
        draws: Number of resamples.
        seed: Seed of the generator.
        level: Of the percentile interval.
    """
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums, counts = np.zeros((2, len(names), members.shape[1]))
    np.add.at(sums, index, members * deltas[:, None])
    np.add.at(counts, index, members.astype(np.float64))
    rng = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    for start in range(0, draws, _CHUNK):
        size = min(_CHUNK, draws - start)
        picks = rng.multinomial(len(names), np.full(len(names), 1 / len(names)), size=size)
        drawn = picks @ counts
        parts.append(np.where(drawn > 0, picks @ sums / np.maximum(drawn, 1), np.nan))
    means = np.concatenate(parts)
    tail = (1 - level) / 2
    several = np.count_nonzero(counts, axis=0) >= 2
    return [
        _interval(means[:, i], tail, level) if several[i] else None for i in range(len(several))
    ]


def _interval(means: NDArray[np.float64], tail: float, level: float) -> Interval:
    low, high = np.nanquantile(means, [tail, 1 - tail])
    return Interval(float(low), float(high), level)
