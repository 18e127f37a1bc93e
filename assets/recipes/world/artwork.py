"""Draw the label art of an instance from three seeds: layout, palette and detail."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world import words
from assets.recipes.world.canvas import Canvas
from assets.recipes.world.icons import ICONS, PLAQUES
from assets.recipes.world.palettes import Colour, Palette, mix, readable_on, sample_palette
from assets.recipes.world.patterns import PATTERNS


@dataclass(frozen=True, slots=True)
class ArtSpec:
    """What decides a label: where things stand, in which colours, and the small print."""

    layout_seed: int
    palette_seed: int
    detail_seed: int


@dataclass(frozen=True, slots=True)
class Design:
    """The drawn decisions of a label, shared by all faces of one object."""

    palette: Palette
    brand: str
    product: str
    pattern: int
    icon: int
    plaque: int
    plan: int
    bold: tuple[int, float]
    pattern_seed: int


def palette_of(spec: ArtSpec) -> Palette:
    """Return the label's palette."""
    return sample_palette(np.random.default_rng([spec.palette_seed, 1]))


def design_of(spec: ArtSpec) -> Design:
    """Return the decisions that the layout seed makes."""
    rng = np.random.default_rng([spec.layout_seed, 2])
    return Design(
        palette=palette_of(spec),
        brand=words.brand(rng),
        product=words.pick(rng, words.FOODS),
        pattern=int(rng.integers(len(PATTERNS))),
        icon=int(rng.integers(len(ICONS))),
        plaque=int(rng.integers(len(PLAQUES))),
        plan=int(rng.integers(4)),
        bold=(int(rng.integers(0, 4)), float(rng.choice([0.0, 0.0, 0.25]))),
        pattern_seed=int(rng.integers(1 << 30)),
    )


def _emblem(canvas: Canvas, design: Design, x: float, y: float, size: float) -> None:
    colours = design.palette
    ground = colours.paper if design.plaque % 2 else colours.accent
    shape = PLAQUES[design.plaque]()
    canvas.polygon(shape * (size * 1.12) + [x, y], mix(ground, colours.ink, 0.35))
    canvas.polygon(shape * size + [x, y], ground)
    canvas.polygon(ICONS[design.icon]() * (size * 0.62) + [x, y], _contrast(ground, colours))


def _contrast(ground: Colour, colours: Palette) -> Colour:
    near = sum(abs(a - b) for a, b in zip(ground, colours.base, strict=True)) < 140
    return colours.ink if near else colours.base


def _brand(canvas: Canvas, design: Design, x: float, y: float, room: tuple[float, float]) -> None:
    colours = design.palette
    ribbon = colours.ink if design.plan % 2 else colours.partner
    if design.plan in (0, 3):
        half, high = room[0] * 0.54, room[1] * 0.72
        corners = [
            [x - half, y - high],
            [x + half, y - high],
            [x + half, y + high],
            [x - half, y + high],
        ]
        canvas.polygon(np.array(corners), ribbon)
        canvas.lettering(design.brand, (x, y), room, readable_on(ribbon, colours), design.bold)
        return
    shade = readable_on(colours.base, colours)
    other = colours.ink if shade == colours.paper else colours.paper
    canvas.lettering(design.brand, (x + 0.008, y + 0.008), room, other, design.bold)
    canvas.lettering(design.brand, (x, y), room, shade, design.bold)


def _front(canvas: Canvas, design: Design, x: float, room: float) -> None:
    plans = ((0.24, 0.62, 0.85), (0.68, 0.3, 0.12), (0.3, 0.68, 0.85), (0.56, 0.18, 0.86))
    icon_y, brand_y, text_y = plans[design.plan]
    size = min(0.2, room * 0.32)
    _emblem(canvas, design, x, icon_y, size)
    _brand(canvas, design, x, brand_y, (room * 0.88, 0.17))
    colour = readable_on(design.palette.base, design.palette)
    canvas.lettering(design.product, (x, text_y), (room * 0.7, 0.075), colour)


def _details(canvas: Canvas, design: Design, spec: ArtSpec, x: float, room: float) -> None:
    rng = np.random.default_rng([spec.detail_seed, 3])
    side = float(rng.choice([-1, 1]))
    y = rng.uniform(0.44, 0.72) if design.plan in (1, 3) else rng.uniform(0.1, 0.42)
    spot = x + side * room * 0.36
    colours = design.palette
    fill = (colours.accent, colours.paper, colours.partner)[int(rng.integers(3))]
    canvas.polygon(PLAQUES[int(rng.integers(4))]() * 0.095 + [spot, y], colours.ink)
    canvas.polygon(PLAQUES[int(rng.integers(4))]() * 0.085 + [spot, y], fill)
    text = words.pick(rng, words.BADGES)
    canvas.lettering(text, (spot, y), (0.125, 0.06), readable_on(fill, colours), (2, 0.0))
    line = words.pick(rng, words.SMALL)
    ground = readable_on(colours.base, colours)
    canvas.lettering(line, (x, 0.96), (room * 0.5, 0.04), ground)


def _grid_of_facts(canvas: Canvas, design: Design, x: float, rng: Generator) -> None:
    colours = design.palette
    canvas.rectangle(x - 0.17, 0.3, x + 0.17, 0.9, colours.paper)
    for row in range(6):
        y = 0.36 + row * 0.06
        canvas.rectangle(x - 0.14, y, x - 0.14 + 0.28 * rng.uniform(0.5, 1), y + 0.02, colours.ink)
    for k in range(12):
        left = x - 0.13 + k * 0.022
        canvas.rectangle(left, 0.74, left + rng.uniform(0.004, 0.014), 0.86, colours.ink)


def _ground(height: int, width: int, design: Design) -> Canvas:
    canvas = Canvas(height, width, design.palette.base)
    second = mix(design.palette.base, design.palette.partner, 0.75)
    rng = np.random.default_rng(design.pattern_seed)
    PATTERNS[design.pattern](canvas, design.palette.base, second, rng)
    return canvas


def draw_front(spec: ArtSpec, height: int, width: int) -> NDArray[np.uint8]:
    """Return front-panel art as (H, W, 3) RGB."""
    design = design_of(spec)
    canvas = _ground(height, width, design)
    room = min(canvas.aspect * 0.94, 1.25)
    _front(canvas, design, canvas.aspect / 2, room)
    _details(canvas, design, spec, canvas.aspect / 2, room)
    return canvas.pixels


def draw_side(spec: ArtSpec, height: int, width: int) -> NDArray[np.uint8]:
    """Return side-panel art: the ground, upright lettering and a table of facts."""
    design = design_of(spec)
    canvas = _ground(height, width, design)
    rng = np.random.default_rng([spec.layout_seed, 4])
    middle = canvas.aspect / 2
    _grid_of_facts(canvas, design, middle, rng)
    _brand(canvas, design, middle, 0.14, (canvas.aspect * 0.85, 0.14))
    return canvas.pixels


def draw_wrap(spec: ArtSpec, height: int, width: int) -> NDArray[np.uint8]:
    """Return art for a full turn: two fronts, and facts between them."""
    design = design_of(spec)
    canvas = _ground(height, width, design)
    room = min(canvas.aspect * 0.34, 1.2)
    rng = np.random.default_rng([spec.layout_seed, 4])
    _grid_of_facts(canvas, design, canvas.aspect * 0.02, rng)
    for share in (0.25, 0.75):
        _front(canvas, design, canvas.aspect * share, room)
        _details(canvas, design, spec, canvas.aspect * share, room)
    return canvas.pixels
