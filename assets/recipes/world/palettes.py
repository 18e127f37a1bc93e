"""Colour schemes that look designed: a base hue, its partner, an accent, ink and paper."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TypeAlias

from numpy.random import Generator

Colour: TypeAlias = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Palette:
    """Five RGB colours with fixed duties."""

    base: Colour
    partner: Colour
    accent: Colour
    ink: Colour
    paper: Colour


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Return 8-bit RGB of a hue in turns and saturation and value in [0, 1]."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, min(1.0, saturation), min(1.0, value))
    return int(red * 255), int(green * 255), int(blue * 255)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour that holds `share` of the second."""
    a, b, c = (int(x + (y - x) * share) for x, y in zip(first, second, strict=True))
    return a, b, c


def sample_palette(rng: Generator) -> Palette:
    """Draw a palette whose hues stand in a classic relation (near, opposite or triad)."""
    hue = rng.random()
    step = float(rng.choice([0.06, 0.33, 0.5, 0.42]))
    base = from_hsv(hue, rng.uniform(0.45, 0.9), rng.uniform(0.5, 0.97))
    partner = from_hsv(hue + step, rng.uniform(0.3, 0.85), rng.uniform(0.55, 1.0))
    accent = from_hsv(
        hue + rng.choice([0.5, 0.15, -0.12]), rng.uniform(0.6, 0.9), rng.uniform(0.8, 1.0)
    )
    ink = from_hsv(hue + rng.uniform(-0.1, 0.1), rng.uniform(0.2, 0.9), rng.uniform(0.08, 0.3))
    paper = from_hsv(hue + 0.1, rng.uniform(0.02, 0.18), rng.uniform(0.9, 1.0))
    if rng.random() < 0.15:
        base = mix(base, (245, 242, 235), 0.85)
    return Palette(base, partner, accent, ink, paper)


def luminance(colour: Colour) -> float:
    """Return relative luminance in 0..255 by the Rec. 601 weights."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


def readable_on(ground: Colour, palette: Palette) -> Colour:
    """Return ink or paper, whichever stands out from the ground."""
    return palette.paper if luminance(ground) < 140 else palette.ink
