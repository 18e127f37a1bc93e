"""The dozen families of objects: how each is shaped and where its label art goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.world.artwork import ArtSpec, draw_front, draw_side, draw_wrap, palette_of
from assets.recipes.world.palettes import Colour, mix
from assets.recipes.world.shapes import Face, Faceted, Rect, Shape, Turned

METAL: Colour = (196, 198, 204)


@dataclass(frozen=True, eq=False, slots=True)
class Model:
    """A shape with its painted atlas (H, W, 4) RGBA, and how glossy it is in [0, 1]."""

    shape: Shape
    atlas: NDArray[np.uint8]
    gloss: float


def _solid(height: int, width: int, colour: Colour) -> NDArray[np.uint8]:
    picture = np.empty((height, width, 3), dtype=np.uint8)
    picture[:] = colour
    return picture


def pack_faces(faces: list[NDArray[np.uint8]]) -> tuple[NDArray[np.uint8], list[Rect]]:
    """Lay RGB or RGBA faces side by side and return the RGBA atlas with their places."""
    height = max(face.shape[0] for face in faces)
    width = sum(face.shape[1] for face in faces)
    atlas = np.zeros((height, width, 4), dtype=np.uint8)
    rects, x = [], 0
    for face in faces:
        rows, columns, channels = face.shape
        atlas[:rows, x : x + columns, :channels] = face
        if channels == 3:
            atlas[:rows, x : x + columns, 3] = 255
        rects.append(Rect(x / width, 0.0, columns / width, rows / height))
        x += columns
    return atlas, rects


def _radii(knots: list[tuple[float, float]]) -> NDArray[np.float32]:
    at, radius = np.array(knots).T
    return np.interp(np.linspace(0, 1, 256), at, radius).astype(np.float32)


def _lid(size: int, colour: Colour, rings: int) -> NDArray[np.uint8]:
    lid = _solid(size, size, colour)
    for k in range(rings):
        shade = mix(colour, (60, 60, 66) if k % 2 == 0 else (250, 250, 250), 0.35)
        radius = int(size * (0.47 - 0.07 * k))
        cv2.circle(lid, (size // 2, size // 2), radius, shade, max(1, size // 40), cv2.LINE_AA)
    return lid


def _turned_model(
    radii: NDArray[np.float32],
    height: float,
    wrap: NDArray[np.uint8],
    cap: NDArray[np.uint8],
    handle: Colour | None,
    gloss: float,
) -> Model:
    faces = [wrap, cap] + ([_solid(12, 12, handle)] if handle else [])
    atlas, rects = pack_faces(faces)
    shape = Turned(radii, height, rects[0], rects[1], rects[2] if handle else None)
    return Model(shape, atlas, gloss)


def _wrap_with_label(
    spec: ArtSpec, size: int, proportions: tuple[float, float], ground: list[tuple[float, Colour]],
    label: tuple[float, float],
) -> NDArray[np.uint8]:  # fmt: skip
    """Paint material bands over the full height and the label between two heights."""
    height, radius = proportions
    rows = max(8, round(size * height))
    columns = max(16, round(size * 2 * np.pi * radius))
    wrap = _solid(rows, columns, ground[0][1])
    for start, colour in ground:
        wrap[round(start * rows) :] = colour
    top, bottom = round(label[0] * rows), round(label[1] * rows)
    wrap[top:bottom] = draw_wrap(spec, bottom - top, columns)
    return wrap


def can(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Metal can with rims."""
    r, h = rng.uniform(0.27, 0.4), rng.uniform(0.85, 1.0)
    radii = _radii([(0, r * 0.94), (0.03, r), (0.97, r), (1, r * 0.94)])
    wrap = _wrap_with_label(spec, size, (h, r), [(0, METAL), (0.94, METAL)], (0.05, 0.95))
    return _turned_model(radii, h, wrap, _lid(size // 3, METAL, 3), None, 0.6)


def bottle(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Bottle with a cap, a neck and a label on the belly."""
    r, neck, shoulder = rng.uniform(0.17, 0.25), rng.uniform(0.055, 0.085), rng.uniform(0.28, 0.42)
    colours = palette_of(spec)
    glass = mix(colours.ink, colours.partner, rng.uniform(0.1, 0.6))
    radii = _radii(
        [(0, neck * 1.2), (0.09, neck * 1.2), (0.1, neck), (shoulder - 0.16, neck),
         (shoulder - 0.05, r * 0.82), (shoulder, r), (0.98, r), (1, r * 0.93)]
    )  # fmt: skip
    ground = [(0.0, colours.accent), (0.095, glass)]
    wrap = _wrap_with_label(spec, size, (1.0, r), ground, (shoulder + 0.06, 0.92))
    return _turned_model(radii, 1.0, wrap, _lid(24, colours.accent, 1), None, 0.9)


def jar(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Wide jar with a screw lid and its contents in sight."""
    r, h = rng.uniform(0.32, 0.42), rng.uniform(0.8, 0.95)
    colours = palette_of(spec)
    lid, food = mix(colours.accent, METAL, 0.2), mix(colours.partner, colours.ink, 0.3)
    radii = _radii(
        [(0, r * 0.9), (0.19, r * 0.9), (0.2, r * 0.82), (0.28, r), (0.97, r), (1, r * 0.92)]
    )
    ground = [(0.0, lid), (0.12, mix(lid, (0, 0, 0), 0.25)), (0.2, food)]
    wrap = _wrap_with_label(spec, size, (h, r), ground, (0.36, 0.9))
    return _turned_model(radii, h, wrap, _lid(size // 3, lid, 2), None, 0.8)


def mug(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Mug with a handle; the art covers the wall."""
    r, h = rng.uniform(0.36, 0.44), rng.uniform(0.75, 0.9)
    colours = palette_of(spec)
    taper = rng.uniform(0.78, 1.0)
    radii = _radii([(0, r), (0.9, r * taper), (1, r * taper * 0.94)])
    wrap = _wrap_with_label(spec, size, (h, r), [(0, colours.paper)], (0.06, 0.95))
    inside = _lid(size // 3, mix(colours.ink, (120, 90, 70), 0.4), 1)
    return _turned_model(radii, h, wrap, inside, colours.accent, 0.7)


def tin(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Low round tin whose lid carries the art too."""
    r, h = rng.uniform(0.45, 0.55), rng.uniform(0.34, 0.5)
    radii = _radii([(0, r * 0.98), (0.04, r), (1, r)])
    wrap = _wrap_with_label(spec, size, (h, r), [(0, METAL)], (0.12, 0.97))
    lid = draw_front(spec, round(size * 0.9), round(size * 0.9))
    return _turned_model(radii, h, wrap, lid, None, 0.5)


def _cuboid(
    width: float, height: float, depth: float, faces: list[NDArray[np.uint8]], gloss: float
) -> Model:
    """Return a box from its front, right, left and top pictures."""
    atlas, rects = pack_faces(faces)
    w, h, d = width / 2, height / 2, depth / 2
    x, y, z = np.eye(3)
    placed = (
        Face(np.array([-w, -h, d]), x * width, y * height, rects[0]),
        Face(np.array([w, -h, d]), -z * depth, y * height, rects[1]),
        Face(np.array([-w, -h, -d]), z * depth, y * height, rects[2]),
        Face(np.array([-w, -h, -d]), x * width, z * depth, rects[3]),
    )
    return Model(Faceted(placed), atlas, gloss)


def _pixels(size: int, *lengths: float) -> list[int]:
    return [max(8, round(size * length)) for length in lengths]


def box(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Cereal box."""
    width, depth = rng.uniform(0.55, 0.8), rng.uniform(0.15, 0.35)
    h, w, d = _pixels(size, 1.0, width, depth)
    side = draw_side(spec, h, d)
    faces = [draw_front(spec, h, w), side, side, draw_front(spec, d, w)]
    return _cuboid(width, 1.0, depth, faces, 0.2)


def carton(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Drink carton with a gable and a fin."""
    width, roof = rng.uniform(0.36, 0.5), rng.uniform(0.16, 0.22)
    body = 0.94 - roof
    h, w, top = _pixels(size, body, width, roof)
    colours = palette_of(spec)
    front, side = draw_front(spec, h, w), draw_side(spec, h, w)
    gable, fin = _solid(top, w, colours.partner), _solid(8, w, colours.paper)
    atlas, rects = pack_faces([front, side, side, gable, fin])
    half, y0, ridge = width / 2, -0.5 + 0.06 + roof, -0.5 + 0.06
    x, y, z = np.eye(3)
    slope = np.array([0, ridge - y0, -half])
    placed = (
        Face(np.array([-half, y0, half]), x * width, y * body, rects[0]),
        Face(np.array([half, y0, half]), -z * width, y * body, rects[1]),
        Face(np.array([-half, y0, -half]), z * width, y * body, rects[2]),
        Face(np.array([-half, y0, half]) + slope, x * width, -slope, rects[3]),
        Face(np.array([-half, -0.5, 0]), x * width, y * 0.06, rects[4]),
    )
    return Model(Faceted(placed), atlas, 0.25)


def book(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Book with a spine and pale pages."""
    width, depth = rng.uniform(0.62, 0.8), rng.uniform(0.08, 0.16)
    h, w, d = _pixels(size, 1.0, width, depth)
    colours = palette_of(spec)
    pages = _solid(h, d, (238, 232, 216))
    pages[:, :: max(2, d // 6)] = (214, 206, 188)
    spine = _solid(h, d, mix(colours.base, colours.ink, 0.3))
    spine[h // 8 : h // 5] = colours.accent
    faces = [draw_front(spec, h, w), pages, spine, _solid(d, w, (236, 230, 214))]
    return _cuboid(width, 1.0, depth, faces, 0.15)


def block(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Toy cube: art in front and on top, a plain framed side."""
    edge = 0.72
    (n,) = _pixels(size, edge)
    colours = palette_of(spec)
    side = _solid(n, n, colours.partner)
    margin = n // 8
    side[margin:-margin, margin:-margin] = colours.accent
    side[margin * 2 : -margin * 2, margin * 2 : -margin * 2] = colours.partner
    front = draw_front(spec, n, n)
    cv2.rectangle(front, (0, 0), (n - 1, n - 1), colours.accent, max(1, n // 14))
    return _cuboid(edge, edge, edge * rng.uniform(0.9, 1.0), [front, side, side, front], 0.3)


def _sheet(art: NDArray[np.uint8], alpha: NDArray[np.uint8], bulge: float, gloss: float) -> Model:
    atlas, rects = pack_faces([np.dstack([art, alpha])])
    width = art.shape[1] / art.shape[0]
    x, y, _ = np.eye(3)
    face = Face(np.array([-width / 2, -0.5, 0]), x * width, y, rects[0], bulge)
    return Model(Faceted((face,)), atlas, gloss)


def _outline(height: int, width: int, half: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Return a mask whose half width per row is given, as a share of the full width."""
    columns = np.abs(np.arange(width) + 0.5 - width / 2) / width
    rows = np.interp(np.linspace(0, 1, height), np.linspace(0, 1, len(half)), half)
    return ((columns[None] <= rows[:, None]) * 255).astype(np.uint8)


def pouch(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Snack pouch with crimped ends."""
    h, w = _pixels(size, 1.0, rng.uniform(0.62, 0.8))
    art = draw_front(spec, h, w)
    crimp = max(2, h // 14)
    colours = palette_of(spec)
    for rows in (slice(0, crimp), slice(h - crimp, h)):
        art[rows] = mix(colours.accent, METAL, 0.5)
        art[rows, :: max(2, w // 24)] = mix(colours.ink, METAL, 0.5)
    waist = 0.5 - 0.05 * np.sin(np.linspace(0, np.pi, 24)) ** 0.5
    return _sheet(art, _outline(h, w, waist), 1.6, 0.8)


def tube(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Squeeze tube that stands on its cap."""
    h, w = _pixels(size, 1.0, rng.uniform(0.36, 0.46))
    colours = palette_of(spec)
    art = draw_front(spec, h, w)
    art[: h // 22] = mix(colours.partner, METAL, 0.6)
    foot = round(h * 0.84)
    art[foot:] = colours.accent
    art[foot:, :: max(2, w // 14)] = mix(colours.accent, (0, 0, 0), 0.25)
    half = np.array([0.5] + [0.49] * 6 + [0.47, 0.45, 0.43, 0.4, 0.37, 0.3, 0.3, 0.3])
    return _sheet(art, _outline(h, w, half), 1.8, 0.7)


def plate(spec: ArtSpec, size: int, rng: Generator) -> Model:
    """Decorated plate or round sign, seen from the front."""
    (n,) = _pixels(size, 1.0)
    colours = palette_of(spec)
    art = draw_front(spec, n, n)
    y, x = np.mgrid[:n, :n] - (n - 1) / 2
    distance, angle = np.hypot(x, y) / n, np.arctan2(y, x)
    art[distance > 0.36] = colours.paper
    beads = int(rng.integers(8, 28))
    art[(distance > 0.39) & (distance < 0.455) & (np.sin(angle * beads) > 0)] = colours.base
    art[(distance > 0.355) & (distance < 0.37)] = colours.accent
    art[distance > 0.475] = colours.accent
    return _sheet(art, ((distance <= 0.497) * 255).astype(np.uint8), 0.3, 0.6)


FAMILIES: dict[str, Callable[[ArtSpec, int, Generator], Model]] = {
    "can": can, "bottle": bottle, "jar": jar, "mug": mug, "tin": tin, "box": box,
    "carton": carton, "book": book, "block": block, "pouch": pouch, "tube": tube, "plate": plate,
}  # fmt: skip
"""Every family by name; the order is fixed."""
