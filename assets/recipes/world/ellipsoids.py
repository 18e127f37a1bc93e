"""Solids made of textured ellipsoids, seen from an angle: toys, animals, cushions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.recipes.world.shapes import Lookup, Pose, Rect

HIDDEN_BY = 0.015
"""Depth by which another part must lie nearer to hide a point, in object heights."""


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """One ellipsoid: centre (3,), axes (3, 3) as columns that end on its surface, atlas place."""

    centre: NDArray[np.float64]
    axes: NDArray[np.float64]
    rect: Rect


def view_matrix(pose: Pose) -> NDArray[np.float64]:
    """Return the rotation (3, 3) from object space into the viewer's."""
    sine, cosine = np.sin(pose.yaw), np.cos(pose.yaw)
    down, flat = np.sin(pose.elevation), np.cos(pose.elevation)
    yaw = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    tilt = np.array([[1, 0, 0], [0, flat, down], [0, -down, flat]])
    return tilt @ yaw


def _hit(
    x: NDArray, y: NDArray, centre: NDArray, axes: NDArray
) -> tuple[NDArray[np.int64], NDArray, NDArray]:
    """Return which points meet an ellipsoid, at which depth, and where on its unit sphere."""
    inverse = np.linalg.inv(axes)
    flat = inverse[:, :2] @ np.stack([x - centre[0], y - centre[1]])
    along = inverse[:, 2]
    square = float(along @ along)
    half = along @ flat
    inside = half * half - square * ((flat * flat).sum(0) - 1)
    at = np.flatnonzero(inside > 0)
    step = (-half[at] + np.sqrt(inside[at])) / square
    return at, centre[2] + step, flat[:, at] + along[:, None] * step


@dataclass(frozen=True, eq=False, slots=True)
class Ellipsoids:
    """Parts that may reach into one another; the nearest one is seen."""

    parts: tuple[Part, ...]

    def extent(self, pose: Pose) -> tuple[float, float]:
        """Return half the width and half the height that the parts fill around the origin."""
        view = view_matrix(pose)
        reach = [
            np.abs(view @ part.centre) + np.linalg.norm(view @ part.axes, axis=1)
            for part in self.parts
        ]
        width, height, _ = np.max(reach, axis=0)
        return float(width), float(height)

    def lookup(self, x: NDArray[np.float32], y: NDArray[np.float32], pose: Pose) -> Lookup:
        """Return what each picture point shows."""
        view = view_matrix(pose)
        shape, x, y = x.shape, x.ravel(), y.ravel()
        depth = np.full(len(x), -np.inf)
        u, v = np.zeros(len(x), np.float32), np.zeros(len(x), np.float32)
        normal = np.zeros((len(x), 3), np.float32)
        for part in self.parts:
            axes = view @ part.axes
            at, z, local = _hit(x, y, view @ part.centre, axes)
            nearer = z > depth[at]
            at, z, local = at[nearer], z[nearer], local[:, nearer]
            depth[at] = z
            turn = np.arctan2(local[0], local[2]) / (2 * np.pi) + 0.5
            u[at], v[at] = part.rect.place(turn, np.clip(local[1] * 0.5 + 0.5, 0, 1))
            out = (np.linalg.inv(axes).T @ local).T
            normal[at] = out / np.linalg.norm(out, axis=1, keepdims=True)
        hit = np.isfinite(depth).reshape(shape)
        return Lookup(u.reshape(shape), v.reshape(shape), hit, normal.reshape(*shape, 3))

    def project(self, uv: NDArray[np.float32], pose: Pose) -> tuple[NDArray, NDArray]:
        """Return plane points of atlas points; points behind another part are seen at -1."""
        view = view_matrix(pose)
        points, seen = np.zeros((len(uv), 3)), np.full(len(uv), -1.0)
        for part in self.parts:
            mine = np.flatnonzero(part.rect.holds(uv))
            place = part.rect.inverse(uv[mine])
            level, turn = place[:, 1] * 2 - 1, (place[:, 0] - 0.5) * 2 * np.pi
            ring = np.sqrt(np.clip(1 - level * level, 0, 1))
            local = np.stack([ring * np.sin(turn), level, ring * np.cos(turn)])
            axes = view @ part.axes
            points[mine] = (view @ part.centre) + (axes @ local).T
            out = np.linalg.inv(axes).T @ local
            seen[mine] = out[2] / np.linalg.norm(out, axis=0)
        seen[self._hidden(points, view)] = -1.0
        return points[:, :2], seen

    def _hidden(self, points: NDArray, view: NDArray) -> NDArray[np.bool_]:
        hidden = np.zeros(len(points), dtype=bool)
        for part in self.parts:
            at, z, _ = _hit(points[:, 0], points[:, 1], view @ part.centre, view @ part.axes)
            hidden[at] |= z > points[at, 2] + HIDDEN_BY
        return hidden
