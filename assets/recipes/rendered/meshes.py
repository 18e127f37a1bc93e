"""Triangle meshes and the primitives that objects are built from.

Object space: x right, y away from the viewer, z up; the front looks to -y; lengths in object
units, in which an object is about one high. Texture coordinates are atlas coordinates with the
origin at the top left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.recipes.world.shapes import Rect

WHOLE = Rect(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, eq=False, slots=True)
class Mesh:
    """A triangle mesh.

    Attributes:
        positions: (N, 3) float32 corner positions.
        normals: (N, 3) float32 unit shading normals.
        uv: (N, 2) float32 atlas coordinates.
        faces: (F, 3) uint32 corner indices, counter-clockwise seen from outside.
        part: (F,) int16 number of the part that each triangle belongs to.
    """

    positions: NDArray[np.float32]
    normals: NDArray[np.float32]
    uv: NDArray[np.float32]
    faces: NDArray[np.uint32]
    part: NDArray[np.int16]


def make_mesh(
    positions: NDArray[np.floating],
    normals: NDArray[np.floating],
    uv: NDArray[np.floating],
    faces: NDArray[np.integer],
    part: int = 0,
) -> Mesh:
    """Return a mesh with all faces in one part; normals need not have unit length."""
    length = np.linalg.norm(normals, axis=-1, keepdims=True)
    return Mesh(
        np.ascontiguousarray(positions, dtype=np.float32),
        np.ascontiguousarray(normals / np.maximum(length, 1e-9), dtype=np.float32),
        np.ascontiguousarray(uv, dtype=np.float32),
        np.ascontiguousarray(faces, dtype=np.uint32),
        np.full(len(faces), part, dtype=np.int16),
    )


def merge(meshes: list[Mesh]) -> Mesh:
    """Return one mesh that holds all the others; part numbers stay."""
    starts = np.cumsum([0] + [len(mesh.positions) for mesh in meshes])
    return Mesh(
        np.concatenate([mesh.positions for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        np.concatenate(
            [mesh.faces + np.uint32(start) for mesh, start in zip(meshes, starts, strict=False)]
        ),
        np.concatenate([mesh.part for mesh in meshes]),
    )


def moved(mesh: Mesh, linear: NDArray[np.floating], shift: NDArray[np.floating]) -> Mesh:
    """Return the mesh under x -> linear x + shift; a mirroring keeps its outside outside."""
    inverse = np.linalg.inv(linear)
    normals = mesh.normals @ inverse
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    faces = mesh.faces if np.linalg.det(linear) > 0 else mesh.faces[:, ::-1]
    return Mesh(
        (mesh.positions @ np.transpose(linear) + shift).astype(np.float32),
        (normals / length).astype(np.float32),
        mesh.uv,
        np.ascontiguousarray(faces),
        mesh.part,
    )


def shifted(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    """Return the mesh moved by the given lengths."""
    return moved(mesh, np.eye(3), np.array([x, y, z]))


def stretched(mesh: Mesh, x: float, y: float, z: float) -> Mesh:
    """Return the mesh scaled along the axes."""
    return moved(mesh, np.diag([x, y, z]), np.zeros(3))


def turn(axis: int, angle: float) -> NDArray[np.float64]:
    """Return the rotation by `angle` radians about axis 0 (x), 1 (y) or 2 (z)."""
    sine, cosine = np.sin(angle), np.cos(angle)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[a, a] = matrix[b, b] = cosine
    matrix[b, a], matrix[a, b] = sine, -sine
    return matrix


def turned(mesh: Mesh, axis: int, angle: float) -> Mesh:
    """Return the mesh rotated by `angle` radians about an axis through the origin."""
    return moved(mesh, turn(axis, angle), np.zeros(3))


def inset(rect: Rect, share: float = 0.012) -> Rect:
    """Return the rectangle without its border, so that filtering meets no neighbour."""
    return Rect(
        rect.x + share * rect.width,
        rect.y + share * rect.height,
        rect.width * (1 - 2 * share),
        rect.height * (1 - 2 * share),
    )


def grid_faces(rows: int, columns: int) -> NDArray[np.uint32]:
    """Return two triangles per cell of a (rows, columns) grid of corners."""
    first = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)[:-1, :-1].ravel()
    right, below = first + np.uint32(1), first + np.uint32(columns)
    across = below + np.uint32(1)
    faces = np.stack([first, below, right, right, below, across], axis=1)
    return faces.reshape(-1, 3)


def grid_normals(positions: NDArray[np.floating], closed: bool) -> NDArray[np.float64]:
    """Return outward normals of a (R, C, 3) grid of corners; `closed` joins its last column."""
    down = np.gradient(positions, axis=0)
    if closed:
        ring = np.concatenate([positions[:, -2:-1], positions, positions[:, 1:2]], axis=1)
        along = (ring[:, 2:] - ring[:, :-2]) / 2
    else:
        along = np.gradient(positions, axis=1)
    return np.asarray(np.cross(down, along), dtype=np.float64)


def rounded(profile: NDArray[np.floating], rounds: int) -> NDArray[np.float64]:
    """Return a polyline (M, 2) with its inner corners cut off, ends kept (Chaikin 1974)."""
    line = np.asarray(profile, dtype=np.float64)
    for _ in range(rounds):
        near = line[:-1] * 0.75 + line[1:] * 0.25
        far = line[:-1] * 0.25 + line[1:] * 0.75
        inner = np.stack([near, far], axis=1).reshape(-1, 2)
        line = np.concatenate([line[:1], inner[1:-1], line[-1:]])
    return line


def _creased(profile: NDArray[np.float64], levels: NDArray[np.float64]) -> tuple[
    NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]
]:  # fmt: skip
    """Return points, normals and levels, corners over 40 degrees doubled, and which rows join."""
    step = np.diff(profile, axis=0)
    across = np.stack([-step[:, 1], step[:, 0]], axis=1)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    before = np.concatenate([across[:1], across])
    after = np.concatenate([across, across[-1:]])
    sharp = np.sum(before * after, axis=1) < np.cos(np.radians(40))
    smooth = before + after
    points, normals, places, joined = [], [], [], []
    for k in range(len(profile)):
        for normal in [before[k], after[k]] if sharp[k] else [smooth[k]]:
            joined.append(not (sharp[k] and normal is before[k]))
            points.append(profile[k])
            normals.append(normal)
            places.append(levels[k])
    return np.array(points), np.array(normals), np.array(places), np.array(joined[:-1])


def revolve(
    profile: NDArray[np.floating],
    rect: Rect = WHOLE,
    levels: NDArray[np.floating] | None = None,
    segments: int = 36,
    part: int = 0,
) -> Mesh:
    """Turn a profile about the z axis.

    Args:
        profile: (M, 2) radius and z, from top to bottom along the outside.
        rect: place in the atlas; u runs around, 0.25 is the front, v follows `levels`.
        levels: (M,) v in [0, 1] of each profile point; by arc length if None.
        segments: how many corners the circle has.
        part: the number of the part.
    """
    profile = np.asarray(profile, dtype=np.float64)
    if levels is None:
        length = np.cumsum([0.0, *np.linalg.norm(np.diff(profile, axis=0), axis=1)])
        levels = length / length[-1]
    points, slope, places, joined = _creased(profile, np.asarray(levels, dtype=np.float64))
    share = np.linspace(0, 1, segments + 1)
    angle = (share - 0.25) * 2 * np.pi
    ring = np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    positions = np.empty((len(points), segments + 1, 3))
    positions[..., :2] = points[:, None, :1] * ring
    positions[..., 2] = points[:, None, 1]
    normals = np.empty_like(positions)
    normals[..., :2] = slope[:, None, :1] * ring
    normals[..., 2] = slope[:, None, 1]
    uv = np.empty((len(points), segments + 1, 2))
    uv[..., 0] = rect.x + rect.width * share
    uv[..., 1] = rect.y + rect.height * places[:, None]
    faces = grid_faces(len(points), segments + 1).reshape(len(points) - 1, -1, 3)[joined]
    return make_mesh(
        positions.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2),
        faces.reshape(-1, 3), part,
    )  # fmt: skip


def disc(
    radius: float, z: float, rect: Rect, upward: bool, part: int = 0, segments: int = 36
) -> Mesh:
    """Return a flat disc with planar texture; its picture's lower edge lies to the front."""
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    flat = np.concatenate([[[0.0, 0.0]], np.stack([np.cos(angle), np.sin(angle)], axis=1)])
    positions = np.concatenate([flat * radius, np.full((segments + 1, 1), z)], axis=1)
    side = 1.0 if upward else -1.0
    normals = np.tile([0.0, 0.0, side], (segments + 1, 1))
    u, v = 0.5 + 0.5 * flat[:, 0], 0.5 - 0.5 * flat[:, 1] * side
    uv = np.stack([rect.x + rect.width * u, rect.y + rect.height * v], axis=1)
    k = np.arange(segments)
    faces = np.stack([np.zeros(segments, dtype=int), 1 + k, 1 + (k + 1) % segments], axis=1)
    return make_mesh(positions, normals, uv, faces if upward else faces[:, ::-1], part)


def quad(
    corner: NDArray[np.floating],
    along_u: NDArray[np.floating],
    along_v: NDArray[np.floating],
    rect: Rect,
    part: int = 0,
) -> Mesh:
    """Return a parallelogram seen from the side where u runs right and v runs down."""
    corner, along_u, along_v = (np.asarray(a, dtype=np.float64) for a in (corner, along_u, along_v))
    positions = np.array([corner, corner + along_u, corner + along_v, corner + along_u + along_v])
    normal = np.cross(along_v, along_u)
    local = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    uv = local * [rect.width, rect.height] + [rect.x, rect.y]
    return make_mesh(positions, np.tile(normal, (4, 1)), uv, np.array([[0, 2, 1], [1, 2, 3]]), part)


def sweep(
    path: NDArray[np.floating], radius: float, rect: Rect, part: int = 0, sides: int = 10
) -> Mesh:
    """Return a round tube of the given radius along a path (M, 3)."""
    path = np.asarray(path, dtype=np.float64)
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    normal = np.linalg.svd(path - path.mean(0))[2][2]
    across = np.cross(ahead, normal)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    other = np.cross(across, ahead)
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    spread = across[:, None] * np.cos(angle)[:, None] + other[:, None] * np.sin(angle)[:, None]
    positions = path[:, None] + radius * spread
    u, v = np.meshgrid(np.linspace(0, 1, sides + 1), np.linspace(0, 1, len(path)))
    uv = np.stack([rect.x + rect.width * u, rect.y + rect.height * v], axis=-1)
    return make_mesh(
        positions.reshape(-1, 3), spread.reshape(-1, 3), uv.reshape(-1, 2),
        grid_faces(len(path), sides + 1), part,
    )  # fmt: skip
