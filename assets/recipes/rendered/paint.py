"""Paint for the families that only the renderer has: patches, stickers, faces and bands."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from assets.recipes.world import words
from assets.recipes.world.artwork import ArtSpec, palette_of
from assets.recipes.world.canvas import Canvas
from assets.recipes.world.icons import ICONS, PLAQUES
from assets.recipes.world.palettes import Colour, mix, readable_on
from assets.recipes.world.patterns import PATTERNS


def _ground(canvas: Canvas, spec: ArtSpec, colours: tuple[Colour, Colour], salt: int) -> None:
    rng = np.random.default_rng([spec.layout_seed, 31, salt])
    PATTERNS[int(rng.integers(len(PATTERNS)))](canvas, colours[0], colours[1], rng)


def patch(spec: ArtSpec, height: int, width: int, salt: int) -> NDArray[np.uint8]:
    """Return a piece of coloured ground that the layout and palette seeds decide."""
    palette = palette_of(spec)
    tones = [palette.base, palette.partner, palette.accent, palette.ink, palette.paper]
    rng = np.random.default_rng([spec.layout_seed, 29, salt])
    first, second = rng.permutation(5)[:2]
    canvas = Canvas(max(8, height), max(8, width), tones[first])
    if rng.random() < 0.55:
        _ground(canvas, spec, (tones[first], mix(tones[first], tones[second], 0.7)), salt)
    return canvas.pixels


def sticker(canvas: Canvas, spec: ArtSpec, seed: int, x: float, y: float, size: float) -> None:
    """Draw an emblem on a plaque, or a short word; lengths in canvas heights."""
    palette = palette_of(spec)
    rng = np.random.default_rng([seed, 37])
    ground = (palette.paper, palette.accent, palette.ink)[int(rng.integers(3))]
    shape = PLAQUES[int(rng.integers(len(PLAQUES)))]()
    canvas.polygon(shape * (size * 1.12) + [x, y], readable_on(ground, palette))
    canvas.polygon(shape * size + [x, y], ground)
    ink = readable_on(ground, palette)
    if rng.random() < 0.5:
        canvas.polygon(ICONS[int(rng.integers(len(ICONS)))]() * size * 0.62 + [x, y], ink)
        return
    text = words.pick(rng, words.BADGES) if rng.random() < 0.5 else str(rng.integers(2, 99))
    canvas.lettering(text, (x, y), (size * 1.25, size * 0.8), ink, (2, 0.0))


def face(canvas: Canvas, spec: ArtSpec, x: float, y: float, size: float) -> None:
    """Draw two eyes, a mouth and cheeks; lengths in canvas heights."""
    rng = np.random.default_rng([spec.layout_seed, 41])
    palette = palette_of(spec)
    gap, eye = size * rng.uniform(0.3, 0.5), size * rng.uniform(0.1, 0.2)
    for side in (-1.0, 1.0):
        canvas.disc(x + side * gap, y, eye * 1.5, (250, 250, 248))
        canvas.disc(x + side * gap, y + eye * 0.3, eye * 0.8, (24, 22, 30))
        canvas.disc(x + side * gap * 1.7, y + size * 0.42, eye, mix(palette.accent, (255, 150, 150),
                                                                  0.5))  # fmt: skip
    turn = np.linspace(0.15, np.pi - 0.15, 14)
    wide, deep = size * rng.uniform(0.25, 0.5), size * rng.uniform(0.1, 0.35)
    smile = np.stack([x + wide * np.cos(turn), y + size * 0.5 + deep * np.sin(turn)], axis=1)
    canvas.polygon(smile, (60, 20, 24))


def detail_spot(spec: ArtSpec, low: float, high: float) -> tuple[float, float]:
    """Return where the detail seed puts its sticker: shift along x and height y."""
    rng = np.random.default_rng([spec.detail_seed, 43])
    return float(rng.uniform(-0.09, 0.09)), float(rng.uniform(low, high))


def bands(spec: ArtSpec, height: int, width: int) -> Canvas:
    """Return stacked bands of patches whose borders the layout seed draws."""
    rng = np.random.default_rng([spec.layout_seed, 47])
    cuts = np.sort(rng.uniform(0.08, 0.92, int(rng.integers(2, 6))))
    canvas = Canvas(height, width, palette_of(spec).base)
    edges = np.round(np.concatenate([[0.0], cuts, [1.0]]) * height).astype(int)
    for k, (start, stop) in enumerate(pairwise(int(edge) for edge in edges)):
        if stop - start >= 2:
            canvas.pixels[start:stop] = patch(spec, stop - start, width, k)[: stop - start]
        if k % 2:
            canvas.pixels[start : start + max(1, height // 90)] = palette_of(spec).ink
    return canvas
