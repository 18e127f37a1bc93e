"""What decides one photograph: pose, place, size, light, clutter, occlusion and camera faults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from assets.recipes.world.shapes import Pose


@dataclass(frozen=True, slots=True)
class Light:
    """A light: colour gains, brightness, contrast of shading, and hardness of the shadow."""

    gains: tuple[float, float, float]
    exposure: float
    shading: float
    shadow: float


LIGHTS: dict[str, Light] = {
    "soft": Light((1.0, 1.0, 1.0), 1.0, 0.35, 0.35),
    "daylight": Light((0.97, 1.0, 1.04), 1.05, 0.5, 0.5),
    "warm": Light((1.1, 0.99, 0.8), 1.0, 0.5, 0.5),
    "cold": Light((0.86, 0.98, 1.12), 0.97, 0.45, 0.45),
    "hard": Light((1.03, 1.01, 0.97), 1.1, 0.85, 0.75),
    "dim": Light((1.02, 0.96, 0.88), 0.6, 0.5, 0.4),
}
"""Every light by the word that the manifest uses."""


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """All numbers of one photograph. Lengths are shares of the frame's sides.

    A `close` view may cut the object off at the frame; the others keep all of it in.
    """

    width_px: int
    height_px: int
    pose: Pose
    roll_deg: float
    coverage: float
    centre: tuple[float, float]
    tilt: tuple[float, float]
    light: str
    light_angle: float
    upright: bool
    scenery_seed: int
    clutter: int
    occlusion: float
    blur: float
    noise: float
    close: bool = False


def _roll(rng: Generator, difficulty: float) -> float:
    if rng.random() < 0.22 * difficulty:
        return float(rng.uniform(-180, 180))
    return float(np.clip(rng.normal(0, 3 + 18 * difficulty), -60, 60))


def sample_view(rng: Generator, difficulty: float, size_px: tuple[int, int]) -> ViewSpec:
    """Draw a photograph's numbers; difficulty 0 is clean, large and frontal, 1 is everything.

    Args:
        rng: source of randomness.
        difficulty: in [0, 1].
        size_px: width and height of the image.
    """
    hard = difficulty
    reach = np.radians(10 + 38 * hard)
    roll = _roll(rng, hard)
    coverage = float(rng.uniform(0.4 - 0.34 * hard, 0.52 - 0.17 * hard))
    shift = 0.06 + 0.16 * hard * float(np.clip(1.1 - 1.6 * coverage, 0.2, 1.0))
    names = list(LIGHTS)
    plain = ["soft", "daylight"]
    occluded = rng.random() < 0.55 * hard
    return ViewSpec(
        width_px=size_px[0],
        height_px=size_px[1],
        pose=Pose(float(rng.uniform(-reach, reach)), float(rng.uniform(0.05, 0.18 + 0.35 * hard))),
        roll_deg=roll,
        coverage=coverage,
        centre=(0.5 + float(rng.uniform(-shift, shift)), 0.5 + float(rng.uniform(-shift, shift))),
        tilt=(float(rng.normal(0, 0.03 + 0.12 * hard)), float(rng.normal(0, 0.03 + 0.1 * hard))),
        light=str(rng.choice(names if rng.random() < 0.25 + 0.75 * hard else plain)),
        light_angle=float(rng.uniform(-1.1, 1.1)),
        upright=abs(roll) < 9 and rng.random() < 0.75,
        scenery_seed=int(rng.integers(1 << 31)),
        clutter=int(rng.integers(0, 1 + round(7 * hard))) if rng.random() < 0.2 + 0.7 * hard else 0,
        occlusion=float(rng.uniform(0.08, 0.2 + 0.4 * hard)) if occluded else 0.0,
        blur=float(max(0.0, rng.normal(0.0, 0.004 * hard))),
        noise=float(rng.uniform(0, 0.006 + 0.02 * hard)),
    )
