"""Bitmaps for walls and supports: wood, tiles, cloth, plaster, marble, carpet, paper, brick."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.interiors import interior
from assets.recipes.world.backgrounds import cloth, plaster, tiles
from assets.recipes.world.palettes import Colour, from_hsv, mix

Painter = Callable[[Generator, int], NDArray[np.uint8]]


def _noise(rng: Generator, size: int, cells: tuple[int, int]) -> NDArray[np.float32]:
    coarse = rng.random(cells, dtype=np.float32)
    return np.asarray(
        cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC), dtype=np.float32
    )


def _cloud(rng: Generator, size: int, first: int) -> NDArray[np.float32]:
    """Return noise of falling scales in about [0, 1]."""
    total = np.zeros((size, size), dtype=np.float32)
    weight = 1.0
    cells, norm = first, 0.0
    while cells < size:
        total += weight * _noise(rng, size, (cells, cells))
        norm += weight
        weight, cells = weight * 0.6, cells * 2
    return total / norm


def _blend(field: NDArray[np.floating], low: Colour, high: Colour) -> NDArray[np.uint8]:
    share = np.clip(field, 0, 1)[..., None]
    start, end = np.array(low, np.float32), np.array(high, np.float32)
    return np.clip(start + (end - start) * share, 0, 255).astype(np.uint8)


def planks(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return boards whose grain runs along x and differs from board to board."""
    hue, value = rng.uniform(0.045, 0.1), rng.uniform(0.3, 0.9)
    dark = from_hsv(hue, rng.uniform(0.35, 0.65), value * 0.62)
    light = from_hsv(hue + 0.012, rng.uniform(0.25, 0.5), value)
    n = int(rng.integers(1, 8))
    warp = rng.uniform(0.8, 3) * _noise(rng, size, (4, 3))
    field = np.empty((size, size), dtype=np.float32)
    edges = np.round(np.linspace(0, size, n + 1)).astype(int)
    fine = _noise(rng, size, (size // 2, 6))
    y = np.arange(size, dtype=np.float32)[:, None] / size
    for start, stop in pairwise(int(edge) for edge in edges):
        shift, rings = rng.uniform(0, 20), rng.uniform(5, 16)
        grain = 0.5 + 0.5 * np.sin((y * rings + warp * rng.uniform(0.4, 1.2) + shift) * 4.0)
        board = 0.5 * grain + 0.4 * fine + rng.uniform(-0.12, 0.22)
        field[start:stop] = board[start:stop]
        if n > 1:
            field[start : start + max(1, size // 250)] = -0.6
    picture = _blend(field, dark, light)
    return picture if rng.random() < 0.6 else np.ascontiguousarray(picture.transpose(1, 0, 2))


def marble(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return stone with veins."""
    pale = rng.random() < 0.7
    ground = from_hsv(rng.uniform(0, 0.7), rng.uniform(0, 0.08), 0.93 if pale else 0.16)
    vein = from_hsv(rng.uniform(0, 0.7), rng.uniform(0.05, 0.3), 0.5 if pale else 0.7)
    cloud = _cloud(rng, size, 3)
    lines = np.exp(-np.abs(cloud - 0.5) * rng.uniform(30, 70))
    return _blend(0.75 * lines + 0.35 * (cloud - 0.5), ground, vein)


def speckle(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return terrazzo or granite: many small chips."""
    base = from_hsv(rng.random(), rng.uniform(0, 0.12), rng.uniform(0.3, 0.92))
    picture = np.empty((size, size, 3), dtype=np.uint8)
    picture[:] = base
    for _ in range(int(rng.integers(200, 700))):
        x, y = (int(v) for v in rng.integers(0, size, 2))
        reach = max(1, int(size * rng.uniform(0.003, 0.016)))
        tone = mix(base, from_hsv(rng.random(), rng.uniform(0, 0.4), rng.random()), 0.7)
        axes = (reach, max(1, int(reach * rng.uniform(0.4, 1))))
        cv2.ellipse(picture, (x, y), axes, float(rng.uniform(0, 180)), 0, 360, tone, -1,
                    cv2.LINE_AA)  # fmt: skip
    return picture


def carpet(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return pile with a mottled or bordered pattern."""
    base = from_hsv(rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.2, 0.8))
    other = from_hsv(rng.random(), rng.uniform(0.05, 0.6), rng.uniform(0.2, 0.9))
    field = rng.random((size, size), dtype=np.float32) * 0.5 + 0.5 * _noise(rng, size, (30, 30))
    picture = _blend(field, mix(base, (0, 0, 0), 0.35), mix(base, (255, 255, 255), 0.15))
    if rng.random() < 0.5:
        at = np.arange(size) / size * int(rng.integers(3, 10)) * 2 * np.pi
        motif = (np.sin(at)[:, None] * np.sin(at)[None] > rng.uniform(0, 0.6))[..., None]
        toned = _blend(field, mix(other, (0, 0, 0), 0.35), mix(other, (255, 255, 255), 0.15))
        picture = np.where(motif, toned, picture)
    return picture


def concrete(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a mottled mineral surface."""
    tone = from_hsv(rng.uniform(0.05, 0.65), rng.uniform(0, 0.12), rng.uniform(0.4, 0.85))
    field = 0.75 * _cloud(rng, size, 4) + 0.25 * rng.random((size, size), dtype=np.float32)
    return _blend(field, mix(tone, (0, 0, 0), 0.25), mix(tone, (255, 255, 255), 0.2))


def wallpaper(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return stripes or a small repeated motif on a pale ground."""
    base = from_hsv(rng.random(), rng.uniform(0.03, 0.35), rng.uniform(0.65, 0.96))
    other = mix(base, from_hsv(rng.random(), 0.5, rng.uniform(0.3, 0.95)), rng.uniform(0.15, 0.5))
    n = int(rng.integers(6, 20))
    at = np.arange(size) / size * n * 2 * np.pi
    if rng.random() < 0.5:
        field = np.broadcast_to(np.clip(np.sin(at) * 6 + 0.5, 0, 1)[None], (size, size))
    else:
        lattice = np.sin(at)[:, None] * np.sin(at)[None]
        field = np.clip((lattice - rng.uniform(0.2, 0.7)) * 8 + 0.5, 0, 1)
    return _blend(field + 0.1 * (_noise(rng, size, (60, 60)) - 0.5), base, other)


def brick(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a running bond of bricks, raw or painted."""
    raw = rng.random() < 0.5
    tone = (
        from_hsv(0.03, 0.55, 0.6) if raw else from_hsv(rng.random(), 0.06, rng.uniform(0.6, 0.95))
    )
    rows = int(rng.integers(8, 14))
    columns = rows // 2
    picture = _blend(_cloud(rng, size, 8), mix(tone, (0, 0, 0), 0.25), tone)
    joint = mix(tone, (150, 146, 140), 0.6) if raw else mix(tone, (0, 0, 0), 0.2)
    high, wide = size / rows, size / columns
    for row in range(rows):
        y = round(row * high)
        for k in range(columns):
            x = (k + 0.5 * (row % 2)) * wide
            shade = float(rng.uniform(0.8, 1.15))
            cut = picture[y : round(y + high), round(x) : round(x + wide)]
            cut[:] = np.clip(cut * shade, 0, 255).astype(np.uint8)
            cv2.line(
                picture, (round(x), y), (round(x), round(y + high)), joint, max(1, size // 170)
            )
        cv2.line(picture, (0, y), (size, y), joint, max(1, size // 170))
    return picture


def paint(rng: Generator, size: int) -> NDArray[np.uint8]:
    """Return a nearly plain painted or laminated surface."""
    tone = from_hsv(rng.random(), rng.uniform(0, 0.5), rng.uniform(0.35, 0.95))
    return _blend(0.5 + 0.2 * (_cloud(rng, size, 6) - 0.5), mix(tone, (0, 0, 0), 0.08), tone)


SUPPORTS: tuple[Painter, ...] = (
    planks, planks, planks, cloth, tiles, marble, speckle, concrete, paint, carpet,
)  # fmt: skip
WALLS: tuple[Painter, ...] = (
    plaster, paint, paint, tiles, wallpaper, wallpaper, brick, concrete, planks,
)  # fmt: skip
SMOOTH = frozenset({tiles, marble, speckle, paint, planks})
"""Surfaces that may shine."""


def make_surface(seed: int, size_px: int, kind: str) -> tuple[NDArray[np.uint8], bool]:
    """Return a seeded bitmap (S, S, 3) and whether it may shine.

    Args:
        seed: decides the bitmap.
        size_px: S.
        kind: "support", "wall" or "view", a room out of focus.
    """
    rng = np.random.default_rng([seed, 73])
    painters = {"support": SUPPORTS, "wall": WALLS, "view": (interior,)}[kind]
    painter = painters[int(rng.integers(len(painters)))]
    picture = painter(rng, size_px)
    if painter is not planks:
        picture = _muted(picture, float(rng.choice([0.3, 0.6, 0.75, 0.85])))
    return picture, painter in SMOOTH


def _muted(picture: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """Return the picture with this share of its colour taken out and a warm tinge left."""
    grey = picture.astype(np.float32) @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    warm = grey[..., None] * np.array([1.03, 1.0, 0.94], dtype=np.float32)
    return np.clip(picture * (1 - share) + warm * share, 0, 250).astype(np.uint8)
