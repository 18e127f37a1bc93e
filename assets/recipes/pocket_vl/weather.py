"""What cameras, lamps and files do to a picture: white balance, gamma, saturation, blur, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

UNTOUCHED = 0.25
"""Share of pictures that stay as they are."""


def _tone(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Change white balance and gamma by a table, and saturation by mixing with grey."""
    levels = np.arange(256, dtype=np.float32) / 255
    gains = np.exp(rng.normal(0, 0.06, 3) + rng.normal(0, 0.1))
    curves = np.clip(levels[:, None] ** np.exp(rng.normal(0, 0.25)) * gains, 0, 1) * 255
    toned = cv2.LUT(pixels, curves.astype(np.uint8)[None])
    grey = cv2.cvtColor(cv2.cvtColor(toned, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = float(rng.uniform(0.45, 1.15))
    return cv2.addWeighted(toned, share, grey, 1 - share, 0)


def weather(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Return the picture (H, W, 3) as another camera might have stored it."""
    if rng.random() < UNTOUCHED:
        return pixels
    pixels = _tone(pixels, rng)
    if rng.random() < 0.25:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.4, 1.4)))
    if rng.random() < 0.5:
        quality = int(rng.integers(25, 95))
        stored = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        pixels = cv2.imdecode(stored, cv2.IMREAD_COLOR)[..., ::-1]
    return np.ascontiguousarray(pixels)
