"""Turn the families of the painted world (cans, boxes, pouches, ...) into solids."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.flats import (
    book_mesh,
    carton_mesh,
    cuboid_mesh,
    plate_mesh,
    pouch_mesh,
    tube_mesh,
)
from assets.recipes.rendered.meshes import (
    Mesh,
    disc,
    inset,
    merge,
    revolve,
    rounded,
    sweep,
)
from assets.recipes.rendered.solids import Piece, Solid
from assets.recipes.world.artwork import ArtSpec
from assets.recipes.world.families import FAMILIES, Model
from assets.recipes.world.shapes import Faceted, Rect, Turned

RECESS = {"can": 0.035, "mug": 0.1}
"""How far the top lies below the rim, by family."""
METAL_ENDS = frozenset({"can", "tin"})


def _simple_profile(radii: NDArray[np.float32], height: float) -> NDArray[np.float64]:
    """Return (M, 2) radius and z with straight runs reduced to their ends."""
    z = np.linspace(height / 2, -height / 2, len(radii))
    line = np.stack([radii, z], axis=1).astype(np.float32)
    kept = cv2.approxPolyDP(line[:, None], 0.0025, False)[:, 0]
    return np.asarray(kept, dtype=np.float64)


def _level(profile: NDArray[np.floating], height: float) -> NDArray[np.float64]:
    return 0.5 - np.asarray(profile, dtype=np.float64)[:, 1] / height


def _label_band(family: str, shape: Turned) -> tuple[float, float]:
    """Return between which shares of the height the paper label runs."""
    if family == "bottle":
        shoulder = float(np.argmax(shape.radii >= shape.radii.max() * 0.995)) / len(shape.radii)
        return shoulder + 0.06, 0.92
    return {"can": (0.05, 0.95), "jar": (0.36, 0.9), "tin": (0.12, 0.97)}.get(family, (0.0, 1.0))


def _split(mesh: Mesh, band: tuple[float, float], rect: Rect) -> list[Mesh]:
    """Return the mesh's faces on the label and those off it."""
    middle = mesh.uv[mesh.faces].mean(axis=1)[:, 1]
    level = (middle - rect.y) / rect.height
    on_label = (level >= band[0]) & (level <= band[1])
    return [
        Mesh(mesh.positions, mesh.normals, mesh.uv, mesh.faces[chosen], mesh.part[chosen])
        for chosen in (on_label, ~on_label)
        if chosen.any()
    ]


def _with_cuts(
    profile: NDArray[np.float64], height: float, cuts: tuple[float, ...]
) -> NDArray[np.float64]:
    """Return the profile with extra points where the label starts and ends."""
    level = _level(profile, height)
    wanted = np.unique(np.concatenate([level, np.clip(cuts, 0, 1)]))
    radius = np.interp(wanted, level, profile[:, 0])
    return np.stack([radius, (0.5 - wanted) * height], axis=1)


def _top(shape: Turned, recess: float, rim: float) -> list[Mesh]:
    """Return the lid, sunk below the rim if wanted, and the inner wall."""
    z, cap = shape.height / 2, inset(shape.cap)
    if not recess:
        return [disc(rim, z, cap, True, 1)]
    wrap = inset(shape.wrap)
    edge = Rect(wrap.x, wrap.y, wrap.width, 0.0)
    wall = np.array([[rim * 0.93, z - recess], [rim * 0.93, z], [rim, z]])
    inner = revolve(wall, edge, None, part=3)
    return [inner, disc(rim * 0.935, z - recess, cap, True, 1)]


def _handle(shape: Turned, rect: Rect) -> Mesh:
    widest = float(shape.radii.max())
    angle = np.linspace(-0.56 * np.pi, 0.56 * np.pi, 20)
    x = widest * 0.93 + 0.19 * np.cos(angle)
    z = 0.26 * shape.height * np.sin(angle)
    return sweep(np.stack([x, np.zeros_like(x), z], axis=1), 0.045, inset(rect, 0.2), 2)


def _turned_solid(family: str, model: Model, shape: Turned, finishes: tuple[str, str]) -> Solid:
    band, wrap = _label_band(family, shape), inset(shape.wrap)
    profile = rounded(_simple_profile(shape.radii, shape.height), 2)
    profile = _with_cuts(profile, shape.height, band)
    side = revolve(profile, wrap, _level(profile, shape.height), 48)
    bottom_row = Rect(wrap.x, wrap.y + wrap.height * 0.995, wrap.width, 0.0)
    foot = disc(float(profile[-1, 0]), -shape.height / 2, bottom_row, False, 4)
    label, body = finishes
    if family in METAL_ENDS:
        body = "metal"
    parts = _split(side, band, wrap)
    pieces = [Piece(parts[0], label)] + [Piece(part, body) for part in parts[1:]]
    top = _top(shape, RECESS.get(family, 0.0), float(profile[0, 0]))
    lid = label if family in {"tin", "mug"} else body
    pieces.append(Piece(merge([*top, foot]), lid))
    if shape.handle:
        pieces.append(Piece(_handle(shape, shape.handle), label))
    return Solid(tuple(pieces), model.atlas[..., :3])


def _faceted_solid(family: str, model: Model, shape: Faceted, finish: str, rng: Generator) -> Solid:
    faces = shape.faces
    if family == "carton":
        mesh = carton_mesh(faces)
    elif family == "pouch":
        mesh = pouch_mesh(model, faces[0], rng)
    elif family == "tube":
        mesh = tube_mesh(model, faces[0])
    elif family == "plate":
        mesh = plate_mesh(faces[0])
    elif family == "book":
        mesh = book_mesh(faces)
    else:
        mesh = cuboid_mesh(faces, 0.05 if family == "block" else 0.025)
    return Solid((Piece(mesh, finish),), model.atlas[..., :3])


LOOKS = {
    "can": (("satin", "metal"), ("gloss", "metal"), ("foil", "metal")),
    "bottle": (("matte", "gloss"), ("satin", "gloss"), ("satin", "satin")),
    "jar": (("matte", "gloss"), ("satin", "gloss")),
    "mug": (("gloss", "gloss"), ("gloss", "gloss"), ("satin", "satin")),
    "tin": (("satin", "metal"), ("foil", "metal")),
    "box": (("matte", ""), ("satin", ""), ("gloss", "")),
    "carton": (("satin", ""), ("matte", "")),
    "book": (("matte", ""), ("satin", ""), ("gloss", "")),
    "block": (("matte", ""), ("satin", ""), ("gloss", "")),
    "pouch": (("foil", ""), ("satin", ""), ("gloss", "")),
    "tube": (("gloss", ""), ("satin", "")),
    "plate": (("gloss", ""),),
}
"""Finishes of label and body that a family may have."""


def container(family: str, art: ArtSpec, size_px: int, shape_seed: int) -> Solid:
    """Return a family of the painted world as a solid; siblings share shape and finish."""
    model = FAMILIES[family](art, size_px, np.random.default_rng([shape_seed, 5]))
    rng = np.random.default_rng([shape_seed, 23])
    finishes = LOOKS[family][int(rng.integers(len(LOOKS[family])))]
    if isinstance(model.shape, Turned):
        return _turned_solid(family, model, model.shape, finishes)
    assert isinstance(model.shape, Faceted)
    return _faceted_solid(family, model, model.shape, finishes[0], rng)
