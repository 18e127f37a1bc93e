"""Find slices whose queries do worse than the rest, corrected for how many were tried.

A permutation test with the largest statistic over all slices (Westfall and Young,
Resampling-Based Multiple Testing, 1993): the p of a slice is the share of shuffles in which *any*
slice is as bad, so that the chance of any finding at all, where nothing is there, is at most
`LEVEL`. Queries of one instance are not independent: instances with the same number of queries
exchange their APs as blocks, and the order within a block is shuffled too.

Test and bound are one statement: the bound of an effect is the effect plus what the same shuffles
allow to chance at that size, so it lies below 0 exactly where p <= `LEVEL`. All bounds hold
together at level 1 - `LEVEL`, if the slice shifts the APs (Romano and Wolf, JASA 100, 2005).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.slices import labels_by_attribute
from core.types.corpus import ImageRecord
from core.types.failures import SliceFinding, SliceSearch
from core.types.rankings import QueryOutcome

LEVEL = 0.05
MIN_SIZE = 5
"""Smallest slice that is tried, and fewest queries outside of it."""
N_SHUFFLES = 2_000
SEED = 0
_BLOCK = 250
_EPS = 1e-12
"""A shuffle counts as equally bad when it differs by no more than rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class _Slice:
    attribute: str
    value: str
    inside: NDArray[np.bool_]


def worst_slices(
    outcomes: Sequence[QueryOutcome],
    queries: Mapping[str, ImageRecord],
    *,
    shuffles: int = N_SHUFFLES,
    seed: int = SEED,
) -> SliceSearch:
    """Return every slice of at least `MIN_SIZE` queries, smallest p first, then lowest effect.

    effect = mean AP after inside - mean AP after outside. Statistic: the effect over
    sqrt(1/n + 1/n_rest), so that small slices need larger effects; only effects below 0 count.
    `bound`, the upper end of the one-sided simultaneous interval, is the effect + the statistic's
    critical value * sqrt(1/n + 1/n_rest); None with fewer than 1 / `LEVEL` - 1 shuffles.

    Args:
        outcomes: Evaluated queries.
        queries: Records by query id, for the attributes.
        shuffles: Number of permutations; p is at least 1 / (shuffles + 1).
        seed: Of the permutations and draws; the same seed gives the same answer.
    """
    slices = _slices(outcomes, queries)
    if not slices:
        return SliceSearch((), LEVEL, len(outcomes), MIN_SIZE)
    values = np.array([o.ap_after for o in outcomes], dtype=np.float64)
    clusters = [o.cluster for o in outcomes]
    inside = np.stack([one.inside for one in slices]).astype(np.float64)
    effects = _effects(inside, values)
    scale = np.sqrt(1 / inside.sum(axis=1) + 1 / (1 - inside).sum(axis=1))
    badness = -effects / scale
    rng = np.random.default_rng(seed)
    worst = _largest_by_chance(inside, scale, values, clusters, shuffles, rng)
    p_values = (1 + (worst[None, :] >= badness[:, None] - _EPS).sum(axis=1)) / (1 + shuffles)
    critical = _critical(worst)
    found = [
        SliceFinding(
            attribute=one.attribute,
            value=one.value,
            n=int(one.inside.sum()),
            n_rest=int((~one.inside).sum()),
            map_after=float(values[one.inside].mean()),
            effect=float(effect),
            bound=None if critical is None else float(effect + (critical + _EPS) * size),
            p_value=float(p_value),
        )
        for one, effect, p_value, size in zip(slices, effects, p_values, scale, strict=True)
    ]
    found.sort(key=lambda f: (f.p_value, f.effect, f.attribute, f.value))
    return SliceSearch(tuple(found), LEVEL, len(outcomes), MIN_SIZE)


def _slices(
    outcomes: Sequence[QueryOutcome], queries: Mapping[str, ImageRecord]
) -> tuple[_Slice, ...]:
    found: list[_Slice] = []
    for attribute, labels in labels_by_attribute(outcomes, queries).items():
        for value in sorted(set(labels.values())):
            inside = np.array([labels.get(o.query_id) == value for o in outcomes])
            if MIN_SIZE <= int(inside.sum()) <= len(outcomes) - MIN_SIZE:
                found.append(_Slice(attribute, value, inside))
    return tuple(found)


def _effects(inside: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return mean inside - mean outside: (slices, n) and (n, ...) to (slices, ...)."""
    n = inside.sum(axis=1).reshape(-1, *(1,) * (values.ndim - 1))
    within = inside @ values
    total = values.sum(axis=0)
    return within / n - (total - within) / (values.shape[0] - n)


def _largest_by_chance(
    inside: NDArray[np.float64],
    scale: NDArray[np.float64],
    values: NDArray[np.float64],
    clusters: Sequence[str],
    shuffles: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return (shuffles,): the largest statistic of any slice under each shuffle."""
    groups = _blocks_by_size(clusters)
    largest = np.empty(shuffles)
    for start in range(0, shuffles, _BLOCK):
        n = min(_BLOCK, shuffles - start)
        shuffled = _shuffled(values, groups, n, rng)
        largest[start : start + n] = (-_effects(inside, shuffled) / scale[:, None]).max(axis=0)
    return largest


def _blocks_by_size(clusters: Sequence[str]) -> tuple[NDArray[np.intp], ...]:
    """Return one (blocks, size) array of row numbers per size of an instance."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(clusters):
        rows.setdefault(name, []).append(row)
    sizes = sorted({len(members) for members in rows.values()})
    return tuple(
        np.array([members for members in rows.values() if len(members) == size], dtype=np.intp)
        for size in sizes
    )


def _shuffled(
    values: NDArray[np.float64],
    groups: Sequence[NDArray[np.intp]],
    n: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return (rows, n): the values with blocks of one size exchanged and shuffled within."""
    made = np.empty((len(values), n))
    for rows in groups:
        order = rng.permuted(np.broadcast_to(np.arange(len(rows)), (n, len(rows))), axis=1)
        blocks = rng.permuted(values[rows][order], axis=2)
        made[rows.ravel()] = blocks.reshape(n, -1).T
    return made


def _critical(worst: NDArray[np.float64]) -> float | None:
    """Return what a statistic must exceed for p <= `LEVEL`, None where the shuffles are too few.

    p = (1 + shuffles at least as bad) / (1 + shuffles), so at most `allowed` may be.
    """
    allowed = int(LEVEL * (1 + len(worst)) + 1e-9) - 1
    return float(np.sort(worst)[::-1][allowed]) if allowed >= 0 else None
