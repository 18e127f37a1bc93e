"""Lay out a photograph: pose the object, choose light, room and camera, place other objects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.cameras import Camera, Framing, aim, direction
from assets.recipes.rendered.lights import Light, make_light
from assets.recipes.rendered.meshes import turn
from assets.recipes.rendered.objects import HEIGHTS_CM, RESTS
from assets.recipes.rendered.rooms import Room, make_room
from assets.recipes.rendered.solids import Solid


@dataclass(frozen=True, eq=False, slots=True)
class Pose:
    """Where a solid stands in room space: x -> linear x + shift."""

    linear: NDArray[np.float64]
    shift: NDArray[np.float64]

    def place(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return points (N, 3) in room space."""
        return points @ self.linear.T + self.shift


@dataclass(frozen=True, eq=False, slots=True)
class Extra:
    """Another object in the scene; `number` is its place, from 1, among those that were offered."""

    number: int
    solid: Solid
    family: str
    pose: Pose


@dataclass(frozen=True, slots=True)
class Wish:
    """What one photograph shall be like.

    Attributes:
        azimuth_deg: from where around its upright axis the object is seen; 0 is its front.
        framing: camera; its heading is replaced where the pose fixes it.
        rest: how the object rests: "upright", "lying", "flat" or "leaning".
        light: one of lights.LIGHTS.
        room: one of rooms.ROOMS.
        n_extras: how many other objects stand around it.
        occlusion: share of the object that a nearer object shall hide, 0 for none.
        scene_seed: decides everything else.
        light_seed: decides the light's measures.
        room_seed: decides the room's measures and surfaces.
    """

    azimuth_deg: float
    framing: Framing
    rest: str
    light: str
    room: str
    n_extras: int
    occlusion: float
    scene_seed: int
    light_seed: int
    room_seed: int


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """Everything that the renderer needs to know about one photograph."""

    solid: Solid
    pose: Pose
    extras: tuple[Extra, ...]
    room: Room
    light: Light
    camera: Camera


def seen_from(pose: Pose, camera: Camera) -> tuple[float, float, float]:
    """Return azimuth and elevation in degrees in the object's own frame, and the distance."""
    towards = camera.origin - pose.shift
    distance = float(np.linalg.norm(towards))
    x, y, z = np.linalg.inv(pose.linear) @ (towards / distance)
    high = float(np.degrees(np.arcsin(np.clip(z / np.linalg.norm([x, y, z]), -1, 1))))
    return float(np.degrees(np.arctan2(x, -y))), high, distance


def _linear(rest: str, spin: float, yaw: float) -> NDArray[np.float64]:
    """Return the rotation of a way to rest; spin is about the object's own axis."""
    if rest == "lying":
        return turn(2, yaw) @ turn(1, np.pi / 2) @ turn(2, spin)
    if rest == "flat":
        return turn(2, yaw) @ turn(0, -np.pi / 2)
    if rest == "leaning":
        return turn(2, yaw) @ turn(0, -0.26)
    return turn(2, yaw)


def _grounded(solid: Solid, linear: NDArray[np.float64], x: float, y: float) -> Pose:
    """Return the pose with the lowest point on the support."""
    lowest = float((solid.corners() @ linear.T)[:, 2].min())
    return Pose(linear, np.array([x, y, -lowest]))


def _posed(solid: Solid, wish: Wish, rng: Generator) -> tuple[Pose, float]:
    """Return the object's pose and the camera's heading that gives the wanted azimuth."""
    heading, azimuth = wish.framing.heading_deg, wish.azimuth_deg
    if wish.rest in ("lying", "flat"):
        spin, yaw = np.radians(azimuth), rng.uniform(-np.pi, np.pi)
        if wish.rest == "flat":
            yaw = rng.normal(0, 0.5)
        return _grounded(solid, _linear(wish.rest, spin, float(yaw)), 0, 0), heading
    if wish.rest == "leaning":
        return _grounded(solid, _linear("leaning", 0, 0), 0, 0), float(np.clip(azimuth, -60, 60))
    yaw = np.radians(heading - azimuth)
    return _grounded(solid, _linear("upright", 0, float(yaw)), 0, 0), heading


def _radius(solid: Solid, pose: Pose) -> float:
    """Return half the diagonal of the footprint, a little less for round ones."""
    corners = pose.place(solid.corners())
    return float(np.linalg.norm(corners.max(0)[:2] - corners.min(0)[:2]) / 2 * 0.92)


def _scaled(family: str, main: str, rng: Generator) -> NDArray[np.float64]:
    """Return rotation times scale of another object, its size true to life within limits."""
    ratio = HEIGHTS_CM[family] / HEIGHTS_CM[main] * rng.uniform(0.85, 1.15)
    usual, *rare = (rest for rest in RESTS[family] if rest != "leaning")
    rest = str(rng.choice(rare)) if rare and rng.random() < 0.25 else usual
    spin, yaw = rng.uniform(-np.pi, np.pi, 2)
    if rng.random() < 0.5:
        yaw = rng.normal(0, 0.5)
    return _linear(rest, float(spin), float(yaw)) * float(np.clip(ratio, 0.4, 2.2))


@dataclass(frozen=True, eq=False, slots=True)
class _Taken:
    """A footprint that is taken: middle and radius."""

    spot: NDArray[np.float64]
    radius: float


class _Floor:
    """Finds free spots on the support."""

    def __init__(self, room: Room, camera: Camera, radius: float, framing: Framing) -> None:
        self._room = room
        self._to_camera = direction(framing.heading_deg, 0.0)[:2]
        self._right = np.array([-self._to_camera[1], self._to_camera[0]])
        self._reach = float(np.linalg.norm(camera.origin[:2]))
        self._own = radius
        self._wide = self._reach * np.tan(np.radians(framing.fov_deg / 2)) * 1.15
        self._taken = [_Taken(np.zeros(2), radius)]

    def _fits(self, spot: NDArray[np.float64], radius: float) -> bool:
        x0, y0, x1, y1 = self._room.bounds
        inside = x0 + radius <= spot[0] <= x1 - radius and y0 <= spot[1] <= y1 - radius
        return inside and all(
            np.linalg.norm(spot - other.spot) >= radius + other.radius for other in self._taken
        )

    def _in_sight_line(self, spot: NDArray[np.float64], radius: float) -> bool:
        ahead, aside = float(spot @ self._to_camera), abs(float(spot @ self._right))
        near = ahead > self._reach * 0.55
        return near or (ahead > 0 and aside < 0.8 * (self._own + radius))

    def take(self, radius: float, rng: Generator) -> NDArray[np.float64] | None:
        """Return a free spot beside or behind the object, or None."""
        for _ in range(40):
            ahead = -rng.uniform(-0.8, 2.4) * max(1.0, self._wide * 0.7)
            seen = self._wide * (1 - 0.4 * ahead / self._reach) + 0.5 * radius
            aside = rng.uniform(-1, 1) * max(seen, self._own + radius + 0.2)
            spot = ahead * self._to_camera + aside * self._right
            if self._fits(spot, radius) and not self._in_sight_line(spot, radius):
                self._taken.append(_Taken(spot, radius))
                return spot
        return None

    def half_width(self, corners: NDArray[np.floating]) -> float:
        """Return half the width of a thing as the camera sees it."""
        aside = corners[:, :2] @ self._right
        return float(np.ptp(aside)) / 2

    def block(
        self, radius: float, halves: tuple[float, float], share: float, rng: Generator
    ) -> NDArray[np.float64] | None:
        """Return a spot before the object that hides about `share` of its width, or None.

        Args:
            radius: of the footprint of what stands before it.
            halves: half widths of the object and of what stands before it.
            share: in [0, 1].
            rng: source of randomness.
        """
        own, other = halves
        for attempt in range(10):
            ahead = self._own + radius * rng.uniform(1.01, 1.2) + 0.03 * attempt
            shrink = max(0.2, 1 - ahead / self._reach)
            aside = float(rng.choice([-1, 1])) * (own * (1 - 2 * share) * shrink + other)
            spot = ahead * self._to_camera + aside * self._right
            if ahead < self._reach * 0.72 and self._fits(spot, radius):
                self._taken.append(_Taken(spot, radius))
                return spot
        return None


def _extras(
    floor: _Floor, own_half: float, wish: Wish, family: str,
    others: tuple[tuple[Solid, str], ...], rng: Generator,
) -> tuple[Extra, ...]:  # fmt: skip
    """Return the other objects; the first hides the object where that is wished."""
    placed: list[Extra] = []
    for number, (solid, name) in enumerate(others, start=1):
        blocks = number == 1 and wish.occlusion > 0
        linear = _scaled(name, family, rng)
        if blocks:
            size = float(np.clip(np.cbrt(np.linalg.det(linear)), 0.7, 1.1))
            linear = turn(2, float(rng.uniform(-np.pi, np.pi))) * size
        pose = _grounded(solid, linear, 0, 0)
        radius = _radius(solid, pose)
        halves = (own_half, floor.half_width(pose.place(solid.corners())))
        spot = (
            floor.block(radius, halves, wish.occlusion, rng) if blocks else floor.take(radius, rng)
        )
        if spot is not None:
            shift = pose.shift + np.array([spot[0], spot[1], 0.0])
            placed.append(Extra(number, solid, name, Pose(linear, shift)))
    return tuple(placed)


def lay_out(
    solid: Solid, family: str, wish: Wish, size_px: tuple[int, int],
    others: tuple[tuple[Solid, str], ...], pool_sizes: tuple[int, int],
) -> Layout:  # fmt: skip
    """Return the layout of a photograph.

    Args:
        solid: the object.
        family: its family.
        wish: what the photograph shall be like.
        size_px: width and height.
        others: other objects with their families, the occluder first.
        pool_sizes: how many support and wall bitmaps the renderer has.
    """
    rng = np.random.default_rng([wish.scene_seed, 89])
    pose, heading = _posed(solid, wish, rng)
    corners = pose.place(solid.corners())
    light = make_light(wish.light, wish.light_seed)
    clear = float(corners[:, 1].max()) + 0.01
    room = make_room(wish.room, wish.room_seed, pool_sizes, wish.light == "backlit", clear)
    limit = room.max_heading_deg
    if wish.rest != "leaning" and abs(heading) > limit:
        heading = float(np.clip(heading, -limit, limit))
        yaw = np.radians(heading - wish.azimuth_deg)
        if wish.rest == "upright":
            pose = _grounded(solid, _linear("upright", 0, float(yaw)), 0, 0)
            corners = pose.place(solid.corners())
    framing = Framing(
        heading, min(wish.framing.elevation_deg, room.max_elevation_deg), wish.framing.roll_deg,
        wish.framing.fov_deg, wish.framing.coverage, wish.framing.offset, wish.framing.whole,
    )  # fmt: skip
    camera = _above_support(corners, framing, size_px, room)
    floor = _Floor(room, camera, _radius(solid, pose), framing)
    half = floor.half_width(corners)
    extras = () if room.name == "backdrop" else _extras(floor, half, wish, family, others, rng)
    return Layout(solid, pose, extras, room, light, camera)


def _above_support(
    corners: NDArray[np.float64], framing: Framing, size_px: tuple[int, int], room: Room
) -> Camera:
    """Return the camera, raised until it looks from above the support."""
    camera = aim(corners, framing, size_px)
    for step in range(1, 6):
        if room.name == "backdrop" or camera.origin[2] > 0.12:
            break
        raised = Framing(
            framing.heading_deg, framing.elevation_deg + 4.0 * step, framing.roll_deg,
            framing.fov_deg, framing.coverage, (framing.offset[0], framing.offset[1] * 0.3),
            framing.whole,
        )  # fmt: skip
        camera = aim(corners, raised, size_px)
    return camera
