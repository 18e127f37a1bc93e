"""Meshes of the flat-faced families: boxes, books, cartons, pouches, tubes and plates."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.meshes import (
    Mesh,
    disc,
    grid_faces,
    grid_normals,
    inset,
    make_mesh,
    merge,
    moved,
    quad,
    revolve,
    rounded,
    turn,
)
from assets.recipes.rendered.primitives import soft_box
from assets.recipes.world.families import Model
from assets.recipes.world.shapes import Face, Rect

TO_OBJECT = np.array([[1.0, 0, 0], [0, 0, -1], [0, -1, 0]])
"""From the painted world's axes (x right, y down, z to the viewer) to object space."""
FLIP = np.diag([-1.0, 1.0, -1.0])
"""Half a turn about the painted world's upright axis."""


def _placed(face: Face, part: int, linear: NDArray[np.floating]) -> Mesh:
    """Return a face of the painted world, first turned by `linear`, in object space."""
    corner, along_u, along_v = (
        TO_OBJECT @ linear @ vector for vector in (face.corner, face.along_u, face.along_v)
    )
    return quad(corner, along_u, along_v, inset(face.rect), part)


def _measures(faces: tuple[Face, ...]) -> tuple[float, float, float]:
    """Return width, depth and height of a box from its front and right faces."""
    front, right = faces[0], faces[1]
    return (
        float(np.linalg.norm(front.along_u)), float(np.linalg.norm(right.along_u)),
        float(np.linalg.norm(front.along_v)),
    )  # fmt: skip


def cuboid_mesh(faces: tuple[Face, ...], bevel: float) -> Mesh:
    """Return a box with a back like the front and a bottom like the top."""
    front, right, left, top = (inset(face.rect, 0.004) for face in faces)
    rects = (front, right, front, left, top, top)
    return soft_box((0, 0, 0), _measures(faces), rects, 0, bevel)


def book_mesh(faces: tuple[Face, ...]) -> Mesh:
    """Return two boards and a spine that stand over a block of pages."""
    wide, deep, high = _measures(faces)
    front, pages, spine, paper = (inset(face.rect) for face in faces)
    edge = Rect(spine.x + spine.width / 2, spine.y + spine.height / 2, 0.0, 0.0)
    board, over = 0.016, 0.022
    plain = (edge, edge, edge, edge, edge, edge)
    meshes = [
        soft_box((0, sign * (deep - board) / 2, 0), (wide, board, high),
                 (front, *plain[1:]) if sign < 0 else (*plain[:2], front, *plain[3:]), part, 0.3)
        for part, sign in ((0, -1), (6, 1))
    ]  # fmt: skip
    back = soft_box((-(wide - board) / 2, 0, 0), (board, deep - board * 0.4, high),
                    (edge, edge, edge, spine, edge, edge), 12, 0.3)  # fmt: skip
    inside = (wide - board - over, deep - 2 * board, high - 2 * over)
    block = soft_box(((board - over) / 2, 0, 0), inside,
                     (paper, pages, paper, pages, paper, paper), 18, 0.02)  # fmt: skip
    return merge([*meshes, back, block])


def carton_mesh(faces: tuple[Face, ...]) -> Mesh:
    """Return the carton: four walls, both slopes, both gable ends, the fin and the bottom."""
    front, right, left, slope, fin = faces
    walls = [_placed(face, k, np.eye(3)) for k, face in enumerate((front, right, left))]
    walls += [_placed(slope, 3, np.eye(3)), _placed(slope, 6, FLIP)]
    walls.append(_placed(front, 4, FLIP))
    half = float(front.along_u[0]) / 2
    shoulder, ridge = -float(front.corner[1]), -float(slope.corner[1])
    rect = inset(slope.rect)
    for number, sign in ((7, 1.0), (8, -1.0)):
        corners = [[half * sign, -half, shoulder], [half * sign, half, shoulder],
                   [half * sign, 0.0, ridge]]  # fmt: skip
        uv = np.array([[0, 1], [1, 1], [0.5, 0]]) * [rect.width, rect.height] + [rect.x, rect.y]
        order = [[0, 1, 2]] if sign > 0 else [[0, 2, 1]]
        normals = np.tile([sign, 0.0, 0.0], (3, 1))
        walls.append(make_mesh(np.array(corners), normals, uv, np.array(order), number))
    depth = np.array([0, 0, 0.012])
    thick = Face(fin.corner + depth, fin.along_u, fin.along_v, fin.rect)
    walls += [_placed(thick, 9, np.eye(3)), _placed(thick, 10, FLIP)]
    crest = Face(fin.corner - depth, fin.along_u, depth * 2, fin.rect)
    walls.append(_placed(crest, 11, np.eye(3)))
    base = Face(
        np.array([-half, float(front.corner[1] + front.along_v[1]), half]),
        front.along_u, np.array([0, 0, -2 * half]), slope.rect,
    )  # fmt: skip
    walls.append(_placed(base, 5, np.eye(3)))
    return merge(walls)


def _half_widths(alpha: NDArray[np.uint8], rows: int) -> NDArray[np.float64]:
    """Return the outline's half width, as a share of the width, at evenly spaced heights."""
    share = (alpha > 127).mean(axis=1) / 2
    places = np.linspace(0, len(share) - 1, rows)
    return np.interp(places, np.arange(len(share)), np.clip(share, 0.02, 0.5))


def _sheet_mesh(face: Face, half: NDArray[np.float64], depth: NDArray[np.float64]) -> list[Mesh]:
    """Return front and back of a sheet inflated to `depth` (share of the height) per row."""
    width, rows, columns = float(face.along_u[0]), len(half), 25
    s = np.sin(np.linspace(-np.pi / 2, np.pi / 2, columns))
    x = half[:, None] * s * width
    bulge = depth[:, None] * np.sqrt(np.clip(1 - s**2, 0, 1)) ** 1.15
    thick = np.minimum(np.minimum(1.0, 6 * (1 - np.abs(s))), (depth > 0)[:, None])
    bulge = bulge + 0.004 * thick
    z = np.linspace(0.5, -0.5, rows)[:, None]
    rect = inset(face.rect, 0.004)
    meshes = []
    for part, sign in ((0, 1.0), (1, -1.0)):
        grid = np.stack(np.broadcast_arrays(x * sign, -sign * bulge, z), axis=-1)
        u = 0.5 + half[:, None] * s
        v = np.broadcast_to(np.linspace(0, 1, rows)[:, None], u.shape)
        uv = np.stack([rect.x + rect.width * u, rect.y + rect.height * v], axis=-1)
        normals = grid_normals(grid, False).reshape(-1, 3)
        meshes.append(
            make_mesh(grid.reshape(-1, 3), normals, uv.reshape(-1, 2), grid_faces(rows, columns),
                      part)
        )  # fmt: skip
    return meshes


def pouch_mesh(model: Model, face: Face, rng: Generator) -> Mesh:
    """Return a cushion that is flat at its crimped ends."""
    rows = np.linspace(0, 1, 30)
    inside = np.clip((rows - 0.06) / 0.88, 0, 1)
    depth = rng.uniform(0.1, 0.17) * np.sin(np.pi * inside) ** 0.6
    depth = depth + 0.006 * np.sin(rows * rng.uniform(18, 30)) * (depth > 0.05)
    depth[1:-1] = np.maximum(depth[1:-1], 1e-4)
    return merge(_sheet_mesh(face, _half_widths(model.atlas[..., 3], 30), depth))


def tube_mesh(model: Model, face: Face) -> Mesh:
    """Return a tube that is flat at its top and round at its cap."""
    half = _half_widths(model.atlas[..., 3], 30)
    width, rows = float(face.along_u[0]), np.linspace(0, 1, 30)
    depth = np.where(rows < 0.84, 0.9 * half[21] * width * rows / 0.84, half * width)
    sheet = _sheet_mesh(face, half, np.maximum(depth, 1e-4 * (rows > 0)))
    foot = Rect(face.rect.x + face.rect.width / 2, face.rect.y + face.rect.height * 0.97, 0.0, 0.0)
    return merge([*sheet, disc(float(half[-1]) * width, -0.5, foot, False, 2)])


def plate_mesh(face: Face) -> Mesh:
    """Return a plate whose front looks to the viewer; the picture lies on it like a decal."""
    front = np.array([[0, 0.0], [0.3, 0.0], [0.35, 0.012], [0.38, 0.04], [0.48, 0.07]])
    back = np.array([[0.497, 0.068], [0.47, 0.045], [0.36, -0.012], [0.3, -0.03], [0.0, -0.03]])
    rect = inset(face.rect, 0.004)
    meshes = []
    for part, profile in ((0, front), (1, np.concatenate([front[-1:], back]))):
        mesh = revolve(rounded(profile, 2), segments=48, part=part)
        spot = mesh.positions[:, :2] if part == 0 else np.tile([0.49, 0.0], (len(mesh.uv), 1))
        u, v = 0.5 + spot[:, 0], 0.5 - spot[:, 1]
        uv = np.stack([rect.x + rect.width * u, rect.y + rect.height * v], axis=1)
        meshes.append(Mesh(mesh.positions, mesh.normals, uv.astype(np.float32), mesh.faces,
                           mesh.part))  # fmt: skip
    return moved(merge(meshes), turn(0, np.pi / 2), np.zeros(3))
