"""The grounds and the cut-outs of other objects that photographs draw from."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.backgrounds import Background, make_background
from assets.recipes.world.instances import Instance, Painted
from assets.recipes.world.shapes import Pose
from assets.recipes.world.sprites import Placement, make_matrix, render
from assets.recipes.world.views import LIGHTS


@dataclass(frozen=True, eq=False, slots=True)
class Cutout:
    """An object cut out of its picture: (H, W, 4) uint8 RGBA."""

    rgba: NDArray[np.uint8]

    @property
    def alpha(self) -> NDArray[np.uint8]:
        """Return the alpha channel."""
        return self.rgba[..., 3]


@dataclass(frozen=True, eq=False, slots=True)
class Scenery:
    """Pools of upright scenes, surfaces seen from above, and cut-outs."""

    upright: tuple[Background, ...]
    flat: tuple[Background, ...]
    cutouts: tuple[Cutout, ...]

    def background(self, rng: Generator, upright: bool) -> Background:
        """Return a random ground of the wanted kind."""
        pool = self.upright if upright else self.flat
        return pool[int(rng.integers(len(pool)))]

    def cutout(self, rng: Generator) -> Cutout:
        """Return a random cut-out."""
        return self.cutouts[int(rng.integers(len(self.cutouts)))]


def cut_out(instance: Instance, size: int, seed: int) -> Cutout:
    """Render an instance alone, at about `size` pixels."""
    rng = np.random.default_rng([seed, 17])
    painted = Painted(instance, size)
    pose = Pose(float(rng.uniform(-0.7, 0.7)), float(rng.uniform(0.05, 0.4)))
    half = max(painted.model.shape.extent(pose))
    matrix = make_matrix(size / (2 * half), (size / 2, size / 2), 0.0, (0.0, 0.0))
    light = str(rng.choice(list(LIGHTS)))
    place = Placement(pose, matrix, light, float(rng.uniform(-1, 1)))
    sprite = render(painted, place, (size, size))
    rgb = np.clip(sprite.rgb, 0, 255).astype(np.uint8)
    alpha = cv2.GaussianBlur(sprite.alpha * 255, (0, 0), 0.6).astype(np.uint8)
    return Cutout(np.dstack([rgb, np.where(sprite.alpha > 0, np.maximum(alpha, 128), alpha)]))


def make_scenery(instances: tuple[Instance, ...], seed: int, size: int, n_grounds: int) -> Scenery:
    """Build the pools; cut-outs are one of each instance, about half the ground's size."""
    upright = tuple(make_background(seed + k, size, True) for k in range(n_grounds))
    flat = tuple(make_background(seed + n_grounds + k, size, False) for k in range(n_grounds))
    cutouts = tuple(cut_out(instance, size // 2, instance.seed) for instance in instances)
    return Scenery(upright, flat, cutouts)
