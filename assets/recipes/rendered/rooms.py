"""Rooms: the panels around the object, and where other objects may stand.

Room space: z up, the support lies at z = 0, the camera looks roughly to +y. Lengths are in
object units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

ROOMS = ("table", "counter", "floor", "shelf", "studio", "backdrop")
"""Every background by the word that the manifest uses."""


@dataclass(frozen=True, eq=False, slots=True)
class Panel:
    """A flat rectangle.

    Attributes:
        centre: (3,) its middle.
        right: (3,) half its width, from the middle to the right edge seen from the front.
        up: (3,) half its height.
        surface: index into the pool of its kind, or -1 for the plain tone.
        kind: pool of the surface: "support", "wall" or "view".
        repeats: how often the bitmap repeats along right and up.
        tone: linear reflectance that the bitmap is replaced by where surface is -1.
    """

    centre: NDArray[np.float64]
    right: NDArray[np.float64]
    up: NDArray[np.float64]
    surface: int
    kind: str
    repeats: tuple[float, float]
    tone: tuple[float, float, float] = (0.5, 0.5, 0.5)


@dataclass(frozen=True, eq=False, slots=True)
class Room:
    """Panels, and the rectangle (x0, y0, x1, y1) of the support that may be covered."""

    name: str
    panels: tuple[Panel, ...]
    bounds: tuple[float, float, float, float]
    max_elevation_deg: float
    max_heading_deg: float


def _vector(x: float, y: float, z: float) -> NDArray[np.float64]:
    return np.array([x, y, z], dtype=np.float64)


def _ground(
    half: tuple[float, float], middle: tuple[float, float, float], surface: int, repeat: float
) -> Panel:
    """Return a level panel seen from above."""
    return Panel(
        _vector(*middle), _vector(half[0], 0, 0), _vector(0, half[1], 0), surface, "support",
        (half[0] * repeat, half[1] * repeat),
    )  # fmt: skip


def _wall(y: float, low: float, high: float, half: float, surface: int, repeat: float) -> Panel:
    """Return an upright panel that faces -y."""
    tall = (high - low) / 2
    return Panel(
        _vector(0, y, (low + high) / 2), _vector(half, 0, 0), _vector(0, 0, tall), surface, "wall",
        (half * repeat, tall * repeat),
    )  # fmt: skip


def _picks(rng: Generator, sizes: tuple[int, int]) -> tuple[int, int]:
    return int(rng.integers(sizes[0])), int(rng.integers(sizes[1]))


def _view(far: float, sizes: tuple[int, int], rng: Generator) -> Panel:
    """Return a room out of focus, far behind."""
    half = (far + 4) * 0.75
    return Panel(
        _vector(0, far, half * rng.uniform(0.15, 0.4)), _vector(3 * half, 0, 0),
        _vector(0, 0, half), int(rng.integers(sizes[1])), "view", (3, 1),
    )  # fmt: skip


def _table(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    top, wall = _picks(rng, sizes)
    deep = clear + rng.uniform(1.2, 4.0)
    half = rng.uniform(3.0, 6.0)
    front = -9.0
    panels = [
        _ground((half, (deep - front) / 2), (0, (deep + front) / 2, 0), top, rng.uniform(0.12, 0.3))
    ]
    panels.append(_underside(half, front, deep))
    far = deep + rng.uniform(0.3, 6)
    if not open_back and rng.random() < 0.65:
        panels.append(_view(far + 4, sizes, rng))
    elif not open_back:
        panels.append(_wall(far, -8, 14, 26, wall, rng.uniform(0.06, 0.16)))
    return Room("table", tuple(panels), (-half + 0.4, -3, half - 0.4, deep - 0.4), 78, 40)


def _underside(half: float, front: float, deep: float) -> Panel:
    """Return a dark panel under the table top."""
    return Panel(
        _vector(0, (deep + front) / 2, -0.18), _vector(half, 0, 0),
        _vector(0, (deep - front) / 2, 0), -1, "support", (1, 1), (0.05, 0.045, 0.04),
    )  # fmt: skip


def _counter(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    top, wall = _picks(rng, sizes)
    back = clear + (0.02 if rng.random() < 0.35 else rng.uniform(0.1, 1.0))
    panels = [_ground((14, (back + 9) / 2), (0, (back - 9) / 2, 0), top, rng.uniform(0.12, 0.3))]
    if not open_back:
        panels.append(_wall(back, -0.5, 12, 14, wall, rng.uniform(0.1, 0.25)))
    return Room("counter", tuple(panels), (-6, -3, 6, back - 0.05), 75, 50)


def _floor(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    top, wall = _picks(rng, sizes)
    back = clear + rng.uniform(1.0, 7.0)
    panels = [_ground((20, 20), (0, 20 - 14 - 6 + 0.0, 0), top, rng.uniform(0.08, 0.2))]
    if not open_back:
        panels.append(_wall(back, 0, 14, 20, wall, rng.uniform(0.06, 0.15)))
        tone = (0.75, 0.74, 0.72) if rng.random() < 0.6 else (0.25, 0.17, 0.1)
        skirting = Panel(
            _vector(0, back - 0.05, 0.2), _vector(20, 0, 0), _vector(0, 0, 0.2), -1, "wall", (1, 1),
            tone,
        )  # fmt: skip
        panels.append(skirting)
        back -= 0.06
    return Room("floor", tuple(panels), (-7, -4, 7, back), 82, 60)


def _shelf(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    top, wall = _picks(rng, sizes)
    half, tall = rng.uniform(1.6, 3.2), rng.uniform(1.35, 1.9)
    back, front = clear + rng.uniform(0.02, 0.35), -rng.uniform(0.6, 1.0)
    repeat, mid = rng.uniform(0.2, 0.5), (back + front) / 2
    panels: list[Panel] = []
    for z in (0.0, tall, -tall):
        level = _ground((half, (back - front) / 2), (0, mid, z), top, repeat)
        under = Panel(
            _vector(0, mid, z - 0.09), _vector(-half, 0, 0), _vector(0, (back - front) / 2, 0),
            top, "support", (1, 1),
        )  # fmt: skip
        lip = Panel(
            _vector(0, front, z - 0.045), _vector(half, 0, 0), _vector(0, 0, 0.045), top, "support",
            (half * repeat, 0.05),
        )  # fmt: skip
        panels += [level, under, lip]
    if not open_back:
        panels.append(_wall(back, -tall * 2, tall * 2, half + 4, wall, rng.uniform(0.1, 0.3)))
    for sign in (-1.0, 1.0):
        panels.append(
            Panel(_vector(sign * half, mid, 0), _vector(0, sign * (back - front) / 2, 0),
                  _vector(0, 0, tall), top, "support", (1, 2))
        )  # fmt: skip
    return Room("shelf", tuple(panels), (-half + 0.05, front, half - 0.05, back - 0.02), 24, 32)


def _studio(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    """Return a seamless sweep: level in front, a quarter circle, upright behind."""
    del sizes
    level = float(rng.choice([0.85, 0.75, 0.5, 0.2]))
    tint = rng.uniform(0.75, 1.0, 3) if rng.random() < 0.5 else np.ones(3)
    tone = (float(level * tint[0]), float(level * tint[1]), float(level * tint[2]))
    back, bend, steps = clear + rng.uniform(1.2, 3.0), 1.5, 10
    angle = np.linspace(0, np.pi / 2, steps + 1)
    y = np.concatenate([[-14.0], back + bend * np.sin(angle), [back + bend]])
    z = np.concatenate([[0.0], bend * (1 - np.cos(angle)), [14.0]])
    panels: list[Panel] = []
    for k in range(1 if open_back else len(y) - 1):
        middle = _vector(0, (y[k] + y[k + 1]) / 2, (z[k] + z[k + 1]) / 2)
        up = _vector(0, (y[k + 1] - y[k]) / 2, (z[k + 1] - z[k]) / 2)
        panels.append(Panel(middle, _vector(18, 0, 0), up, -1, "wall", (1, 1), tone))
    return Room("studio", tuple(panels), (-5, -3, 5, back - 0.2), 70, 20)


def _backdrop(rng: Generator, sizes: tuple[int, int], open_back: bool, clear: float) -> Room:
    """Return a view of a room out of focus, far behind."""
    view = _view(clear + rng.uniform(5, 9), sizes, rng)
    return Room("backdrop", () if open_back else (view,), (0, 0, 0, 0), 30, 25)


_MAKERS = {
    "table": _table, "counter": _counter, "floor": _floor, "shelf": _shelf, "studio": _studio,
    "backdrop": _backdrop,
}  # fmt: skip


def make_room(
    name: str, seed: int, pool_sizes: tuple[int, int], open_back: bool, clear: float
) -> Room:
    """Return a seeded room.

    Args:
        name: one of ROOMS.
        seed: decides surfaces and measures.
        pool_sizes: how many support and wall bitmaps there are.
        open_back: leave the wall behind out, for light from behind.
        clear: how far behind the origin the object reaches.
    """
    rng = np.random.default_rng([seed, 83])
    return _MAKERS[name](rng, pool_sizes, open_back, clear)
