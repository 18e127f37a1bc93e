"""Solids: pieces of mesh with a finish each, and one painted atlas for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assets.recipes.rendered.meshes import Mesh, moved
from assets.recipes.world.shapes import Rect

FINISHES = ("matte", "satin", "gloss", "metal", "foil")
"""Surface finishes; materials.py says what they are."""


@dataclass(frozen=True, eq=False, slots=True)
class Piece:
    """A mesh and the name of its finish (one of FINISHES)."""

    mesh: Mesh
    finish: str


@dataclass(frozen=True, eq=False, slots=True)
class Solid:
    """An object in object space with its atlas (H, W, 3) uint8."""

    pieces: tuple[Piece, ...]
    atlas: NDArray[np.uint8]

    def corners(self) -> NDArray[np.float32]:
        """Return all corner positions (N, 3)."""
        return np.concatenate([piece.mesh.positions for piece in self.pieces])


def finished(solid: Solid) -> Solid:
    """Return the solid with printable colours, its box's middle at the origin, 1 at its longest."""
    corners = solid.corners()
    low, high = corners.min(axis=0), corners.max(axis=0)
    scale = 1.0 / float((high - low).max())
    middle = (low + high) / 2
    pieces = tuple(
        Piece(moved(piece.mesh, np.eye(3) * scale, -middle * scale), piece.finish)
        for piece in solid.pieces
    )
    return Solid(pieces, as_printed(solid.atlas))


def pack(
    pictures: list[NDArray[np.uint8]], gutter_px: int = 2
) -> tuple[NDArray[np.uint8], list[Rect]]:
    """Lay RGB pictures side by side, each with a margin of its own border colours.

    Returns:
        The atlas (H, W, 3) uint8, and the place of each picture without its margin.
    """
    g = gutter_px
    height = max(picture.shape[0] for picture in pictures) + 2 * g
    width = sum(picture.shape[1] + 2 * g for picture in pictures)
    atlas = np.zeros((height, width, 3), dtype=np.uint8)
    rects, x = [], 0
    for picture in pictures:
        rows, columns = picture.shape[:2]
        padded = np.pad(picture, ((g, height - rows - g), (g, g), (0, 0)), mode="edge")
        atlas[:, x : x + columns + 2 * g] = padded
        place = Rect((x + g + 0.5) / width, (g + 0.5) / height, (columns - 1) / width,
                     (rows - 1) / height)  # fmt: skip
        rects.append(place)
        x += columns + 2 * g
    return atlas, rects


def as_printed(atlas: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return colours as inks and plastics show them: less pure, neither black nor white."""
    colours = atlas.astype(np.float32)
    grey = colours @ np.array([0.299, 0.587, 0.114], dtype=np.float32)
    muted = grey[..., None] * 0.22 + colours * 0.78
    return np.clip(14 + muted * (228 - 14) / 255, 0, 255).astype(np.uint8)
