"""Overlapping blocks of candidates, and one order from the orders within them (JointRank)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

_DAMPING, _TOLERANCE, _STEPS = 0.85, 1e-12, 1000


def permuted_blocks(n: int, size: int, repeats: int, seed: int) -> list[tuple[int, ...]]:
    """Return blocks in which every one of n items stands `repeats` times; 2 <= size.

    Each repeat is a seeded permutation cut into blocks; a last block of one item joins the block
    before it.
    """
    random, found = np.random.default_rng(seed), list[tuple[int, ...]]()
    for _ in range(repeats):
        order = random.permutation(n).tolist()
        cuts = [order[start : start + size] for start in range(0, n, size)]
        if len(cuts) > 1 and len(cuts[-1]) == 1:
            cuts[-2:] = [cuts[-2] + cuts[-1]]
        found.extend(tuple(cut) for cut in cuts)
    return found


def wins(n: int, orders: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return (n, n): how often row stands above column within a block."""
    found = np.zeros((n, n))
    for order in orders:
        for place, item in enumerate(order):
            for other in order[place + 1 :]:
                found[item, other] += 1
    return found


def win_rates(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) mean over the others that an item met of its share of wins; 0 without any."""
    met = table + table.T
    shares = np.where(met > 0, table / np.maximum(met, 1.0), 0.0)
    return shares.sum(axis=1) / np.maximum((met > 0).sum(axis=1), 1)


def page_rank(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) shares of a walk that goes from an item to one that beat it, sum 1.

    With probability 0.85 it goes on, else it starts anywhere; from an item that nothing beat it
    starts anywhere, too.
    """
    n = len(table)
    lost = table.sum(axis=0)
    moves = np.where(lost > 0, table / np.maximum(lost, 1.0), 1.0 / n)
    found = np.full(n, 1.0 / n)
    for _ in range(_STEPS):
        walked = _DAMPING * (moves @ found) + (1.0 - _DAMPING) / n
        if np.abs(walked - found).max() < _TOLERANCE:
            return walked
        found = walked
    return found


def n_parts(table: NDArray[np.float64]) -> int:
    """Return how many groups of items never meet; above 1 no order holds between them."""
    return int(connected_components(csr_array(table), directed=False)[0])
