"""Simple closed bodies: ellipsoids, cylinders, cones and boxes with soft edges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from assets.recipes.rendered.meshes import (
    Mesh,
    grid_faces,
    make_mesh,
    merge,
    moved,
    revolve,
    turn,
)
from assets.recipes.world.shapes import Rect

Vector: TypeAlias = tuple[float, float, float]


def ellipsoid(centre: Vector, radii: Vector, rect: Rect, part: int = 0) -> Mesh:
    """Return a stretched sphere; u runs around z, v from the top down."""
    angle = np.linspace(np.pi / 2, -np.pi / 2, 17)
    profile = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    mesh = revolve(profile, rect, segments=28, part=part)
    return moved(mesh, np.diag(radii), np.array(centre))


def cylinder(
    centre: Vector, radius: float, length: float, rect: Rect, part: int = 0, axis: int = 2,
    taper: float = 1.0,
) -> Mesh:  # fmt: skip
    """Return a cylinder or, with `taper` under 1, a cone frustum along axis 0, 1 or 2."""
    half, edge = length / 2, min(radius, length) * 0.08
    top = radius * taper
    profile = np.array(
        [[0, half], [max(top - edge, 0.0), half], [top, half - edge], [radius, -half + edge],
         [radius - edge, -half], [0, -half]]
    )  # fmt: skip
    mesh = revolve(profile, rect, segments=28, part=part)
    tilt = {0: turn(1, np.pi / 2), 1: turn(0, np.pi / 2), 2: np.eye(3)}[axis]
    return moved(mesh, tilt, np.array(centre))


SIDES = ((1, -1), (0, 1), (1, 1), (0, -1), (2, 1), (2, -1))
"""Axis and sign of a box's front, right, back, left, top and bottom."""


def soft_box(
    centre: Vector, size: Vector, rects: Rect | Sequence[Rect], part: int = 0, bevel: float = 0.08
) -> Mesh:
    """Return a box with softened edges.

    Args:
        centre: middle.
        size: lengths along x, y and z.
        rects: places in the atlas of the sides in the order of SIDES, or one for all.
        part: number of the first side; the six sides count on from it.
        bevel: width of the softened edge as a share of the shortest length.
    """
    half = np.array(size, dtype=np.float64) / 2
    edge = bevel * float(min(size))
    places = [rects] * len(SIDES) if isinstance(rects, Rect) else list(rects)
    meshes = [
        _side(half, edge, axis, sign, rect, part + number)
        for number, ((axis, sign), rect) in enumerate(zip(SIDES, places, strict=True))
    ]
    return moved(merge(meshes), np.eye(3), np.array(centre))


def _side(
    half: NDArray[np.float64], edge: float, axis: int, sign: int, rect: Rect, part: int
) -> Mesh:
    """Return one side as a 4 x 4 grid whose rim leans over to the neighbours."""
    right, up = _side_axes(axis, sign)
    wide, high = float(np.abs(right) @ half), float(np.abs(up) @ half)
    outer = np.array([1.0, 0.0, 0.0, 1.0])
    step = np.array([-1.0, -1.0, 1.0, 1.0])
    a, b = np.meshgrid(step * (wide - edge * (1 - outer * 0.7)),
                       -step * (high - edge * (1 - outer * 0.7)))  # fmt: skip
    rim = np.maximum.outer(outer, outer)
    depth = half[axis] - edge * 0.3 * rim
    out = np.zeros(3)
    out[axis] = sign
    grid = a[..., None] * right + b[..., None] * up + depth[..., None] * out
    lean_a, lean_b = np.sign(a) * outer[None], np.sign(b) * outer[:, None]
    normals = out + lean_a[..., None] * right + lean_b[..., None] * up
    u, v = 0.5 + 0.5 * a / wide, 0.5 - 0.5 * b / high
    uv = np.stack([rect.x + rect.width * u, rect.y + rect.height * v], axis=-1)
    return make_mesh(
        grid.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), grid_faces(4, 4), part
    )


def _side_axes(axis: int, sign: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the directions that a viewer of this side calls right and up."""
    x, y, z = np.eye(3)
    if axis == 1:
        return -x * sign, z
    if axis == 0:
        return y * sign, z
    return x, y * sign
