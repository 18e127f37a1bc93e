"""Read a mask by what it holds: alpha where it varies, two values, or half of its own range."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.corpus.pixels import upright

_SIXTEEN_BIT = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N", "F"})


def mask_of(image: Image.Image, orientation: int) -> NDArray[np.bool_]:
    """Return the (H, W) mask of an opened picture, upright: True on the object.

    Alpha where it varies; else any value above 0 where there are at most two values or palette
    indices; else above the middle of the values that there are.
    """
    values = np.asarray(upright(_alpha(image) or _plane(image), orientation))
    if values.ndim == 3:
        values = values.max(axis=2)
    return values > _threshold(values)


def _threshold(values: NDArray[np.generic]) -> float:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return 0.0
    has_two = bool(np.all((values == low) | (values == high)))
    return low if has_two else (low + high) / 2


def _alpha(image: Image.Image) -> Image.Image | None:
    """Return the alpha channel where it varies, else None."""
    if not image.has_transparency_data:
        return None
    alpha = image.convert("RGBA").getchannel("A")
    low, high = alpha.getextrema()
    return alpha if low != high else None


def _plane(image: Image.Image) -> Image.Image:
    """Return what the values are read from: indices where there are two, numbers, or colours."""
    if image.mode == "P":
        colours = image.getcolors(2)
        return Image.fromarray(np.asarray(image)) if colours else image.convert("RGB")
    if image.mode in _SIXTEEN_BIT or image.mode in ("1", "L"):
        return image
    return image.convert("L" if image.mode == "LA" else "RGB")
