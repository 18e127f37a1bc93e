"""Grounds to photograph on: wood, tiles, cloth, paper, blurred rooms, tables and shelves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.palettes import Colour, from_hsv, mix


@dataclass(frozen=True, eq=False, slots=True)
class Background:
    """A square RGB picture and the height of its horizon, or None where seen from above."""

    pixels: NDArray[np.uint8]
    horizon: float | None


def _smooth_noise(rng: Generator, size: int, cells: tuple[int, int]) -> NDArray[np.float32]:
    coarse = rng.random(cells, dtype=np.float32)
    return cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)


def _tint(field: NDArray[np.float32], low: Colour, high: Colour) -> NDArray[np.uint8]:
    start, end = np.array(low, np.float32), np.array(high, np.float32)
    share = np.clip(field, 0, 1)[..., None]
    return (start + (end - start) * share).astype(np.uint8)


def wood(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return planks with grain."""
    hue = rng.uniform(0.04, 0.1)
    value = rng.uniform(0.35, 0.85)
    dark = from_hsv(hue, rng.uniform(0.3, 0.6), value * 0.72)
    light = from_hsv(hue + 0.01, rng.uniform(0.2, 0.5), value)
    grain = 0.6 * _smooth_noise(rng, size, (size // 6, 4)) + 0.4 * _smooth_noise(rng, size, (24, 3))
    picture = _tint(grain, dark, light)
    planks = int(rng.integers(2, 7))
    for k in range(1, planks):
        y = k * size // planks
        picture[y : y + max(1, size // 160)] = mix(dark, (0, 0, 0), 0.5)
    return picture if rng.random() < 0.7 else np.ascontiguousarray(picture.transpose(1, 0, 2))


def tiles(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return glazed tiles with grout."""
    hue, n = rng.random(), int(rng.integers(3, 9))
    tone = from_hsv(hue, rng.uniform(0.0, 0.35), rng.uniform(0.55, 0.95))
    field = cv2.resize(
        rng.random((n, n), dtype=np.float32), (size, size), interpolation=cv2.INTER_NEAREST
    )
    picture = _tint(field, mix(tone, (0, 0, 0), 0.12), tone)
    grout, width = mix(tone, (90, 90, 90), 0.5), max(1, size // 90)
    for k in range(n + 1):
        at = max(0, k * size // n - width)
        picture[at : at + width] = grout
        picture[:, at : at + width] = grout
    return picture


def cloth(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return woven cloth, plain or with a tartan."""
    base = from_hsv(rng.random(), rng.uniform(0.1, 0.6), rng.uniform(0.3, 0.9))
    at = np.arange(size)
    weave = 0.5 + 0.12 * np.sin(at * 2.1)[:, None] + 0.12 * np.sin(at * 2.3)[None]
    weave = weave + 0.2 * (_smooth_noise(rng, size, (12, 12)) - 0.5)
    if rng.random() < 0.5:
        period, turn = size / rng.uniform(3, 8), rng.uniform(0, 6)
        bars = (np.sin(at / period * 2 * np.pi + turn) > 0.4).astype(np.float32)
        weave = weave - 0.22 * (bars[:, None] + bars[None])
    return _tint(
        weave.astype(np.float32), mix(base, (0, 0, 0), 0.5), mix(base, (255, 255, 255), 0.3)
    )


def plaster(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a plain surface with a soft fall of light."""
    base = from_hsv(rng.random(), rng.uniform(0.0, 0.4), rng.uniform(0.4, 0.97))
    a, b = rng.uniform(-0.5, 0.5, 2)
    at = np.linspace(0, 1, size, dtype=np.float32)
    field = 0.5 + a * (at[:, None] - 0.5) + b * (at[None] - 0.5)
    field = field + 0.15 * (_smooth_noise(rng, size, (40, 40)) - 0.5)
    return _tint(
        field.astype(np.float32), mix(base, (0, 0, 0), 0.25), mix(base, (255, 255, 255), 0.25)
    )


def room(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a room out of focus: soft rectangles and lights."""
    base = from_hsv(rng.random(), rng.uniform(0.1, 0.5), rng.uniform(0.25, 0.8))
    picture = np.empty((160, 160, 3), dtype=np.uint8)
    picture[:] = base
    for _ in range(int(rng.integers(6, 14))):
        x, y, w, h = (rng.random(4) * [160, 160, 80, 110]).astype(int)
        colour = mix(base, from_hsv(rng.random(), rng.uniform(0, 0.7), rng.random()), 0.7)
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1)
    picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(3, 9))
    for _ in range(int(rng.integers(0, 9))):
        x, y = (rng.random(2) * 160).astype(int)
        glow = picture.copy()
        colour = from_hsv(rng.uniform(0.05, 0.18), 0.4, 1.0)
        cv2.circle(glow, (int(x), int(y)), int(rng.integers(4, 11)), colour, -1, cv2.LINE_AA)
        picture = cv2.addWeighted(glow, 0.5, picture, 0.5, 0)
    return cv2.resize(picture, (size, size), interpolation=cv2.INTER_CUBIC)


SURFACES: tuple[Callable[[Generator, int], NDArray[np.uint8]], ...] = (wood, tiles, cloth, plaster)
WALLS: tuple[Callable[[Generator, int], NDArray[np.uint8]], ...] = (plaster, room, room, tiles)


def _table(rng: Generator, size: int) -> Background:
    """Return a wall behind a foreshortened table top."""
    horizon = rng.uniform(0.35, 0.62)
    wall = WALLS[int(rng.integers(len(WALLS)))](rng, size)
    top = SURFACES[int(rng.integers(len(SURFACES)))](rng, size)
    line = round(horizon * size)
    spread = np.float32(rng.uniform(0.35, 0.8))
    source = np.array(
        [[spread / 2, 0], [1 - spread / 2, 0], [1, 0.8], [0, 0.8]], np.float32
    ) * np.float32(size)
    target = np.array([[0, line], [size, line], [size, size], [0, size]], np.float32)
    matrix = cv2.getPerspectiveTransform(source, target)
    flat = cv2.warpPerspective(top, matrix, (size, size), borderMode=cv2.BORDER_REFLECT)
    picture = wall.copy()
    picture[line:] = flat[line:]
    edge = slice(max(0, line - size // 80), line + size // 60)
    picture[edge] = cv2.GaussianBlur(picture, (0, 0), size / 100)[edge]
    return Background(picture, horizon)


def _shelf(rng: Generator, size: int) -> Background:
    """Return boards of a shelf with a shaded back wall."""
    wall = plaster(rng, size).astype(np.float32)
    shade = np.linspace(0.45, 1.0, size, dtype=np.float32)[:, None, None]
    picture = (wall * shade).astype(np.uint8)
    board = wood(rng, size)
    line = round(rng.uniform(0.68, 0.85) * size)
    picture[line:] = board[: size - line]
    lip = line + size // 12
    picture[lip:] = (picture[lip:] * 0.45).astype(np.uint8)
    picture[: size // 14] = board[: size // 14] // 2
    return Background(picture, line / size)


def make_background(seed: int, size: int, upright: bool) -> Background:
    """Return a seeded ground: a standing scene if `upright`, else a surface seen from above."""
    rng = np.random.default_rng([seed, 11])
    if not upright:
        return Background(SURFACES[int(rng.integers(len(SURFACES)))](rng, size), None)
    return _shelf(rng, size) if rng.random() < 0.25 else _table(rng, size)
