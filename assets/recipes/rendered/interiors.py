"""Rooms out of focus, as bitmaps for far walls: furniture, windows and lamps."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.palettes import Colour, from_hsv, mix

SKETCH_PX = 256


def _tone(rng: Generator, saturation: float, low: float, high: float) -> Colour:
    """Return a colour that leans to warm hues, as furnished rooms do."""
    hue = rng.normal(0.08, 0.07) if rng.random() < 0.65 else rng.random()
    return from_hsv(float(hue), float(rng.uniform(0.0, saturation)), float(rng.uniform(low, high)))


def _block(
    picture: NDArray[np.uint8], place: tuple[float, float, float, float], tone: Colour
) -> None:
    """Fill (x0, y0, x1, y1), shares of the frame."""
    n = picture.shape[0]
    x0, y0, x1, y1 = (round(v * n) for v in place)
    cv2.rectangle(picture, (x0, y0), (x1, y1), tone, -1)


def _window(picture: NDArray[np.uint8], rng: Generator) -> None:
    x, y = float(rng.uniform(0.0, 0.7)), float(rng.uniform(0.02, 0.25))
    wide, tall = float(rng.uniform(0.14, 0.3)), float(rng.uniform(0.25, 0.45))
    frame = _tone(rng, 0.2, 0.5, 0.95)
    _block(picture, (x - 0.02, y - 0.02, x + wide + 0.02, y + tall + 0.02), frame)
    panes = int(rng.integers(1, 4))
    outside = mix((235, 244, 255), from_hsv(0.3, 0.4, 0.7), float(rng.uniform(0, 0.5)))
    for k in range(panes):
        left = x + wide * k / panes + 0.008
        _block(picture, (left, y, x + wide * (k + 1) / panes - 0.008, y + tall), outside)


def _bookcase(picture: NDArray[np.uint8], rng: Generator) -> None:
    x, y = float(rng.uniform(0.0, 0.75)), float(rng.uniform(0.1, 0.45))
    wide, rows = float(rng.uniform(0.15, 0.35)), int(rng.integers(2, 5))
    wood = _tone(rng, 0.6, 0.2, 0.7)
    _block(picture, (x, y, x + wide, 1.0), wood)
    high = 0.14
    for row in range(rows):
        left, floor = x + 0.01, y + (row + 1) * high
        _block(picture, (x + 0.01, floor - high + 0.02, x + wide - 0.01, floor),
               mix(wood, (0, 0, 0), 0.5))  # fmt: skip
        while left < x + wide - 0.03:
            width = float(rng.uniform(0.008, 0.03))
            if rng.random() < 0.8:
                tall = float(rng.uniform(0.05, 0.1))
                _block(
                    picture, (left, floor - tall, left + width, floor), _tone(rng, 0.8, 0.2, 0.9)
                )
            left += width


def _furniture(picture: NDArray[np.uint8], rng: Generator) -> None:
    for _ in range(int(rng.integers(1, 4))):
        x, wide = float(rng.uniform(-0.1, 0.9)), float(rng.uniform(0.12, 0.4))
        top = float(rng.uniform(0.45, 0.7))
        _block(picture, (x, top, x + wide, 0.85), _tone(rng, 0.6, 0.15, 0.8))
    for _ in range(int(rng.integers(0, 4))):
        x, y = (float(v) for v in rng.uniform(0.05, 0.6, 2))
        frame = (x, y, x + float(rng.uniform(0.06, 0.18)), y + float(rng.uniform(0.07, 0.2)))
        _block(picture, frame, _tone(rng, 0.5, 0.1, 0.95))


def _plant(picture: NDArray[np.uint8], rng: Generator) -> None:
    n = picture.shape[0]
    x, y = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.4, 0.65))
    for _ in range(40):
        spot = rng.normal([x, y], [0.05, 0.07]) * n
        leaf = from_hsv(rng.uniform(0.24, 0.36), rng.uniform(0.3, 0.7), rng.uniform(0.2, 0.6))
        cv2.ellipse(picture, (int(spot[0]), int(spot[1])), (n // 45, n // 90),
                    float(rng.uniform(0, 180)), 0, 360, leaf, -1)  # fmt: skip


def _lamps(light: NDArray[np.float32], rng: Generator) -> None:
    n = light.shape[0]
    glow = np.array(from_hsv(rng.uniform(0.06, 0.14), 0.35, 1.0), dtype=np.float32)
    for _ in range(int(rng.choice([0, 1, 2, 3, 8, 14]))):
        x, y = int(rng.uniform(0, n)), int(rng.uniform(0, 0.6 * n))
        tone = tuple(float(v) * 6 for v in glow)
        cv2.circle(light, (x, y), int(rng.integers(1, 5)), tone, -1)


def interior(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a room as a lens focused far in front of it shows it; (size, size, 3) RGB."""
    picture = np.empty((SKETCH_PX, SKETCH_PX, 3), dtype=np.uint8)
    picture[:] = _tone(rng, 0.35, 0.4, 0.9)
    _block(picture, (0.0, float(rng.uniform(0.7, 0.85)), 1.0, 1.0), _tone(rng, 0.55, 0.2, 0.65))
    for paint, chance in ((_bookcase, 0.5), (_window, 0.5), (_furniture, 0.9), (_plant, 0.4)):
        if rng.random() < chance:
            paint(picture, rng)
    light = np.power(picture.astype(np.float32) / 255, 2.2, dtype=np.float32) * np.float32(255)
    _lamps(light, rng)
    reach = int(rng.integers(5, 14))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    lens = kernel.astype(np.float32) / kernel.sum()
    blurred = cv2.filter2D(light, -1, lens, borderType=cv2.BORDER_REFLECT)
    blurred = cv2.GaussianBlur(blurred, (0, 0), 1.2)
    shown = np.clip(blurred / 255, 0, 1) ** (1 / 2.2)
    wide = cv2.resize(shown, (size, size), interpolation=cv2.INTER_CUBIC)
    return (np.clip(wide, 0, 1) * 255).astype(np.uint8)
