"""Compose one photograph: ground, shadow, clutter, the object, occluders, light and camera."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.backgrounds import Background
from assets.recipes.world.instances import Painted
from assets.recipes.world.scenery import Cutout, Scenery
from assets.recipes.world.sprites import Placement, Sprite, make_matrix, project, render
from assets.recipes.world.views import LIGHTS, Light, ViewSpec

EDGE_PX = 0.6
"""Softness of the object's outline (sigma)."""


@dataclass(frozen=True, eq=False, slots=True)
class View:
    """A photograph with all that is known about it. Boxes are half-open pixels."""

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    box: tuple[int, int, int, int]
    coverage: float
    occluded: float
    clutter: int
    placement: Placement
    painted: Painted

    def locate(self, uv: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return pixel points (N, 2) of label points (N, 2) and which of them are in sight."""
        points, facing = project(self.painted, self.placement, uv)
        height, width = self.mask.shape
        column = np.clip(points[:, 0].astype(int), 0, width - 1)
        row = np.clip(points[:, 1].astype(int), 0, height - 1)
        inside = np.all((points >= 0) & (points < [width, height]), axis=1)
        return points, inside & (facing > 0.25) & self.mask[row, column]


def _place(painted: Painted, spec: ViewSpec) -> Placement:
    """Choose the scale that gives the wanted coverage and keep the object within the frame."""
    width, height = spec.width_px, spec.height_px
    half_w, half_h = painted.model.shape.extent(spec.pose)
    scale = np.sqrt(spec.coverage * width * height / (half_w * half_h * 4 * 0.85))
    angle = np.radians(spec.roll_deg)
    reach_x = half_w * abs(np.cos(angle)) + half_h * abs(np.sin(angle))
    reach_y = half_w * abs(np.sin(angle)) + half_h * abs(np.cos(angle))
    if not spec.close:
        scale = min(scale, 0.49 * width / reach_x, 0.49 * height / reach_y)
    margin_x = min(reach_x * scale * 0.9, width / 2)
    margin_y = min(reach_y * scale * 0.9, height / 2)
    x = np.clip(spec.centre[0] * width, margin_x, width - margin_x)
    y = np.clip(spec.centre[1] * height, margin_y, height - margin_y)
    matrix = make_matrix(float(scale), (float(x), float(y)), spec.roll_deg, spec.tilt)
    return Placement(spec.pose, matrix, spec.light, spec.light_angle)


def _paste(canvas: NDArray[np.float32], rgb: NDArray, alpha: NDArray, x0: int, y0: int) -> None:
    left, top = max(0, x0), max(0, y0)
    right = min(canvas.shape[1], x0 + alpha.shape[1])
    bottom = min(canvas.shape[0], y0 + alpha.shape[0])
    if right <= left or bottom <= top:
        return
    cut = (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
    target = canvas[top:bottom, left:right]
    share = alpha[cut][..., None] if canvas.ndim == 3 else alpha[cut]
    target += (rgb[cut] - target) * share


def _cast_shadow(canvas: NDArray[np.float32], sprite: Sprite, spec: ViewSpec, light: Light) -> None:
    """Darken the ground beside the object: a moved, blurred copy of its mask."""
    height, width = canvas.shape[:2]
    quarter = (width // 4, height // 4)
    mask = np.zeros((height, width), dtype=np.float32)
    lean = -np.sin(spec.light_angle)
    tall, wide = sprite.alpha.shape
    dx, dy = int(lean * 0.12 * wide), int(0.05 * tall)
    _paste(mask, np.ones_like(sprite.alpha), sprite.alpha, sprite.x0 + dx, sprite.y0 + dy)
    small = cv2.resize(mask, quarter, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), max(0.6, (1.1 - light.shadow) * 0.02 * width))
    shade = 1 - light.shadow * 0.8 * cv2.resize(small, (width, height))
    canvas *= shade[..., None]


def _ground(background: Background, spec: ViewSpec, rng: Generator) -> NDArray[np.float32]:
    width, height = spec.width_px, spec.height_px
    picture = background.pixels[:, ::-1] if rng.random() < 0.5 else background.pixels
    size = picture.shape[0]
    share = rng.uniform(0.75, 1.0)
    side = (
        min(size, size * share * min(1.0, width / height)),
        min(size, size * share * min(1.0, height / width)),
    )
    x = int(rng.uniform(0, size - side[0]))
    y = int(rng.uniform(0, size - side[1]))
    crop = picture[y : y + int(side[1]), x : x + int(side[0])]
    return cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _scatter(
    canvas: NDArray[np.float32], spec: ViewSpec, sprite: Sprite, scenery: Scenery, rng: Generator
) -> int:
    """Paste other objects behind the object, most of each beside it; return how many."""
    height, width = canvas.shape[:2]
    middle = np.array(
        [sprite.x0 + sprite.alpha.shape[1] / 2, sprite.y0 + sprite.alpha.shape[0] / 2]
    )
    foot = sprite.y0 + sprite.alpha.shape[0]
    placed = []
    for _ in range(spec.clutter):
        cutout = scenery.cutout(rng)
        size = float(np.sqrt(width * height) * rng.uniform(0.18, 0.42))
        options = rng.uniform([0.02, 0.1], [0.98, 0.95], (5, 2)) * [width, height]
        spot = options[np.argmax(np.abs(options - middle) @ [1.0, 0.5])]
        turn = float(rng.normal(0, 3) if spec.upright else rng.uniform(-180, 180))
        if spec.upright:
            spot[1] = foot - size * 0.45 - rng.uniform(0.0, 0.16) * height
        placed.append((float(spot[1]), (float(spot[0]), float(spot[1])), cutout, size, turn))
    for _, spot, cutout, size, turn in sorted(placed, key=lambda item: item[0]):
        _paste_cutout(canvas, None, cutout, (size, turn, spot))
    return len(placed)


def _paste_cutout(
    canvas: NDArray[np.float32] | None,
    cover: NDArray[np.float32] | None,
    cutout: Cutout,
    pose: tuple[float, float, tuple[float, float]],
) -> None:
    """Paste a cut-out of a size (px), turn (degrees) and centre, and mark what it covers."""
    size, turn, spot = pose
    scale = size / max(cutout.alpha.shape)
    side = int(np.ceil(size * 1.45)) + 2
    matrix = cv2.getRotationMatrix2D(
        (cutout.alpha.shape[1] / 2, cutout.alpha.shape[0] / 2), turn, scale
    )
    matrix[:, 2] += [side / 2 - cutout.alpha.shape[1] / 2, side / 2 - cutout.alpha.shape[0] / 2]
    rgba = cv2.warpAffine(cutout.rgba, matrix, (side, side), flags=cv2.INTER_AREA)
    alpha = rgba[..., 3].astype(np.float32) / 255
    x0, y0 = round(spot[0] - side / 2), round(spot[1] - side / 2)
    if canvas is not None:
        _paste(canvas, rgba[..., :3].astype(np.float32), alpha, x0, y0)
    if cover is not None:
        _paste(cover, np.zeros_like(alpha), alpha, x0, y0)


def _occlude(
    canvas: NDArray[np.float32], cover: NDArray[np.float32], sprite: Sprite, spec: ViewSpec,
    scenery: Scenery, rng: Generator,
) -> None:  # fmt: skip
    """Push one cut-out in from a side until it hides about the wanted share."""
    tall, wide = sprite.alpha.shape
    angle = (
        rng.uniform(0, 2 * np.pi) if not spec.upright else float(rng.choice([0.3, 2.8, 0.0, 3.1]))
    )
    size = float(max(tall, wide) * rng.uniform(0.6, 1.0))
    cutout, turn = scenery.cutout(rng), float(rng.normal(0, 20))
    centre = np.array([sprite.x0 + wide / 2, sprite.y0 + tall / 2])
    out = np.array([np.cos(angle), np.sin(angle)]) * [
        wide / 2 + size * 0.45,
        tall / 2 + size * 0.45,
    ]
    whole = float(cover.sum())
    for share in (0.75, 0.65, 0.55, 0.45, 0.35, 0.25, 0.15):
        spot = centre + out * share
        trial = cover.copy()
        pose = (size, turn, (float(spot[0]), float(spot[1])))
        _paste_cutout(None, trial, cutout, pose)
        if 1 - float(trial.sum()) / whole >= spec.occlusion or share == 0.15:
            _paste_cutout(canvas, cover, cutout, pose)
            return


def _camera(canvas: NDArray[np.float32], spec: ViewSpec, rng: Generator) -> NDArray[np.uint8]:
    light = LIGHTS[spec.light]
    size = (spec.width_px, spec.height_px)
    across = np.linspace(-1, 1, size[0], dtype=np.float32)
    fall = 1 + 0.22 * light.shading * np.sin(spec.light_angle) * across
    gains = np.array(light.gains, dtype=np.float32) * np.float32(light.exposure)
    picture = canvas * fall[None, :, None] * gains
    if spec.blur * size[0] > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), spec.blur * size[0])
    if spec.noise:
        grain = rng.standard_normal((size[1], size[0]), dtype=np.float32)
        picture = picture + grain[..., None] * np.float32(spec.noise * 255)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    columns, rows = np.flatnonzero(mask.any(0)), np.flatnonzero(mask.any(1))
    if not len(columns):
        return (0, 0, 1, 1)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def compose(painted: Painted, spec: ViewSpec, scenery: Scenery) -> View:
    """Compose the photograph; the same arguments give the same bytes."""
    rng = np.random.default_rng([spec.scenery_seed, 13])
    frame = (spec.width_px, spec.height_px)
    placement = _place(painted, spec)
    sprite = render(painted, placement, frame)
    canvas = _ground(scenery.background(rng, spec.upright), spec, rng)
    clutter = _scatter(canvas, spec, sprite, scenery, rng)
    _cast_shadow(canvas, sprite, spec, LIGHTS[spec.light])
    soft = cv2.GaussianBlur(sprite.alpha, (0, 0), EDGE_PX)
    _paste(canvas, sprite.rgb, soft, sprite.x0, sprite.y0)
    cover = np.zeros(canvas.shape[:2], dtype=np.float32)
    _paste(cover, np.ones_like(sprite.alpha), sprite.alpha, sprite.x0, sprite.y0)
    whole = float(cover.sum())
    if spec.occlusion:
        _occlude(canvas, cover, sprite, spec, scenery, rng)
        clutter += 1
    mask = cover >= 0.5
    occluded = 1 - float(cover.sum()) / max(whole, 1.0)
    image = _camera(canvas, spec, rng)
    return View(image, mask, _box(mask), float(mask.mean()), occluded, clutter, placement, painted)
