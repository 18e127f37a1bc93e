"""Turned and painted figures: chess pieces, dolls, vases, lamps, skittles and gnomes."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from assets.recipes.rendered.meshes import WHOLE, inset, revolve, rounded
from assets.recipes.rendered.paint import bands, detail_spot, face, sticker
from assets.recipes.rendered.solids import Piece, Solid
from assets.recipes.world.artwork import ArtSpec, palette_of
from assets.recipes.world.palettes import mix

FIGURE_PROFILES: tuple[tuple[tuple[float, float], ...], ...] = (
    # pawn
    ((0, 1), (0.13, 0.97), (0.17, 0.86), (0.14, 0.74), (0.08, 0.69), (0.15, 0.66), (0.15, 0.63),
     (0.08, 0.6), (0.1, 0.4), (0.16, 0.22), (0.25, 0.16), (0.27, 0.1), (0.27, 0.0), (0, 0)),
    # nesting doll
    ((0, 1), (0.12, 0.97), (0.19, 0.88), (0.2, 0.78), (0.17, 0.69), (0.2, 0.6), (0.28, 0.45),
     (0.3, 0.3), (0.27, 0.12), (0.22, 0.0), (0, 0)),
    # vase
    ((0, 0.9), (0.1, 0.9), (0.12, 1.0), (0.15, 1.0), (0.1, 0.88), (0.1, 0.78), (0.2, 0.65),
     (0.3, 0.5), (0.28, 0.3), (0.16, 0.1), (0.13, 0.04), (0.17, 0.0), (0, 0)),
    # lamp
    ((0, 0.98), (0.17, 0.98), (0.17, 1.0), (0.36, 0.6), (0.34, 0.6), (0.06, 0.62), (0.05, 0.5),
     (0.15, 0.4), (0.18, 0.27), (0.1, 0.12), (0.2, 0.06), (0.22, 0.0), (0, 0)),
    # skittle
    ((0, 1), (0.08, 0.98), (0.12, 0.9), (0.1, 0.78), (0.07, 0.7), (0.12, 0.58), (0.19, 0.4),
     (0.21, 0.25), (0.17, 0.08), (0.13, 0.0), (0, 0)),
    # gnome with a pointed hat
    ((0, 1), (0.03, 0.97), (0.1, 0.78), (0.17, 0.64), (0.14, 0.62), (0.15, 0.55), (0.13, 0.48),
     (0.2, 0.42), (0.26, 0.25), (0.25, 0.08), (0.2, 0.0), (0, 0)),
)  # fmt: skip


def figure(spec: ArtSpec, size_px: int, rng: Generator) -> Solid:
    """Return a turned and painted figure: chess piece, doll, vase, lamp, skittle or gnome."""
    base = np.array(FIGURE_PROFILES[int(rng.integers(len(FIGURE_PROFILES)))])
    swell = 1 + 0.25 * np.sin(base[:, 1] * rng.uniform(3, 9) + rng.uniform(0, 6))
    profile = base * np.stack([swell * rng.uniform(0.85, 1.15), np.ones(len(base))], axis=1)
    canvas = bands(spec, size_px, int(size_px * 1.4))
    front = canvas.aspect * 0.25
    if np.random.default_rng([spec.layout_seed, 53]).random() < 0.7:
        skin = mix((236, 196, 160), palette_of(spec).paper, 0.4)
        canvas.disc(front, 0.26, 0.13, skin)
        face(canvas, spec, front, 0.23, 0.11)
    for share in (0.25, 0.75):
        sticker(canvas, spec, spec.layout_seed, canvas.aspect * share, 0.6, 0.12)
        x, y = detail_spot(spec, 0.42, 0.8)
        sticker(canvas, spec, spec.detail_seed, canvas.aspect * (share + x * 1.6), y, 0.055)
    mesh = revolve(rounded(profile, 3), inset(WHOLE, 0.004), segments=44)
    finish = ("matte", "satin", "gloss", "gloss")[int(rng.integers(4))]
    return Solid((Piece(mesh, finish),), canvas.pixels)
