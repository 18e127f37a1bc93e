"""Smooth organic bodies with a solid texture, and carrier bags."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.meshes import (
    Mesh,
    grid_faces,
    grid_normals,
    inset,
    make_mesh,
    merge,
    quad,
    sweep,
)
from assets.recipes.rendered.paint import sticker
from assets.recipes.rendered.solids import Piece, Solid, pack
from assets.recipes.world.artwork import ArtSpec, draw_front, draw_side, palette_of
from assets.recipes.world.canvas import Canvas
from assets.recipes.world.palettes import mix
from assets.recipes.world.shapes import Rect


def _directions(rows: int, columns: int) -> NDArray[np.float64]:
    """Return unit vectors (R, C, 3) of a latitude and longitude grid, its front at u = 0.25."""
    polar, turn = np.meshgrid(
        np.linspace(0, np.pi, rows), np.linspace(-0.5, 1.5, columns) * np.pi, indexing="ij"
    )
    ring = np.sin(polar)
    return np.stack([ring * np.sin(turn), -ring * np.cos(turn), np.cos(polar)], axis=-1)


def _noise(points: NDArray[np.float64], rng: Generator, scale: float) -> NDArray[np.float64]:
    """Return smooth noise of about unit variance at points (..., 3): a sum of random waves."""
    total = np.zeros(points.shape[:-1])
    for _ in range(12):
        wave = rng.standard_normal(3) * scale
        total += np.sin(points @ wave + rng.uniform(0, 2 * np.pi))
    return total / np.sqrt(6)


def _texture(spec: ArtSpec, size_px: int) -> NDArray[np.uint8]:
    """Return spots, stripes, marble or patches that have no seam, and the detail's mark."""
    rng = np.random.default_rng([spec.layout_seed, 61])
    rows, columns = max(16, size_px), max(32, int(size_px * 1.6))
    points = _directions(rows, columns)
    kind, scale = int(rng.integers(5)), rng.uniform(2.5, 8)
    coarse, fine = _noise(points, rng, scale), _noise(points, rng, scale * 3)
    field = (
        np.clip((coarse - 0.4) * 6, 0, 1),
        np.clip(np.sin(coarse * 4 + 3 * points[..., 2]) * 4 + 0.5, 0, 1),
        np.clip(1 - np.abs(coarse + 0.4 * fine) * 2.2, 0, 1) ** 2,
        np.clip((coarse + 0.5 * fine) * 3 + 0.5, 0, 1),
        np.clip(0.5 + 0.3 * coarse + 0.12 * fine, 0, 1),
    )[kind]
    palette = palette_of(spec)
    tones = [palette.base, palette.partner, palette.accent, palette.paper, palette.ink]
    order = rng.permutation(5)
    low, high = (np.array(tones[order[k]], dtype=np.float64) for k in (0, 1))
    picture = low + (high - low) * field[..., None]
    second = np.clip((_noise(points, rng, scale * 1.7) - 1.1) * 8, 0, 1)[..., None]
    picture = picture + (np.array(tones[order[2]]) - picture) * second
    canvas = Canvas(rows, columns, (0, 0, 0))
    canvas.pixels[:] = np.clip(picture, 0, 255).astype(np.uint8)
    spot = np.random.default_rng([spec.detail_seed, 67])
    for share in (0.25, 0.75):
        x = canvas.aspect * (share + float(spot.uniform(-0.06, 0.06)))
        sticker(canvas, spec, spec.detail_seed, x, float(spot.uniform(0.35, 0.65)), 0.075)
    return canvas.pixels


def statuette(spec: ArtSpec, size_px: int, rng: Generator) -> Solid:
    """Return a smooth lump of merged bumps."""
    points = _directions(40, 57)
    radius = np.full(points.shape[:-1], 0.5)
    for _ in range(int(rng.integers(3, 8))):
        towards = rng.standard_normal(3)
        towards /= np.linalg.norm(towards)
        sharp = rng.uniform(3, 12)
        radius += rng.uniform(0.12, 0.45) * np.exp(sharp * (points @ towards - 1))
    grid = points * radius[..., None] * [1, 1, rng.uniform(0.8, 1.5)]
    low = grid[..., 2].min()
    floor = low + 0.1 * (grid[..., 2].max() - low)
    grid[..., 2] = np.maximum(grid[..., 2], floor)
    picture = _texture(spec, size_px)
    u, v = np.meshgrid(np.linspace(0, 1, 57), np.linspace(0, 1, 40))
    uv = np.stack([u, np.clip(v, 0.01, 0.99)], axis=-1).reshape(-1, 2)
    normals = grid_normals(grid, True)
    normals[0], normals[-1] = [0, 0, 1], [0, 0, -1]
    mesh = make_mesh(grid.reshape(-1, 3), normals.reshape(-1, 3), uv, grid_faces(40, 57))
    finish = ("matte", "satin", "gloss", "foil")[int(rng.integers(4))]
    return Solid((Piece(mesh, finish),), picture)


def _bag_walls(size: tuple[float, float, float], rects: list[Rect]) -> list[Mesh]:
    wide, deep, high = size
    w, d = wide / 2, deep / 2
    top = np.array([wide * 0.02, deep * 0.25, 0.0])
    x, y, z = np.eye(3)
    front = [
        quad(np.array([-w, -d + top[1], high]), x * wide, -z * high - y * top[1], rects[0], 0),
        quad(np.array([w, d - top[1], high]), -x * wide, -z * high + y * top[1], rects[0], 1),
    ]
    sides = []
    for part, sign in ((2, 1.0), (3, -1.0)):
        corners = np.array(
            [
                [w * sign, -sign * (d - top[1]), high],
                [w * sign, sign * (d - top[1]), high],
                [w * sign, -sign * d, 0.0],
                [w * sign, sign * d, 0.0],
            ]
        )
        uv = np.array([[0.12, 0], [0.88, 0], [0, 1], [1, 1]])
        uv = uv * [rects[1].width, rects[1].height] + [rects[1].x, rects[1].y]
        normals = np.tile([sign, 0.0, 0.1], (4, 1))
        sides.append(make_mesh(corners, normals, uv, np.array([[0, 2, 1], [1, 2, 3]]), part))
    lid = quad(
        np.array([-w, d - top[1], high - 0.02]), x * wide, -y * (deep - 2 * top[1]), rects[2], 4
    )
    base = quad(np.array([-w, -d, 0.0]), x * wide, y * deep, rects[2], 5)
    return [*front, *sides, lid, base]


def bag(spec: ArtSpec, size_px: int, rng: Generator) -> Solid:
    """Return a paper carrier bag with two handles."""
    wide, deep, high = rng.uniform(0.6, 0.85), rng.uniform(0.22, 0.36), 0.8
    palette = palette_of(spec)
    rows, columns = round(size_px * high), round(size_px * wide)
    inside = np.full((12, 12, 3), mix(palette.base, (0, 0, 0), 0.55), dtype=np.uint8)
    cord = np.full((12, 12, 3), palette.accent, dtype=np.uint8)
    side = draw_side(spec, rows, max(16, round(size_px * deep)))
    atlas, rects = pack([draw_front(spec, rows, columns), side, inside, cord])
    meshes = _bag_walls((wide, deep, high), [inset(rect, 0.004) for rect in rects])
    angle = np.linspace(0, np.pi, 22)
    for k, y in enumerate((-deep * 0.24, deep * 0.24)):
        x = wide * 0.2 * np.cos(angle)
        z = high - 0.05 + (0.05 + 0.2) * np.sin(angle) ** 0.8
        path = np.stack([x, np.full_like(x, y), z], axis=1)
        meshes.append(sweep(path, 0.014, inset(rects[3], 0.2), 6 + k))
    finish = ("matte", "satin")[int(rng.integers(2))]
    return Solid((Piece(merge(meshes), finish),), atlas)
