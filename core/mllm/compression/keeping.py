"""Fewer visual tokens: a choice of them, or the means of neighbours, at their own positions.

A token that ends an image (outside its grid) belongs to the prompt's form and always stays.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.mllm.compression.floats import from_float32, to_float32
from core.mllm.compression.grammar import Part
from core.types.scores import VisualTokens


def keep(part: Part | None, tokens: VisualTokens) -> VisualTokens:
    """Return the tokens that a part keeps, in their order, at their places in the full grid.

    Images with no more tokens than the part's number are returned as they are.

    Args:
        part: `divprune`, `random`, `grid` or `pool`; None keeps all.
        tokens: All tokens of an image.
    """
    if part is None:
        return tokens
    if part.name == "pool":
        return pooled(tokens)
    assert part.n is not None, "the grammar asks for a number"
    n_cells = int(_in_grid(tokens).sum())
    if part.n >= n_cells:
        return tokens
    match part.name:
        case "divprune":
            return diverse(tokens, part.n)
        case "random":
            return chosen_at(tokens, random_cells(n_cells, part.n))
        case _:
            return chosen_at(tokens, grid_cells(tokens.grid, part.n))


def diverse(tokens: VisualTokens, n: int) -> VisualTokens:
    """Return n tokens, chosen so that the least cosine distance among them is large.

    The greedy rule of DivPrune (Alvar et al., CVPR 2025, arXiv 2503.02175): first the token
    farthest from its nearest other, then always the one farthest from those chosen; ties by
    position. Extra layers follow the tokens. Cost: a (T, T) matrix.
    """
    values = to_float32(tokens.tokens, tokens.dtype)[_in_grid(tokens)]
    return chosen_at(tokens, most_diverse(values, n))


def most_diverse(values: NDArray[np.float32], n: int) -> NDArray[np.intp]:
    """Return the rows of (T, C) values that `diverse` chooses, ascending."""
    if n >= len(values):
        return np.arange(len(values))
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    distance = 1.0 - unit @ unit.T
    np.fill_diagonal(distance, np.inf)
    chosen = [int(distance.min(axis=1).argmax())]
    np.fill_diagonal(distance, 0.0)
    nearest = distance[chosen[0]].copy()
    while len(chosen) < n:
        nearest[chosen] = -np.inf
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return np.array(sorted(chosen))


def random_cells(n_cells: int, n: int) -> NDArray[np.intp]:
    """Return n of the cells, ascending: the same ones for every image of this many cells."""
    return np.sort(np.random.default_rng([n_cells, n]).permutation(n_cells)[:n])


def grid_cells(grid: tuple[int, int], n: int) -> NDArray[np.intp]:
    """Return n evenly spread cells of a grid (h, w), ascending; half of them is a checkerboard."""
    height, width = grid
    cells: list[int] = []
    for row in range(height):
        count = (row + 1) * n // height - row * n // height
        phase = 0.25 if row % 2 == 0 else 0.75
        cells += [row * width + int((i + phase) * width / count) for i in range(count)]
    return np.array(cells)


def chosen_at(tokens: VisualTokens, cells: NDArray[np.intp]) -> VisualTokens:
    """Return the tokens of these cells and those that end the image."""
    ends = np.flatnonzero(~_in_grid(tokens))
    rows = np.concatenate([np.flatnonzero(_in_grid(tokens))[cells], ends])
    return _rows_of(tokens, rows)


def pooled(tokens: VisualTokens) -> VisualTokens:
    """Return the mean of every 2 x 2 cells, at the place of the first; smaller at odd edges.

    Extra layers are averaged alike.
    """
    inside = _in_grid(tokens)
    assert inside.sum() == tokens.grid[0] * tokens.grid[1], "pooling comes before pruning"
    ends = np.flatnonzero(~inside)
    columns = (tokens.grid[1] + 1) // 2
    block = tokens.positions[inside] // 2
    group = block[:, 0].astype(np.intp) * columns + block[:, 1]
    first = np.unique(group, return_index=True)[1]
    made = _rows_of(tokens, np.concatenate([first, ends]))
    means = _means(tokens.tokens[None], tokens.dtype, group, ends)[0]
    extra = None if tokens.extra is None else _means(tokens.extra, tokens.dtype, group, ends)
    return replace(made, tokens=means, extra=extra)


def _means(
    layers: NDArray[np.generic], dtype: str, group: NDArray[np.intp], ends: NDArray[np.intp]
) -> NDArray[np.generic]:
    """Return (L, G + E, C): the means of the groups of the first rows, then the ends."""
    values = to_float32(layers, dtype)
    counts = np.bincount(group)
    sums = np.zeros((len(values), len(counts), values.shape[2]), np.float32)
    for layer, total in zip(values, sums, strict=True):
        np.add.at(total, group, layer[: len(group)])
    means = from_float32(sums / counts[:, None].astype(np.float32), dtype)
    return np.concatenate([means, layers[:, ends]], axis=1)


def _rows_of(tokens: VisualTokens, rows: NDArray[np.intp]) -> VisualTokens:
    extra = None if tokens.extra is None else tokens.extra[:, rows]
    return replace(
        tokens, tokens=tokens.tokens[rows], positions=tokens.positions[rows], extra=extra
    )


def _in_grid(tokens: VisualTokens) -> NDArray[np.bool_]:
    return tokens.positions[:, 0] < tokens.grid[0]
