"""Soft toys, animals and figures of coloured ellipsoids, most of them without a label."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.artwork import ArtSpec, draw_front, palette_of
from assets.recipes.world.canvas import Canvas
from assets.recipes.world.ellipsoids import Ellipsoids, Part
from assets.recipes.world.families import Model, pack_faces
from assets.recipes.world.palettes import Colour, Palette, from_hsv, mix
from assets.recipes.world.patterns import PATTERNS
from assets.recipes.world.shapes import Rect

TONES = 7


def _natural(rng: Generator) -> Colour:
    """Return a colour of fur, leather or wood."""
    return from_hsv(rng.uniform(0.02, 0.14), rng.uniform(0.0, 0.6), rng.uniform(0.08, 0.98))


def _tones(spec: ArtSpec) -> list[Colour]:
    rng = np.random.default_rng([spec.palette_seed, 6])
    colours: Palette = palette_of(spec)
    loud = [colours.base, colours.partner, colours.accent, colours.ink, colours.paper]
    quiet = [_natural(rng) for _ in range(5)]
    share = rng.choice([0.0, 0.5, 1.0])
    pool = [mix(a, b, share) for a, b in zip(loud, quiet, strict=True)]
    return [*pool, (24, 22, 24), (240, 238, 232)][:TONES]


def _fur(picture: NDArray[np.uint8], rng: Generator, tone: Colour) -> NDArray[np.uint8]:
    """Mix patches and grain of another tone into a picture."""
    height, width = picture.shape[:2]
    cells = int(rng.integers(2, 9))
    coarse = rng.random((cells, cells), dtype=np.float32)
    patches = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    patches = np.clip((patches - rng.uniform(0.35, 0.75)) * rng.choice([3.0, 12.0]), 0, 1)
    grain = rng.normal(0, rng.uniform(0, 22), (height, width, 1)).astype(np.float32)
    mixed = picture + (np.array(tone, np.float32) - picture) * patches[..., None] + grain
    return np.clip(mixed, 0, 255).astype(np.uint8)


def _coat(spec: ArtSpec, number: int, size: int, tones: list[Colour]) -> NDArray[np.uint8]:
    """Paint one part; its kind follows from the layout, its colours from the palette."""
    rng = np.random.default_rng([spec.layout_seed, 8, number])
    first, second = (tones[int(k)] for k in rng.choice(TONES, 2, replace=False))
    kind = rng.random()
    canvas = Canvas(size, size * 2, first)
    if kind < 0.3:
        PATTERNS[int(rng.integers(len(PATTERNS)))](canvas, first, second, rng)
    elif kind < 0.4:
        return draw_front(spec, size, size * 2)
    return _fur(canvas.pixels, rng, second) if kind > 0.55 else canvas.pixels


def _change_detail(
    faces: list[NDArray[np.uint8]], spec: ArtSpec, tones: list[Colour]
) -> list[NDArray[np.uint8]]:
    """Paint a collar or a spot on one part, as the detail seed says."""
    rng = np.random.default_rng([spec.detail_seed, 9])
    number, tone = int(rng.integers(min(3, len(faces)))), tones[int(rng.integers(TONES))]
    picture = np.ascontiguousarray(faces[number])
    height, width = picture.shape[:2]
    if rng.random() < 0.5:
        top = int(height * rng.uniform(0.2, 0.7))
        picture[top : top + max(2, height // 7)] = tone
    else:
        spot = (int(width * rng.uniform(0.35, 0.65)), int(height * rng.uniform(0.3, 0.7)))
        cv2.circle(picture, spot, max(2, height // 5), tone, -1, cv2.LINE_AA)
    return [picture if k == number else face for k, face in enumerate(faces)]


def _turn(rng: Generator, most: float) -> NDArray[np.float64]:
    """Return a rotation (3, 3) by up to `most` radians about each axis, one after the other."""
    angles = rng.uniform(-most, most, 3)
    return cv2.Rodrigues(angles)[0]


def _solids(rng: Generator) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return centres and axes of a body, a head and further parts, most of them in pairs."""
    body = rng.uniform([0.18, 0.2, 0.18], [0.4, 0.42, 0.4])
    head = body * rng.uniform(0.45, 1.0, 3)
    at = np.array([0.0, -body[1] * rng.uniform(0.7, 1.2), body[2] * rng.uniform(0.0, 0.9)])
    solids = [(np.zeros(3), np.diag(body)), (at, np.diag(head))]
    mirror = np.diag([-1.0, 1.0, 1.0])
    for _ in range(int(rng.integers(1, 5))):
        host, frame = solids[int(rng.integers(2))]
        way = rng.normal(size=3)
        way /= np.linalg.norm(way)
        centre = host + frame @ way * rng.uniform(0.8, 1.15)
        axes = _turn(rng, 0.7) @ np.diag(rng.uniform(0.03, 0.2, 3))
        if rng.random() < 0.75:
            centre[0] = max(0.05, abs(centre[0]))
            solids.append((mirror @ centre, mirror @ axes))
        solids.append((centre, axes))
    return solids


def critter(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Something soft with a body, a head and limbs."""
    solids, tones = _solids(rng), _tones(spec)
    pairs = [0, 1, *range(2, len(solids))]
    faces = [_coat(spec, number, max(16, size // 2), tones) for number in pairs]
    atlas, rects = pack_faces(_change_detail(faces, spec, tones))
    parts = _centred(solids, rects)
    return Model(Ellipsoids(parts), atlas, float(rng.choice([0.0, 0.1, 0.6])))


def _centred(
    solids: list[tuple[NDArray[np.float64], NDArray[np.float64]]], rects: list[Rect]
) -> tuple[Part, ...]:
    """Move the parts' bounding box to the origin and make it one unit high."""
    low = np.min([c - np.linalg.norm(a, axis=1) for c, a in solids], axis=0)
    high = np.max([c + np.linalg.norm(a, axis=1) for c, a in solids], axis=0)
    scale = 1 / (high[1] - low[1])
    middle = (low + high) / 2
    return tuple(
        Part((centre - middle) * scale, axes * scale, rect)
        for (centre, axes), rect in zip(solids, rects, strict=True)
    )
