"""Grounds of label art: gradients, stripes, dots, waves, rays and their kin."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from assets.recipes.world.canvas import Canvas
from assets.recipes.world.palettes import Colour, mix


def gradient(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Blend from the first colour at the top to the second at the bottom."""
    share = np.linspace(0, 1, canvas.pixels.shape[0], dtype=np.float32)[:, None, None]
    if rng.random() < 0.3:
        share = np.abs(share - 0.5) * 2
    start, end = np.array(first, np.float32), np.array(second, np.float32)
    canvas.pixels[:] = (start + (end - start) * share).astype(np.uint8)


def stripes(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Draw straight stripes at one of four angles."""
    step = rng.uniform(0.06, 0.3)
    lean = float(rng.choice([0.0, 0.0, 0.7, -0.7]))
    canvas.pixels[:] = first
    width = step * rng.uniform(0.3, 0.7)
    for x in np.arange(-1.0, canvas.aspect + 1.0, step):
        corners = [[x, 0], [x + width, 0], [x + width + lean, 1], [x + lean, 1]]
        canvas.polygon(np.array(corners), second)


def dots(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Draw a staggered grid of discs."""
    step = rng.uniform(0.1, 0.24)
    radius = step * rng.uniform(0.18, 0.38)
    canvas.pixels[:] = first
    for row, y in enumerate(np.arange(0, 1 + step, step)):
        for x in np.arange(step / 2 * (row % 2), canvas.aspect + step, step):
            canvas.disc(x, y, radius, second)


def waves(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Draw stacked waves that darken downwards."""
    canvas.pixels[:] = first
    x = np.linspace(0, canvas.aspect, 60)
    start, rows = rng.uniform(0.2, 0.6), int(rng.integers(1, 5))
    swing, cycles = rng.uniform(0.02, 0.08), rng.integers(1, 6)
    for row in range(rows):
        level = start + row * (1 - start) / rows
        y = level + swing * np.sin(2 * np.pi * (cycles * x / canvas.aspect + 0.37 * row))
        line = np.stack([x, y], axis=1)
        floor = np.array([[canvas.aspect, 1.01], [0, 1.01]])
        canvas.polygon(np.concatenate([line, floor]), mix(second, first, 0.5 - 0.5 * row / rows))


def rays(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Draw a sunburst around a point on the front."""
    canvas.pixels[:] = first
    n, y = int(rng.integers(8, 20)), rng.uniform(0.3, 0.9)
    for centre in (
        (canvas.aspect / 2,) if canvas.aspect < 1.7 else (0.0, canvas.aspect / 2, canvas.aspect)
    ):
        for k in range(n):
            a, b = 2 * np.pi * k / n, 2 * np.pi * (k + 0.5) / n
            tip = [[centre, y]] + [[centre + 0.9 * np.sin(t), y - 0.9 * np.cos(t)] for t in (a, b)]
            canvas.polygon(np.array(tip), second)


def blocks(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Split the height into two or three plain fields."""
    canvas.pixels[:] = first
    cut = rng.uniform(0.3, 0.7)
    canvas.band(cut, 1.0, second)
    if rng.random() < 0.5:
        canvas.band(cut - 0.03, cut, mix(first, second, 0.5))


def checks(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Draw a chequered band or field."""
    canvas.pixels[:] = first
    step = 1.0 / int(rng.integers(4, 12))
    low = float(rng.choice([0.0, 0.0, 0.6]))
    for row, y in enumerate(np.arange(low, 1, step)):
        for x in np.arange(step * (row % 2), canvas.aspect, step * 2):
            canvas.rectangle(x, y, x + step, y + step, second)


def confetti(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Scatter small triangles and discs."""
    canvas.pixels[:] = first
    for _ in range(int(rng.integers(14, 40))):
        x, y, size = rng.uniform(0, canvas.aspect), rng.random(), rng.uniform(0.02, 0.07)
        turn = rng.uniform(0, 2 * np.pi) + np.array([0, 2.1, 4.2])
        colour = mix(second, first, rng.uniform(0, 0.5))
        canvas.polygon(np.stack([x + size * np.sin(turn), y - size * np.cos(turn)], 1), colour)


def plain(canvas: Canvas, first: Colour, second: Colour, rng: Generator) -> None:
    """Leave one colour, with a hem of the second at both ends."""
    canvas.pixels[:] = first
    hem = rng.uniform(0.0, 0.1)
    canvas.band(0, hem, second)
    canvas.band(1 - hem, 1, second)


PATTERNS = (plain, gradient, stripes, dots, waves, rays, blocks, checks, confetti, gradient, plain)
"""Every ground, addressed by its index."""
