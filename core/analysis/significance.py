"""Bootstrap over instances: intervals of means, paired differences, slices and gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types.runs import Interval

N_DRAWS = 10_000
SEED = 0
_PICKS_AT_ONCE = 500_000
"""Clusters drawn at once, so that memory does not grow with their number."""

N_GAP_DRAWS = 2_000
_GAP_CHUNK = 250
"""Draws at a time: bounds the memory to 250 x queries."""

_SLICE_CHUNK = 1000
"""Draws at a time: bounds the memory to 1000 x instances."""


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
    names, index = _numbered(clusters)
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


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return p-values corrected for their number by Holm's step-down rule, in the order given.

    The chance of calling any true "no difference" significant stays below the level, however the
    tests depend on one another. Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    corrected, least = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[place]))
        corrected[place] = least
    return tuple(corrected)


def gap_interval(
    values: NDArray[np.float64],
    clusters: Sequence[str],
    inside: NDArray[np.bool_],
    *,
    draws: int = N_GAP_DRAWS,
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
    names, index = _numbered(clusters)
    if any(len(np.unique(side)) < 2 for side in (index[inside], index[~inside])):
        return None
    gaps: list[NDArray[np.float64]] = []
    for picks in _picks(len(names), draws, seed, _GAP_CHUNK):
        weights = picks[:, index].astype(np.float64)
        n, rest = weights @ inside, weights @ ~inside
        usable = (n > 0) & (rest > 0)
        within, without = weights @ (values * inside), weights @ (values * ~inside)
        gaps.append(within[usable] / n[usable] - without[usable] / rest[usable])
    return _interval(np.concatenate(gaps), level)


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
    names, index = _numbered(clusters)
    sums, counts = np.zeros((2, len(names), members.shape[1]))
    np.add.at(sums, index, members * deltas[:, None])
    np.add.at(counts, index, members.astype(np.float64))
    parts: list[NDArray[np.float64]] = []
    for picks in _picks(len(names), draws, seed, _SLICE_CHUNK):
        drawn = picks @ counts
        parts.append(np.where(drawn > 0, picks @ sums / np.maximum(drawn, 1), np.nan))
    several = np.count_nonzero(counts, axis=0) >= 2
    return [
        _interval(means[~np.isnan(means)], level) if is_enough else None
        for means, is_enough in zip(np.concatenate(parts).T, several, strict=True)
    ]


def resampled(
    clusters: Sequence[str], draws: int = N_GAP_DRAWS, seed: int = SEED
) -> Iterator[NDArray[np.float64]]:
    """Yield how often each row is drawn, (at most 250, n) a time; whole clusters are resampled.

    Nothing with fewer than two clusters.
    """
    names, index = _numbered(clusters)
    if len(names) >= 2:
        for picks in _picks(len(names), draws, seed, _GAP_CHUNK):
            yield picks[:, index].astype(np.float64)


def _numbered(clusters: Sequence[str]) -> tuple[NDArray[np.str_], NDArray[np.intp]]:
    """Return the clusters' names, each once, and of every row the place of its own."""
    return np.unique(np.asarray(clusters), return_inverse=True)


def _picks(n: int, draws: int, seed: int, at_once: int) -> Iterator[NDArray[np.int64]]:
    """Yield how often each of n clusters is drawn, (at most `at_once`, n) a time."""
    rng = np.random.default_rng(seed)
    for start in range(0, draws, at_once):
        size = min(at_once, draws - start)
        yield rng.multinomial(n, np.full(n, 1 / n), size=size)


def _interval(samples: NDArray[np.float64], level: float) -> Interval:
    tail = (1 - level) / 2
    low, high = np.quantile(samples, [tail, 1 - tail])
    return Interval(float(low), float(high), level)
