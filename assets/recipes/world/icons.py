"""Emblems as polygons in the unit disc."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Points: TypeAlias = NDArray[np.float64]


def _ring(n: int) -> NDArray[np.float64]:
    return np.linspace(0, 2 * np.pi, n, endpoint=False)


def _polar(angle: Points, radius: Points) -> Points:
    return np.stack([np.sin(angle) * radius, -np.cos(angle) * radius], axis=1)


def star(points: int, inner: float) -> Points:
    """Return a star with the given number of points."""
    angle = _ring(points * 2)
    return _polar(angle, np.where(np.arange(points * 2) % 2 == 0, 1.0, inner))


def flower(petals: int, depth: float) -> Points:
    """Return a rosette of petals."""
    angle = _ring(90)
    return _polar(angle, 1 - depth * (0.5 + 0.5 * np.cos(petals * angle)))


def drop() -> Points:
    """Return a drop of water."""
    angle = _ring(60)
    x = np.sin(angle) * (0.5 - 0.5 * np.cos(angle)) * 0.95
    return np.stack([x, -np.cos(angle)], axis=1)


def leaf() -> Points:
    """Return a pointed leaf."""
    along = np.linspace(-1, 1, 30)
    half = 0.48 * (1 - along**2) ** 0.8
    right = np.stack([half + 0.25 * along, along], axis=1)
    left = np.stack([-half + 0.25 * along, along], axis=1)
    return np.concatenate([right, left[::-1]])


def heart() -> Points:
    """Return a heart."""
    a = _ring(60)
    y = -(13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)) / 16
    return np.stack([np.sin(a) ** 3, y], axis=1)


def mountain() -> Points:
    """Return a range of three peaks."""
    return np.array(
        [[-1, 0.7], [-0.55, -0.1], [-0.35, 0.15], [0.1, -0.85], [0.5, 0.0], [0.65, -0.2], [1, 0.7]]
    )


def fish() -> Points:
    """Return a fish that looks to the left."""
    along = np.linspace(-1, 0.55, 30)
    half = 0.5 * np.sqrt(np.clip(1 - ((along + 0.2) / 0.8) ** 2, 0, 1)) + 0.04
    top = np.stack([along, -half], axis=1)
    low = np.stack([along, half], axis=1)[::-1]
    return np.concatenate([top, [[1, -0.55], [0.8, 0], [1, 0.55]], low])


def crown() -> Points:
    """Return a crown with three points."""
    return np.array(
        [[-0.9, 0.6], [-1, -0.5], [-0.45, 0.05], [0, -0.8], [0.45, 0.05], [1, -0.5], [0.9, 0.6]]
    )


def bolt() -> Points:
    """Return a lightning bolt."""
    return np.array([[0.2, -1], [-0.6, 0.2], [-0.05, 0.2], [-0.25, 1], [0.6, -0.25], [0.05, -0.25]])


def moon() -> Points:
    """Return a crescent."""
    outer = np.linspace(0.3, 2 * np.pi - 0.3, 40)
    first = np.stack([np.cos(outer), np.sin(outer)], axis=1)
    second = np.stack([0.45 + 0.72 * np.cos(outer), 0.72 * np.sin(outer)], axis=1)[::-1]
    return np.concatenate([first, second])


def house() -> Points:
    """Return a house with a gable."""
    return np.array([[-0.8, 0.8], [-0.8, -0.1], [0, -0.9], [0.8, -0.1], [0.8, 0.8]])


def cup() -> Points:
    """Return a goblet."""
    return np.array(
        [[-0.7, -0.8], [0.7, -0.8], [0.45, 0.1], [0.1, 0.3], [0.1, 0.7], [0.5, 0.85], [-0.5, 0.85],
         [-0.1, 0.7], [-0.1, 0.3], [-0.45, 0.1]]
    )  # fmt: skip


def tree() -> Points:
    """Return a fir."""
    return np.array(
        [[0, -1], [0.5, -0.25], [0.25, -0.25], [0.75, 0.45], [0.12, 0.45], [0.12, 0.95],
         [-0.12, 0.95], [-0.12, 0.45], [-0.75, 0.45], [-0.25, -0.25], [-0.5, -0.25]]
    )  # fmt: skip


ICONS: tuple[Callable[[], Points], ...] = (
    drop, leaf, heart, mountain, fish, crown, bolt, moon, house, cup, tree,
    lambda: star(5, 0.42), lambda: star(8, 0.6), lambda: star(16, 0.78),
    lambda: flower(5, 0.55), lambda: flower(8, 0.4), lambda: flower(3, 0.6),
    lambda: star(3, 0.5), lambda: star(2, 0.45), lambda: star(6, 0.55),
)  # fmt: skip
"""Every emblem, addressed by its index."""
PLAQUES: tuple[Callable[[], Points], ...] = (
    lambda: _polar(_ring(60), np.ones(60)),
    lambda: _polar(_ring(6), np.ones(6)),
    lambda: flower(12, 0.12),
    lambda: star(24, 0.9),
    lambda: np.array([[-0.85, -0.85], [0.85, -0.85], [0.85, 0.3], [0, 1], [-0.85, 0.3]]),
    lambda: np.array([[-1, -0.7], [1, -0.7], [1, 0.7], [-1, 0.7]]),
    lambda: np.array([[0, -1], [1, 0], [0, 1], [-1, 0.0]]),
)
"""Grounds that an emblem may stand on."""
