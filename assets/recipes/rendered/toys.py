"""Toys built from simple bodies: vehicles, robots and animals with painted parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.meshes import Mesh, merge
from assets.recipes.rendered.paint import face, patch, sticker
from assets.recipes.rendered.primitives import cylinder, ellipsoid, soft_box
from assets.recipes.rendered.solids import Piece, Solid, pack
from assets.recipes.world.artwork import ArtSpec
from assets.recipes.world.canvas import Canvas
from assets.recipes.world.shapes import Rect

PARTS = 6
"""Painted pictures of a toy: body, top, side, limbs, small parts, dark parts."""


def _pictures(spec: ArtSpec, size_px: int) -> list[NDArray[np.uint8]]:
    """Return the six pictures; body and top carry stickers, a face and the detail."""
    sizes = (1.0, 0.7, 0.7, 0.4, 0.3, 0.15)
    pictures: list[NDArray[np.uint8]] = []
    for number, share in enumerate(sizes):
        n = max(10, round(size_px * share))
        canvas = Canvas(n, n, (0, 0, 0))
        canvas.pixels[:] = patch(spec, n, n, number)[:n, :n]
        if number == 0:
            sticker(canvas, spec, spec.layout_seed, 0.5, 0.52, 0.26)
            rng = np.random.default_rng([spec.detail_seed, 59])
            x, y = rng.uniform(0.18, 0.82), float(rng.choice([0.2, 0.82]))
            sticker(canvas, spec, spec.detail_seed, float(x), y, 0.12)
        if number == 1:
            face(canvas, spec, 0.25 * canvas.aspect, 0.42, 0.2)
        pictures.append(canvas.pixels)
    pictures[5][:] = (34, 34, 38)
    return pictures


def _vehicle(rects: list[Rect], rng: Generator) -> Mesh:
    long, high = rng.uniform(0.9, 1.1), rng.uniform(0.2, 0.34)
    wide, wheel = rng.uniform(0.36, 0.5), rng.uniform(0.09, 0.14)
    z = wheel + high / 2
    meshes = [soft_box((0, 0, z), (long, wide, high), rects[0], 0)]
    cab = rng.uniform(0.3, 0.6)
    at = rng.uniform(-0.25, 0.25) * (long - cab * long)
    tall = rng.uniform(0.18, 0.34)
    meshes.append(
        soft_box((at, 0, z + high / 2 + tall / 2 - 0.01), (cab * long, wide * 0.88, tall),
                 rects[2], 6, 0.16)
    )  # fmt: skip
    for k, x in enumerate(np.linspace(-0.34, 0.34, int(rng.integers(2, 4))) * long):
        for side in (-1.0, 1.0):
            meshes.append(cylinder((float(x), side * wide * 0.5, wheel), wheel, 0.09, rects[5],
                                   12 + k, 1))  # fmt: skip
            meshes.append(cylinder((float(x), side * (wide * 0.5 + 0.03), wheel), wheel * 0.55,
                                   0.06, rects[4], 15 + k, 1))  # fmt: skip
    if rng.random() < 0.6:
        meshes.append(cylinder((at, 0, z + high / 2 + tall), 0.07, 0.16, rects[3], 20))
    meshes += [
        ellipsoid((long / 2, side * wide * 0.3, z), (0.03, 0.06, 0.06), rects[4], 21)
        for side in (-1.0, 1.0)
    ]
    return merge(meshes)


def _robot(rects: list[Rect], rng: Generator) -> Mesh:
    wide, deep = rng.uniform(0.4, 0.56), rng.uniform(0.26, 0.36)
    head, leg = rng.uniform(0.24, 0.34), rng.uniform(0.18, 0.3)
    body = 1 - head - leg - 0.04
    meshes = [soft_box((0, 0, leg + body / 2), (wide, deep, body), rects[0], 0)]
    meshes.append(cylinder((0, 0, leg + body + 0.02), 0.07, 0.06, rects[5], 12))
    top = leg + body + 0.04 + head / 2
    if rng.random() < 0.5:
        meshes.append(cylinder((0, 0, top), head * 0.62, head, rects[1], 6))
    else:
        meshes.append(ellipsoid((0, 0, top), (head * 0.62, head * 0.58, head * 0.5), rects[1], 6))
    arm = rng.uniform(0.3, 0.42)
    for side in (-1.0, 1.0):
        x = side * (wide / 2 + 0.06)
        meshes.append(cylinder((x, 0, leg + body * 0.9 - arm / 2), 0.06, arm, rects[3], 13))
        meshes.append(ellipsoid((x, 0, leg + body * 0.9 - arm), (0.08, 0.08, 0.08), rects[4], 14))
        meshes.append(cylinder((side * wide * 0.25, 0, leg / 2), 0.09, leg, rects[3], 15))
        meshes.append(soft_box((side * wide * 0.25, -0.04, 0.04), (0.2, 0.32, 0.08), rects[4], 16))
    if rng.random() < 0.7:
        meshes.append(cylinder((0, 0, top + head * 0.55), 0.018, head * 0.5, rects[5], 22))
        meshes.append(ellipsoid((0, 0, top + head * 0.85), (0.045, 0.045, 0.045), rects[3], 23))
    return merge(meshes)


def _animal(rects: list[Rect], rng: Generator) -> Mesh:
    long, fat, leg = rng.uniform(0.34, 0.5), rng.uniform(0.2, 0.28), rng.uniform(0.12, 0.26)
    z = leg + fat * 0.85
    meshes = [ellipsoid((0, 0, z), (long, fat, fat), rects[0], 0)]
    head = rng.uniform(0.17, 0.24)
    x, up = -long * 0.85, z + fat * rng.uniform(0.5, 1.0)
    meshes.append(ellipsoid((x, -0.03, up), (head, head, head * 0.95), rects[1], 6))
    tall = rng.uniform(0.5, 2.2)
    for side in (-1.0, 1.0):
        meshes.append(
            ellipsoid(
                (x, side * head * 0.6, up + head * (0.7 + 0.25 * tall)),
                (head * 0.2, head * 0.28, head * 0.3 * tall),
                rects[3],
                7,
            )
        )
        for end in (-0.55, 0.55):
            spot = (end * long, side * fat * 0.55, leg * 0.6)
            meshes.append(cylinder(spot, fat * 0.28, leg * 1.2, rects[3], 8))
    meshes.append(ellipsoid((x - head * 0.9, -0.03, up - head * 0.15),
                            (head * 0.5, head * 0.45, head * 0.35), rects[4], 10))  # fmt: skip
    meshes.append(ellipsoid((long * 1.02, 0, z + fat * 0.4), (0.08, 0.06, 0.12), rects[3], 11))
    return merge(meshes)


BUILDS: tuple[Callable[[list[Rect], Generator], Mesh], ...] = (_vehicle, _robot, _animal)


def toy(spec: ArtSpec, size_px: int, rng: Generator) -> Solid:
    """Return a vehicle, robot or animal."""
    atlas, rects = pack(_pictures(spec, round(size_px * 0.6)))
    mesh = BUILDS[int(rng.integers(len(BUILDS)))](rects, rng)
    finish = ("gloss", "gloss", "satin", "matte")[int(rng.integers(4))]
    return Solid((Piece(mesh, finish),), atlas)
