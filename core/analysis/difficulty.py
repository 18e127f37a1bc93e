"""Coverage and clutter of an image: as filed, from mask or box, or estimated from its pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.types.corpus import Box, ImageRecord
from core.types.failures import Measure, MeasureSource

UNITS: dict[Measure, str] = {"coverage": "share of the frame", "clutter": "other objects"}
EDGE_UNIT = "share of edge pixels beside the object"
"""What an estimated clutter is counted in; it is no count of objects."""
_SIDE_PX = 128
_BINS = 64
_EDGE = 0.08
"""Brightness step per pixel, as a share of the full range, above which a pixel is an edge."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and where it comes from."""

    value: float
    source: MeasureSource


def filed_coverage(record: ImageRecord) -> Measured | None:
    """Return the manifest's coverage, else the box's share of the frame; None without either.

    A mask is exacter than a box, so a record that has a mask waits for `mask_coverage`.
    """
    if record.coverage is not None:
        return Measured(record.coverage, "manifest")
    has_mask = record.mask is not None and record.mask_problem is None
    if has_mask or record.box is None or not record.width * record.height:
        return None
    box = record.box
    width = max(0, min(box.x1, record.width) - max(box.x0, 0))
    height = max(0, min(box.y1, record.height) - max(box.y0, 0))
    return Measured(width * height / (record.width * record.height), "box")


def filed_clutter(record: ImageRecord) -> Measured | None:
    """Return the manifest's count of other objects, or None."""
    return None if record.clutter is None else Measured(float(record.clutter), "manifest")


def mask_coverage(mask: NDArray[np.bool_]) -> Measured:
    """Return the share of a mask's pixels that lie on the object."""
    return Measured(float(mask.mean()), "mask")


def estimated_coverage(image: NDArray[np.uint8]) -> Measured:
    """Guess the object's share of the frame: pixels whose colour is far from the frame's edge.

    Distance of every pixel of a small copy to the nearest of the four borders' median colours,
    split in two by Otsu's threshold (IEEE Trans. SMC 9(1), 1979). A plain background makes it a
    fair guess, a busy one a poor one; it is labelled as an estimate wherever it is used.

    Args:
        image: (H, W, 3) uint8 RGB.
    """
    small = _small(image)
    borders = (small[0], small[-1], small[:, 0], small[:, -1])
    colours = np.stack([np.median(border, axis=0) for border in borders])
    gaps = np.linalg.norm(small[:, :, None, :] - colours, axis=3).min(axis=2)
    top = float(gaps.max())
    if top < 1 / 255:
        return Measured(0.0, "estimate")
    return Measured(float((gaps > _otsu(gaps / top) * top).mean()), "estimate")


def estimated_clutter(image: NDArray[np.uint8], box: Box) -> Measured:
    """Guess how busy the surroundings are: the share of edge pixels outside the object's box.

    Args:
        image: (H, W, 3) uint8 RGB.
        box: The object's, in pixels of `image`.
    """
    height, width = image.shape[:2]
    small = _small(image).mean(axis=2)
    rows, columns = small.shape
    outside = np.ones(small.shape, np.bool_)
    y = slice(int(box.y0 * rows / height), max(1, round(box.y1 * rows / height)))
    x = slice(int(box.x0 * columns / width), max(1, round(box.x1 * columns / width)))
    outside[y, x] = False
    if not outside.any() or min(small.shape) < 2:
        return Measured(0.0, "estimate")
    down, across = np.gradient(small)
    edges = np.hypot(down, across) > _EDGE
    return Measured(float(edges[outside].mean()), "estimate")


def _small(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return about every n-th pixel, at most `_SIDE_PX` a side, as shares of the full range."""
    step = max(1, -(-max(image.shape[:2]) // _SIDE_PX))
    return image[::step, ::step].astype(np.float64) / 255


def _otsu(values: NDArray[np.float64]) -> float:
    """Return the threshold in [0, 1] that parts the values into the two most unlike groups."""
    counts, edges = np.histogram(values, bins=_BINS, range=(0.0, 1.0))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    total = np.cumsum(counts * centres)
    parted = (below > 0) & (above > 0)
    gap = total / np.where(parted, below, 1) - (total[-1] - total) / np.where(parted, above, 1)
    spread = np.where(parted, below * above * gap**2, 0.0)
    return float(edges[1 + int(np.argmax(spread))])
