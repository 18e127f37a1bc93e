"""Cameras that give an object the wanted share of the frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Camera:
    """A camera in room space; `fov_deg` spans the shorter side of the frame."""

    origin: NDArray[np.float64]
    target: NDArray[np.float64]
    up: NDArray[np.float64]
    fov_deg: float
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Framing:
    """What a photographer decides.

    Attributes:
        heading_deg: 0 looks to +y from -y; positive walks to +x.
        elevation_deg: height of the camera above the object.
        roll_deg: turn of the frame about the line of sight.
        fov_deg: field of view across the shorter side.
        coverage: wanted share of the frame for the object's outline, in (0, 1).
        offset: wanted place of the object, relative to half the frame, in [-1, 1].
        whole: keep all of the object in the frame.
    """

    heading_deg: float
    elevation_deg: float
    roll_deg: float
    fov_deg: float
    coverage: float
    offset: tuple[float, float]
    whole: bool = True


def direction(heading_deg: float, elevation_deg: float) -> NDArray[np.float64]:
    """Return the unit vector from the object to the camera."""
    heading, high = np.radians(heading_deg), np.radians(elevation_deg)
    flat = np.cos(high)
    return np.array([np.sin(heading) * flat, -np.cos(heading) * flat, np.sin(high)])


def _axes(
    towards: NDArray[np.float64], roll_deg: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the frame's right and up in room space."""
    right = np.cross(-towards, [0.0, 0.0, 1.0])
    right /= max(float(np.linalg.norm(right)), 1e-6)
    up = np.cross(right, -towards)
    roll = np.radians(roll_deg)
    return right * np.cos(roll) + up * np.sin(roll), up * np.cos(roll) - right * np.sin(roll)


OUTLINE_SHARE = 0.72
"""Typical share of an object's outline in its bounding box; measured on the families."""


def aim(points: NDArray[np.floating], framing: Framing, size_px: tuple[int, int]) -> Camera:
    """Return the camera whose frame the points fill as wanted.

    Args:
        points: (N, 3) corners of the object in room space.
        framing: what the photographer decides.
        size_px: width and height of the frame.
    """
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    towards = direction(framing.heading_deg, framing.elevation_deg)
    right, up = _axes(towards, framing.roll_deg)
    local = np.asarray(points - middle, dtype=np.float64) @ np.stack([right, up, towards], axis=1)
    short = min(size_px)
    reach = np.tan(np.radians(framing.fov_deg / 2)) * np.array(size_px) / short
    distance = 2.0 / reach.min()
    low, high = -np.ones(2), np.ones(2)
    for _ in range(8):
        depth = np.maximum(distance - local[:, 2:], 0.15)
        seen = local[:, :2] / depth / reach
        low, high = seen.min(axis=0), seen.max(axis=0)
        share = float(np.prod(high - low)) / 4 * OUTLINE_SHARE
        grow = np.sqrt(share / framing.coverage)
        if framing.whole:
            grow = max(grow, float((high - low).max()) / 1.92)
        distance = max(distance * grow, float(local[:, 2].max()) + 0.25)
    room = np.maximum(0.98 - (high - low) / 2, 0.0)
    wanted = np.array(framing.offset)
    place = np.clip(wanted, -room, room) if framing.whole else wanted
    shift = (place - (low + high) / 2) * reach * distance
    origin = middle + towards * distance - right * shift[0] - up * shift[1]
    return Camera(origin, origin - towards, up, framing.fov_deg, size_px)
