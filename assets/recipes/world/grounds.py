"""Rough grounds of the world outside: gravel, grass, foliage, water, and shelves full of goods."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.backgrounds import Background
from assets.recipes.world.palettes import Colour, from_hsv
from assets.recipes.world.scenery import Cutout


def _field(rng: Generator, size: int, fall: float, stretch: float) -> NDArray[np.float32]:
    """Return noise in [0, 1] whose amplitude falls as frequency ** -fall, stretched along x."""
    rows = np.fft.fftfreq(size)[:, None]
    columns = np.fft.rfftfreq(size)[None] * stretch
    amplitude = np.hypot(rows, columns)
    amplitude[0, 0] = 1.0
    phase = rng.normal(size=amplitude.shape) + 1j * rng.normal(size=amplitude.shape)
    noise = np.fft.irfft2(phase * amplitude**-fall, (size, size))
    return np.clip(0.5 + (noise - noise.mean()) / (4 * noise.std() + 1e-9), 0, 1).astype(np.float32)


def _between(field: NDArray[np.float32], low: Colour, high: Colour) -> NDArray[np.float32]:
    start, end = np.array(low, np.float32), np.array(high, np.float32)
    return start + (end - start) * field[..., None]


def noise(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return foliage, water, asphalt or cloud: two fields of noise between four colours."""
    hue = float(rng.choice([0.28, 0.58, 0.08, rng.random()])) + rng.normal(0, 0.04)
    tones = [from_hsv(hue + rng.normal(0, 0.05), rng.uniform(0, 0.8), rng.random()) for _ in "four"]
    fall, stretch = rng.uniform(0.6, 1.7), float(rng.choice([1.0, 1.0, 3.0, 0.3]))
    one = _between(_field(rng, size, fall, stretch), tones[0], tones[1])
    two = _between(_field(rng, size, fall, stretch), tones[2], tones[3])
    share = np.clip((_field(rng, size, 1.6, stretch) - 0.5) * 4 + 0.5, 0, 1)[..., None]
    return np.clip(one + (two - one) * share, 0, 255).astype(np.uint8)


def gravel(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return stones or leaves: shaded cells around scattered points."""
    n = int(rng.integers(60, 900))
    points = (rng.random((n, 2)) * size).astype(int)
    seeds = np.full((size, size), 255, np.uint8)
    seeds[points[:, 1], points[:, 0]] = 0
    distance, labels = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    hue, spread = rng.random(), rng.uniform(0, 0.1)
    colours = [
        from_hsv(hue + rng.normal(0, spread), rng.uniform(0, 0.5), rng.uniform(0.2, 0.95))
        for _ in range(n + 1)
    ]
    shade = 1 - np.clip(distance * np.sqrt(n) / size, 0, 1) * rng.uniform(0.3, 0.9)
    picture = np.array(colours, np.float32)[labels] * shade[..., None]
    return np.clip(picture, 0, 255).astype(np.uint8)


def grass(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return blades: many short strokes over a dark ground."""
    hue = rng.uniform(0.1, 0.38)
    picture = np.empty((size, size, 3), np.uint8)
    picture[:] = from_hsv(hue, 0.6, rng.uniform(0.1, 0.4))
    length = size * rng.uniform(0.03, 0.1)
    for _ in range(1400):
        x, y, lean = rng.random() * size, rng.random() * size, rng.normal(0, 0.5)
        end = (int(x + length * lean), int(y - length))
        colour = from_hsv(hue + rng.normal(0, 0.03), rng.uniform(0.3, 0.8), rng.uniform(0.2, 0.9))
        cv2.line(picture, (int(x), int(y)), end, colour, 1, cv2.LINE_AA)
    return picture


def stocked_shelf(rng: Generator, size: int, cutouts: tuple[Cutout, ...]) -> NDArray[np.uint8]:
    """Return rows of goods, each kind several times in a row."""
    picture = np.empty((size, size, 3), np.float32)
    picture[:] = from_hsv(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.1, 0.9))
    rows = int(rng.integers(2, 5))
    high = size // rows
    for row in range(rows):
        x = -int(rng.integers(high))
        while x < size:
            cutout = cutouts[int(rng.integers(len(cutouts)))]
            x = _stand(picture, cutout, (x, row * high, high), int(rng.integers(1, 5)))
        picture[(row + 1) * high - max(2, high // 12) : (row + 1) * high] *= 0.45
    if rng.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.5, 3))
    return np.clip(picture * rng.uniform(0.6, 1.1), 0, 255).astype(np.uint8)


def _stand(
    picture: NDArray[np.float32], cutout: Cutout, place: tuple[int, int, int], times: int
) -> int:
    """Paste a cut-out `times` side by side into a row and return where the next one begins."""
    x, y, high = place
    ys, xs = np.flatnonzero(cutout.alpha.any(1)), np.flatnonzero(cutout.alpha.any(0))
    tight = cutout.rgba[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    tall = max(4, int(high * 0.85))
    wide = max(3, round(tall * tight.shape[1] / tight.shape[0]))
    small = cv2.resize(tight, (wide, tall), interpolation=cv2.INTER_AREA).astype(np.float32)
    for _ in range(times):
        left, right = max(0, x), min(picture.shape[1], x + wide)
        if right > left:
            part = small[:, left - x : right - x]
            target = picture[y + high - tall : y + high, left:right]
            target += (part[..., :3] - target) * (part[..., 3:] / 255)
        x += wide + max(1, wide // 20)
    return x


def rough_grounds(
    seed: int, size: int, n: int, cutouts: tuple[Cutout, ...]
) -> tuple[Background, ...]:
    """Return n grounds of all kinds in turn."""
    found = []
    for k in range(n):
        rng = np.random.default_rng([seed + k, 12])
        if k % 4 == 3:
            pixels = stocked_shelf(rng, size, cutouts)
        else:
            pixels = (noise, gravel, grass)[k % 4](rng, size)
        found.append(Background(pixels, None))
    return tuple(found)
