"""Name colours with the plain words that people use: red, orange, yellow ... grey, white."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

NAMES = (
    "red", "orange", "yellow", "green", "turquoise", "blue", "purple", "pink", "brown", "black",
    "grey", "white",
)  # fmt: skip
"""Every colour that has a name here; the order is fixed."""
_HUES = ((14, "red"), (42, "orange"), (68, "yellow"), (158, "green"), (192, "turquoise"),
         (254, "blue"), (296, "purple"), (342, "pink"), (361, "red"))  # fmt: skip
"""Where each hue ends, in degrees."""
_DARK, _PALE, _DULL = 0.2, 0.2, 0.62
"""Black below this value; white or grey below this saturation; brown orange below this value."""


def named(pixels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return which of NAMES each colour is.

    Args:
        pixels: (N, 3) RGB.

    Returns:
        (N,) indices.
    """
    unit = pixels.reshape(-1, 1, 3).astype(np.float32) / 255
    hue, saturation, value = cv2.cvtColor(unit, cv2.COLOR_RGB2HSV).reshape(-1, 3).T
    ends = np.array([end for end, _ in _HUES])
    found = np.array([NAMES.index(name) for _, name in _HUES])[np.searchsorted(ends, hue, "right")]
    is_warm = (hue < _HUES[1][0]) | (hue >= _HUES[-2][0])
    found[(hue >= _HUES[0][0]) & is_warm & (value < _DULL)] = NAMES.index("brown")
    found[is_warm & (saturation < 0.5) & (value > 0.7) & (hue < 15)] = NAMES.index("pink")
    is_pale = saturation < _PALE
    found[is_pale] = NAMES.index("grey")
    found[is_pale & (value > 0.75)] = NAMES.index("white")
    found[value < _DARK] = NAMES.index("black")
    return found


def shares(pixels: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the share (len(NAMES),) of each named colour among the pixels (N, 3) RGB."""
    counts = np.bincount(named(pixels), minlength=len(NAMES))
    return counts / max(1, len(pixels))
