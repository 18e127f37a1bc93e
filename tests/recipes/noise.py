"""Training chunks of noise: for tests of steps, which do not mind what the pictures show."""

import numpy as np

from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.chunks import GRIDS, Chunk
from assets.recipes.pocket_vl.shown import MASK_PX


def noise_chunk(number, owners, matches=()):
    """Return a chunk in the grids of its number; the left half of every picture is the object."""
    rng = np.random.default_rng(number)
    first, others = (
        rng.integers(0, 256, (len(owners) * n, rows * TOKEN_PX, columns * TOKEN_PX, 3), np.uint8)
        for n, (rows, columns) in zip((1, 2), GRIDS[number % len(GRIDS)], strict=True)
    )
    table = np.array(matches, np.int64).reshape(-1, 4)
    return Chunk(first, others, _left_half(first), _left_half(others), table, owners)


def _left_half(pictures):
    n, height, width = pictures.shape[:3]
    mask = np.zeros((n, height // MASK_PX, width // MASK_PX), bool)
    mask[..., : mask.shape[2] // 2] = True
    return mask
