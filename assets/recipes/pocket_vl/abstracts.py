"""Pictures of no object - mosaics, blots, bare grounds - so that any images can be compared."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.scenery import Scenery

SIDE_PX = 160


def draw_abstract(rng: Generator, scenery: Scenery) -> NDArray[np.uint8]:
    """Return a square RGB picture: hard mosaic, soft blots, or a ground without an object."""
    kind = int(rng.integers(4))
    if kind == 3:
        pixels = scenery.background(rng, bool(rng.integers(2))).pixels
        return cv2.resize(pixels, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    rows, columns = (int(n) for n in rng.integers(2, 10, 2))
    cells = rng.integers(0, 256, (rows, columns, 3), dtype=np.uint8)
    how = cv2.INTER_CUBIC if kind == 2 else cv2.INTER_NEAREST
    return cv2.resize(cells, (SIDE_PX, SIDE_PX), interpolation=how)


def view_abstract(
    picture: NDArray[np.uint8], rng: Generator, size_px: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return a crop of 75 to 100 % at (width, height), with other brightness and contrast."""
    share = rng.uniform(0.75, 1.0)
    side = int(SIDE_PX * share)
    x, y = (int(n) for n in rng.integers(0, SIDE_PX - side + 1, 2))
    crop = cv2.resize(picture[y : y + side, x : x + side], size_px, interpolation=cv2.INTER_AREA)
    gain, shift = rng.uniform(0.75, 1.25), rng.uniform(-25, 25)
    return np.clip((crop.astype(np.float32) - 128) * gain + 128 + shift, 0, 255).astype(np.uint8)
