"""Lights: a surrounding radiance picture with windows and lamps, and a sun where it is hard.

Room space: z up, the camera looks roughly to +y, lengths in object units.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

SKY_ROWS, SKY_COLUMNS = 32, 64
LIGHTS = ("soft", "daylight", "warm", "cold", "hard", "dim", "backlit")
"""Every light by the word that the manifest uses."""
Tint = tuple[float, float, float]


@dataclass(frozen=True, eq=False, slots=True)
class Light:
    """A light for one photograph.

    Attributes:
        name: one of LIGHTS.
        sky: (32, 64, 3) float32 radiance by direction; row 0 is up, column 0 is +y, a quarter
            of the columns on is +x.
        sun: direction towards the sun (3,) and its irradiance (3,), or None.
        key: how bright the photograph is meant to be; 1 is normal.
    """

    name: str
    sky: NDArray[np.float32]
    sun: tuple[NDArray[np.float64], NDArray[np.float64]] | None
    key: float


def _room_glow(rng: Generator, tint: Tint, level: float) -> NDArray[np.float32]:
    """Return ambient radiance: a paler ceiling, uneven walls and a darker floor."""
    coarse = rng.uniform(0.55, 1.2, (5, 10, 3)).astype(np.float32)
    coarse[:, -1] = coarse[:, 0]
    coarse = 0.6 * coarse.mean(axis=2, keepdims=True) + 0.4 * coarse
    sky = cv2.resize(coarse, (SKY_COLUMNS, SKY_ROWS), interpolation=cv2.INTER_LINEAR)
    height = np.linspace(1.35, 0.45, SKY_ROWS, dtype=np.float32)[:, None, None]
    return sky * height * np.array(tint, dtype=np.float32) * np.float32(level)


def _add_patch(
    sky: NDArray[np.float32], centre_deg: tuple[float, float], size_deg: tuple[float, float],
    radiance: NDArray[np.floating],
) -> None:  # fmt: skip
    """Add a rectangle of light at (azimuth from +y to +x, elevation) with soft edges."""
    row = np.linspace(90, -90, SKY_ROWS)[:, None]
    column = (np.arange(SKY_COLUMNS) + 0.5) / SKY_COLUMNS * 360
    away = np.abs((column - centre_deg[0] + 180) % 360 - 180)[None]
    inside = np.clip((size_deg[0] / 2 - away) / 6 + 0.5, 0, 1) * np.clip(
        (size_deg[1] / 2 - np.abs(row - centre_deg[1])) / 6 + 0.5, 0, 1
    )
    sky += (inside[..., None] * radiance).astype(np.float32)


def _tinted(rng: Generator, tint: Tint) -> NDArray[np.float64]:
    return np.array(tint) * rng.uniform(0.93, 1.07, 3)


def _soft(rng: Generator) -> Light:
    sky = _room_glow(rng, (1.0, 0.99, 0.97), 0.75)
    _add_patch(sky, (rng.uniform(0, 360), rng.uniform(55, 80)), (150, 60), _tinted(rng, (3, 3, 3)))
    side = rng.uniform(110, 250)
    _add_patch(sky, (side, rng.uniform(15, 40)), (60, 50), _tinted(rng, (2, 2, 2)))
    return Light("soft", sky, None, 1.0)


def _daylight(rng: Generator) -> Light:
    sky = _room_glow(rng, (0.95, 1.0, 1.05), 0.5)
    side = rng.choice([-1, 1]) * rng.uniform(50, 130)
    shine = _tinted(rng, (0.95, 1.0, 1.06)) * rng.uniform(9, 16)
    for shift in (-13, 13):
        _add_patch(sky, (side + shift, rng.uniform(22, 35)), (21, 42), shine)
    return Light("daylight", sky, None, 1.03)


def _warm(rng: Generator) -> Light:
    sky = _room_glow(rng, (1.05, 0.82, 0.58), 0.4)
    shine = _tinted(rng, (1.0, 0.72, 0.42)) * rng.uniform(28, 50)
    _add_patch(sky, (rng.uniform(60, 300), rng.uniform(35, 65)), (24, 20), shine)
    if rng.random() < 0.6:
        _add_patch(sky, (rng.uniform(0, 360), rng.uniform(30, 60)), (20, 18), shine * 0.6)
    return Light("warm", sky, None, 0.95)


def _cold(rng: Generator) -> Light:
    sky = _room_glow(rng, (0.78, 0.95, 1.14), 0.5)
    shine = _tinted(rng, (0.78, 0.95, 1.15)) * rng.uniform(5, 9)
    _add_patch(sky, (rng.uniform(40, 320), rng.uniform(35, 70)), (70, 34), shine)
    return Light("cold", sky, None, 0.97)


def _hard(rng: Generator) -> Light:
    sky = _room_glow(rng, (0.92, 0.98, 1.08), rng.uniform(0.3, 0.55))
    angle = np.radians(rng.choice([-1, 1]) * rng.uniform(40, 150))
    high = np.radians(rng.uniform(28, 62))
    towards = np.array([np.sin(angle) * np.cos(high), np.cos(angle) * np.cos(high), np.sin(high)])
    shine = _tinted(rng, (1.04, 0.97, 0.86)) * rng.uniform(2.6, 4.2)
    return Light("hard", sky, (towards, shine), 1.05)


def _dim(rng: Generator) -> Light:
    sky = _room_glow(rng, (0.95, 0.9, 0.88), 0.3)
    shine = _tinted(rng, (1.0, 0.86, 0.68)) * rng.uniform(8, 18)
    _add_patch(sky, (rng.uniform(0, 360), rng.uniform(25, 65)), (26, 24), shine)
    return Light("dim", sky, None, 0.5)


def _backlit(rng: Generator) -> Light:
    sky = _room_glow(rng, (0.97, 1.0, 1.03), 0.55)
    side = rng.uniform(-25, 25)
    shine = _tinted(rng, (0.97, 1.0, 1.05)) * rng.uniform(7, 12)
    _add_patch(sky, (side, rng.uniform(18, 40)), (rng.uniform(40, 80), 40), shine)
    return Light("backlit", sky, None, 0.8)


_MAKERS = {
    "soft": _soft, "daylight": _daylight, "warm": _warm, "cold": _cold, "hard": _hard, "dim": _dim,
    "backlit": _backlit,
}  # fmt: skip


def make_light(name: str, seed: int) -> Light:
    """Return a seeded light of a kind."""
    return _MAKERS[name](np.random.default_rng([seed, 79]))
