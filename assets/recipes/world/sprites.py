"""Render one posed object as an RGBA cut-out, and know where its label points went."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.recipes.world.instances import Painted
from assets.recipes.world.shapes import Lookup, Pose
from assets.recipes.world.views import LIGHTS


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an object goes: pose, plane-to-pixel homography (3, 3) row by row, light."""

    pose: Pose
    matrix: tuple[float, ...]
    light: str
    light_angle: float

    def homography(self) -> NDArray[np.float64]:
        """Return the plane-to-pixel homography."""
        return np.array(self.matrix).reshape(3, 3)


@dataclass(frozen=True, eq=False, slots=True)
class Sprite:
    """A cut-out: RGB float32 (H, W, 3) in 0..255, alpha (H, W) in [0, 1], top-left pixel."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32]
    x0: int
    y0: int


def make_matrix(
    scale_px: float, centre_px: tuple[float, float], roll_deg: float, tilt: tuple[float, float]
) -> tuple[float, ...]:
    """Return the homography of the object plane: tilt, then roll, scale and shift."""
    angle = np.radians(roll_deg)
    cosine, sine = np.cos(angle) * scale_px, np.sin(angle) * scale_px
    rigid = np.array([[cosine, -sine, centre_px[0]], [sine, cosine, centre_px[1]], [0, 0, 1]])
    lean = np.array([[1, 0, 0], [0, 1, 0], [tilt[0], tilt[1], 1]])
    return tuple(float(value) for value in (rigid @ lean).ravel())


def apply(matrix: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Map points (N, 2) by a homography."""
    mapped = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
    return mapped[:, :2] / mapped[:, 2:]


def project(painted: Painted, place: Placement, uv: NDArray) -> tuple[NDArray, NDArray]:
    """Return pixel points (N, 2) of label points (N, 2) and how squarely each faces us."""
    points, seen = painted.model.shape.project(uv, place.pose)
    return apply(place.homography(), points), seen


def _window(
    painted: Painted, place: Placement, frame: tuple[int, int]
) -> tuple[int, int, int, int]:
    half_w, half_h = painted.model.shape.extent(place.pose)
    corners = np.array([[-half_w, -half_h], [half_w, -half_h], [half_w, half_h], [-half_w, half_h]])
    points = apply(place.homography(), corners)
    low, high = np.floor(points.min(0)) - 1, np.ceil(points.max(0)) + 2
    x0, y0 = max(0, int(low[0])), max(0, int(low[1]))
    return (
        x0,
        y0,
        max(x0 + 1, min(frame[0], int(high[0]))),
        max(y0 + 1, min(frame[1], int(high[1]))),
    )


def _shade(lookup: Lookup, place: Placement, gloss: float) -> tuple[NDArray, NDArray]:
    """Return the diffuse factor and the highlight (0..1) per point."""
    light = LIGHTS[place.light]
    towards = np.array([np.sin(place.light_angle), -0.45, 0.8], dtype=np.float32)
    towards = towards / np.linalg.norm(towards)
    facing = np.clip(lookup.normal.astype(np.float32) @ towards, 0, 1)
    diffuse = 1 - light.shading * 0.9 + light.shading * 1.05 * facing
    highlight = gloss * light.shading * 0.6 * facing**24
    return diffuse, highlight


def render(painted: Painted, place: Placement, frame: tuple[int, int]) -> Sprite:
    """Render the object into its window of a (width, height) frame."""
    x0, y0, x1, y1 = _window(painted, place, frame)
    inverse = np.linalg.inv(place.homography()).astype(np.float32)
    px, py = np.meshgrid(
        np.arange(x0, x1, dtype=np.float32) + 0.5, np.arange(y0, y1, dtype=np.float32) + 0.5
    )
    depth = inverse[2, 0] * px + inverse[2, 1] * py + inverse[2, 2]
    x = (inverse[0, 0] * px + inverse[0, 1] * py + inverse[0, 2]) / depth
    y = (inverse[1, 0] * px + inverse[1, 1] * py + inverse[1, 2]) / depth
    lookup = painted.model.shape.lookup(x, y, place.pose)
    atlas = painted.atlas(float(np.hypot(place.matrix[0], place.matrix[3])))
    rows, columns = atlas.shape[:2]
    map_x = (lookup.u * columns - 0.5).astype(np.float32)
    map_y = (lookup.v * rows - 0.5).astype(np.float32)
    colour = cv2.remap(atlas, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    diffuse, highlight = _shade(lookup, place, painted.model.gloss)
    rgb = colour[..., :3].astype(np.float32) * diffuse[..., None].astype(np.float32)
    rgb += (255 - np.minimum(rgb, 255)) * highlight[..., None].astype(np.float32)
    alpha = (lookup.hit & (colour[..., 3] > 127)).astype(np.float32)
    return Sprite(rgb, alpha, x0, y0)
