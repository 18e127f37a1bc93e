"""Paired bootstrap over instances: intervals of means and of a difference of means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types.runs import Interval

N_DRAWS = 10_000
SEED = 0
_PICKS_AT_ONCE = 500_000
"""Clusters drawn at once, so that memory does not grow with their number."""


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Means of every column under resampled clusters: `means` is (draws, columns) float64."""

    means: NDArray[np.float64]

    def interval(self, column: int, level: float = 0.95) -> Interval:
        """Return the percentile interval of one column's mean."""
        return _interval(self.means[:, column], level)

    def difference(self, column: int, minus: int, level: float = 0.95) -> Interval:
        """Return the interval of a paired difference of two columns' means."""
        return _interval(self.means[:, column] - self.means[:, minus], level)

    def p_value(self, column: int, minus: int) -> float:
        """Return the two-sided bootstrap p of "the difference is 0", at least 1 / draws."""
        gap = self.means[:, column] - self.means[:, minus]
        tail = min(float(np.mean(gap <= 0)), float(np.mean(gap >= 0)))
        return min(1.0, max(2 * tail, 1 / len(gap)))


def bootstrap(
    values: NDArray[np.float64],
    clusters: Sequence[str],
    draws: int = N_DRAWS,
    seed: int = SEED,
) -> Bootstrap | None:
    """Resample whole clusters with replacement and take the mean over their rows.

    Queries of one instance are not independent; resampling instances keeps intervals honest.

    Args:
        values: (n, columns) float64, one row per query.
        clusters: n instance ids, row by row.
        draws: Number of resamples.
        seed: Seed of the generator; the same seed gives the same interval.

    Returns:
        None with fewer than two clusters: no interval can be told from one instance.
    """
    names, index = np.unique(np.asarray(clusters), return_inverse=True)
    if len(names) < 2:
        return None
    sums = np.zeros((len(names), values.shape[1]))
    np.add.at(sums, index, values)
    counts = np.bincount(index, minlength=len(names)).astype(np.float64)
    table = np.column_stack([sums, counts])
    rng = np.random.default_rng(seed)
    totals = np.empty((draws, table.shape[1]))
    block = max(1, _PICKS_AT_ONCE // len(names))
    for start in range(0, draws, block):
        picks = rng.integers(len(names), size=(min(block, draws - start), len(names)))
        totals[start : start + block] = table[picks].sum(axis=1)
    return Bootstrap(totals[:, :-1] / totals[:, -1:])


def _interval(samples: NDArray[np.float64], level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Interval(float(low), float(high), level)
