"""Solid shapes seen from an angle: where each picture point lies on the label, and back.

Object space: x right, y down, z towards the viewer, the object about one unit high around the
origin. A pose turns the object by `yaw` about its axis and looks down on it by `elevation`
(radians, orthographic). Label points are atlas coordinates (u, v) in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

EDGE = 0.012
"""Share of a face that is kept clear at its border, against bleeding from the next face."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Direction of view in radians."""

    yaw: float
    elevation: float


@dataclass(frozen=True, slots=True)
class Rect:
    """Place of one face in the atlas, relative to the atlas's width and height."""

    x: float
    y: float
    width: float
    height: float

    def place(self, u: NDArray[np.float32], v: NDArray[np.float32]) -> tuple[NDArray, NDArray]:
        """Return atlas coordinates of face coordinates in [0, 1]."""
        u = np.clip(u, EDGE, 1 - EDGE)
        v = np.clip(v, EDGE, 1 - EDGE)
        return self.x + u * self.width, self.y + v * self.height

    def inverse(self, uv: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return face coordinates (N, 2) of atlas coordinates (N, 2)."""
        return (uv - [self.x, self.y]) / [self.width, self.height]

    def holds(self, uv: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return which atlas points (N, 2) belong to this face."""
        local = self.inverse(uv)
        return np.all((local >= 0) & (local <= 1), axis=1)


@dataclass(frozen=True, eq=False, slots=True)
class Lookup:
    """Per picture point: atlas coordinates, whether the object is hit, and the normal."""

    u: NDArray[np.float32]
    v: NDArray[np.float32]
    hit: NDArray[np.bool_]
    normal: NDArray[np.float32]


class Shape(Protocol):
    """A solid that can be looked at and addressed."""

    def extent(self, pose: Pose) -> tuple[float, float]:
        """Return half the width and half the height that the object fills."""
        ...

    def lookup(self, x: NDArray[np.float32], y: NDArray[np.float32], pose: Pose) -> Lookup:
        """Return what each picture point of the plane shows."""
        ...

    def project(self, uv: NDArray[np.float32], pose: Pose) -> tuple[NDArray, NDArray]:
        """Return plane points (N, 2) of atlas points (N, 2), and how squarely each is seen."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Turned:
    """Surface of revolution: cans, bottles, jars, mugs, tins."""

    radii: NDArray[np.float32]
    height: float
    wrap: Rect
    cap: Rect
    handle: Rect | None = None

    def extent(self, pose: Pose) -> tuple[float, float]:
        """Return half extents; the handle counts."""
        widest = float(self.radii.max())
        tall = self.height / 2 * np.cos(pose.elevation) + widest * np.sin(pose.elevation)
        return widest + (0.3 if self.handle else 0.0), float(tall)

    def _radius(self, y: NDArray[np.float32]) -> NDArray[np.float32]:
        n = len(self.radii) - 1
        return self.radii[np.clip((y / self.height + 0.5) * n, 0, n).astype(np.int32)]

    def lookup(self, x: NDArray[np.float32], y: NDArray[np.float32], pose: Pose) -> Lookup:
        """Solve for the front of the surface by a few fixed-point steps."""
        sine, cosine = np.float32(np.sin(pose.elevation)), np.float32(np.cos(pose.elevation))
        level = y / cosine
        for _ in range(4):
            radius = self._radius(level)
            depth = np.sqrt(np.maximum(radius * radius - x * x, 0))
            level = 0.3 * level + 0.7 * (y - depth * sine) / cosine
        radius = self._radius(level)
        depth = np.sqrt(np.maximum(radius * radius - x * x, 0))
        hit = (np.abs(x) <= radius) & (np.abs(level) <= self.height / 2)
        turn = (np.arctan2(x, depth) - pose.yaw) / (2 * np.pi) + 0.25
        u, v = self.wrap.place(turn % 1.0, level / self.height + 0.5)
        normal = np.stack([x / radius, np.zeros_like(x), depth / radius], axis=-1)
        found = Lookup(u, v, hit, normal)
        return self._add_handle(self._add_cap(found, x, y, pose), x, y, pose)

    def _add_cap(self, found: Lookup, x: NDArray, y: NDArray, pose: Pose) -> Lookup:
        sine, cosine = np.sin(pose.elevation), np.cos(pose.elevation)
        if sine < 0.03:
            return found
        top = float(self.radii[0])
        depth = (y + self.height / 2 * cosine) / sine
        inside = x * x + depth * depth <= top * top
        turned_x = x * np.cos(pose.yaw) - depth * np.sin(pose.yaw)
        turned_z = x * np.sin(pose.yaw) + depth * np.cos(pose.yaw)
        u, v = self.cap.place(turned_x / (2 * top) + 0.5, turned_z / (2 * top) + 0.5)
        normal = np.where(inside[..., None], np.array([0, -cosine, sine]), found.normal)
        return Lookup(
            np.where(inside, u, found.u), np.where(inside, v, found.v), found.hit | inside, normal
        )

    def _add_handle(self, found: Lookup, x: NDArray, y: NDArray, pose: Pose) -> Lookup:
        if self.handle is None:
            return found
        side = np.cos(pose.yaw)
        centre = self.radii.max() * side * 0.95
        far = ((x - centre) / (0.28 * side)) ** 2 + (y / (0.3 * self.height)) ** 2
        near = ((x - centre) / (0.19 * side)) ** 2 + (y / (0.2 * self.height)) ** 2
        ring = (far <= 1) & (near >= 1) & ~found.hit
        u, v = self.handle.place(np.full_like(x, 0.5), np.full_like(x, 0.5))
        return Lookup(
            np.where(ring, u, found.u), np.where(ring, v, found.v), found.hit | ring, found.normal
        )

    def project(self, uv: NDArray[np.float32], pose: Pose) -> tuple[NDArray, NDArray]:
        """Return plane points of wrap and cap points; the handle is never addressed."""
        wrap = self.wrap.inverse(uv)
        angle = (wrap[:, 0] - 0.25) * 2 * np.pi + pose.yaw
        level = (wrap[:, 1] - 0.5) * self.height
        radius = self._radius(level)
        sine, cosine = np.sin(pose.elevation), np.cos(pose.elevation)
        side = np.stack([radius * np.sin(angle), level * cosine + radius * np.cos(angle) * sine], 1)
        cap = (self.cap.inverse(uv) - 0.5) * 2 * self.radii[0]
        x = cap[:, 0] * np.cos(pose.yaw) + cap[:, 1] * np.sin(pose.yaw)
        z = -cap[:, 0] * np.sin(pose.yaw) + cap[:, 1] * np.cos(pose.yaw)
        top = np.stack([x, -self.height / 2 * cosine + z * sine], 1)
        on_wrap = self.wrap.holds(uv)
        seen = np.where(on_wrap, np.cos(angle), sine)
        seen = np.where(on_wrap | self.cap.holds(uv), seen, -1.0)
        return np.where(on_wrap[:, None], side, top), seen


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """A parallelogram in object space: corner, edge along u, edge along v (each (3,))."""

    corner: NDArray[np.float64]
    along_u: NDArray[np.float64]
    along_v: NDArray[np.float64]
    rect: Rect
    bulge: float = 0.0


def _turned(vector: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    sine, cosine = np.sin(pose.yaw), np.cos(pose.yaw)
    x, z = vector[0] * cosine + vector[2] * sine, -vector[0] * sine + vector[2] * cosine
    down, flat = np.sin(pose.elevation), np.cos(pose.elevation)
    return np.array([x, vector[1] * flat + z * down, z * flat - vector[1] * down])


@dataclass(frozen=True, eq=False, slots=True)
class Faceted:
    """Flat faces: boxes, cartons, books, blocks, and sheets cut out by the atlas's alpha."""

    faces: tuple[Face, ...]

    def _seen(self, pose: Pose) -> list[tuple[Face, NDArray, NDArray, NDArray]]:
        seen = []
        for face in self.faces:
            u, v = _turned(face.along_u, pose), _turned(face.along_v, pose)
            normal = np.cross(u, v)
            normal = normal / np.linalg.norm(normal)
            if normal[2] > 0.05:
                seen.append((face, _turned(face.corner, pose), np.stack([u, v]), normal))
        return seen

    def extent(self, pose: Pose) -> tuple[float, float]:
        """Return half extents over the corners of the faces in sight."""
        corners = []
        for _, corner, edges, _ in self._seen(pose):
            corners += [corner, corner + edges[0], corner + edges[1], corner + edges[0] + edges[1]]
        reach = np.abs(np.array(corners)).max(axis=0)
        return float(reach[0]), float(reach[1])

    def lookup(self, x: NDArray[np.float32], y: NDArray[np.float32], pose: Pose) -> Lookup:
        """Invert each visible face's affine map; faces in sight do not overlap."""
        u, v = np.zeros_like(x), np.zeros_like(x)
        hit = np.zeros(x.shape, dtype=bool)
        normals = np.zeros((*x.shape, 3), dtype=np.float32)
        for face, corner, edges, normal in self._seen(pose):
            inverse = np.linalg.inv(edges[:, :2].T).astype(np.float32)
            dx, dy = x - np.float32(corner[0]), y - np.float32(corner[1])
            a = inverse[0, 0] * dx + inverse[0, 1] * dy
            b = inverse[1, 0] * dx + inverse[1, 1] * dy
            inside = (a >= 0) & (a <= 1) & (b >= 0) & (b <= 1)
            placed = face.rect.place(a, b)
            np.copyto(u, placed[0].astype(np.float32), where=inside)
            np.copyto(v, placed[1].astype(np.float32), where=inside)
            normals[inside] = normal
            if face.bulge:
                normals[..., 0] += face.bulge * np.where(inside, a - 0.5, 0)
            hit |= inside
        return Lookup(u, v, hit, normals)

    def project(self, uv: NDArray[np.float32], pose: Pose) -> tuple[NDArray, NDArray]:
        """Return plane points of atlas points on visible faces; others are seen at -1."""
        points = np.zeros((len(uv), 2))
        seen = np.full(len(uv), -1.0)
        for face, corner, edges, normal in self._seen(pose):
            mine = face.rect.holds(uv)
            local = face.rect.inverse(uv[mine])
            points[mine] = corner[:2] + local @ edges[:, :2]
            seen[mine] = normal[2]
        return points, seen
