"""Where in a picture an instance is in sight: surface points of renders, coarse masks of all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.architecture import TOKEN_PX

MASK_PX = 4
"""Side of a mask's cell; a token has 7 x 7 of them, and surface points of a crop lie closer."""


@dataclass(frozen=True, eq=False, slots=True)
class Shown:
    """A picture with surface points in it: pixels (N, 2), addresses (N, 3) part, u, v."""

    image: NDArray[np.uint8]
    points: NDArray[np.float64]
    addresses: NDArray[np.float64]

    def mask(self) -> NDArray[np.bool_]:
        """Return (H / MASK_PX, W / MASK_PX): cells in which a point of the surface is seen."""
        height, width = self.image.shape[:2]
        found = np.zeros((height // MASK_PX, width // MASK_PX), bool)
        cells = (self.points // MASK_PX).astype(np.int64)
        found[cells[:, 1], cells[:, 0]] = True
        return found


def coarse_mask(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask (H, W) in cells of MASK_PX pixels: what holds at the middle of each."""
    return mask[MASK_PX // 2 :: MASK_PX, MASK_PX // 2 :: MASK_PX]


def whole_mask(grid: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of a picture that shows nothing else, for (rows, columns) of tokens."""
    return np.ones(tuple(n * TOKEN_PX // MASK_PX for n in grid), bool)
