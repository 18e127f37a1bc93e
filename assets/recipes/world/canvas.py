"""A small drawing surface: polygons, discs, bands and lettering in relative coordinates."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from assets.recipes.world.palettes import Colour

SHIFT = 4
"""Fractional bits of OpenCV's sub-pixel polygon coordinates."""


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=56)


@lru_cache(maxsize=4096)
def word_mask(text: str, bold: int, slant: float) -> NDArray[np.uint8]:
    """Return the word as a (H, W) coverage mask cropped to its ink, 0..255."""
    font = _font()
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).textbbox(
        (0, 0), text, font=font, stroke_width=bold
    )
    picture = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(picture).text((1 - left, 1 - top), text, fill=255, font=font, stroke_width=bold)
    mask = np.asarray(picture, dtype=np.uint8)
    if slant:
        height, width = mask.shape
        shear = np.array([[1, -slant, slant * height], [0, 1, 0]], dtype=np.float32)
        mask = cv2.warpAffine(mask, shear, (int(width + slant * height), height))
    mask.setflags(write=False)
    return mask


class Canvas:
    """RGB uint8 drawing surface; x is relative to the width, y and sizes to the height."""

    def __init__(self, height: int, width: int, colour: Colour) -> None:
        self.pixels: NDArray[np.uint8] = np.empty((height, width, 3), dtype=np.uint8)
        self.pixels[:] = colour

    @property
    def aspect(self) -> float:
        """Return width over height."""
        return self.pixels.shape[1] / self.pixels.shape[0]

    def polygon(self, points: NDArray[np.float64], colour: Colour) -> None:
        """Fill a polygon given as (N, 2) points, both coordinates in heights."""
        scaled = np.round(points * self.pixels.shape[0] * (1 << SHIFT)).astype(np.int32)
        cv2.fillPoly(self.pixels, [scaled], colour, cv2.LINE_AA, SHIFT)

    def disc(self, x: float, y: float, radius: float, colour: Colour, ring: float = 0.0) -> None:
        """Draw a disc, or a ring of the given thickness; all in heights."""
        height = self.pixels.shape[0]
        centre = (round(x * height * (1 << SHIFT)), round(y * height * (1 << SHIFT)))
        thickness = max(1, round(ring * height)) if ring else -1
        extent = max(1, round(radius * height * (1 << SHIFT)))
        cv2.circle(self.pixels, centre, extent, colour, thickness, cv2.LINE_AA, SHIFT)

    def band(self, y0: float, y1: float, colour: Colour) -> None:
        """Fill the full width between two heights."""
        height = self.pixels.shape[0]
        self.pixels[max(0, round(y0 * height)) : max(0, round(y1 * height))] = colour

    def rectangle(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fill a rectangle whose coordinates are in heights."""
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        self.polygon(corners, colour)

    def lettering(
        self,
        text: str,
        centre: tuple[float, float],
        room: tuple[float, float],
        colour: Colour,
        face: tuple[int, float] = (0, 0.0),
    ) -> None:
        """Write text centred at (x, y) as large as fits (width, height), all in heights."""
        mask = word_mask(text, *face)
        height = self.pixels.shape[0]
        ratio = min(room[0] * height / mask.shape[1], room[1] * height / mask.shape[0])
        size = (max(2, round(mask.shape[1] * ratio)), max(2, round(mask.shape[0] * ratio)))
        small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        x0 = round(centre[0] * height - size[0] / 2)
        y0 = round(centre[1] * height - size[1] / 2)
        self._blend(small, x0, y0, colour)

    def _blend(self, mask: NDArray[np.uint8], x0: int, y0: int, colour: Colour) -> None:
        rows, columns = self.pixels.shape[:2]
        left, top = max(0, x0), max(0, y0)
        right, bottom = min(columns, x0 + mask.shape[1]), min(rows, y0 + mask.shape[0])
        if right <= left or bottom <= top:
            return
        share = mask[top - y0 : bottom - y0, left - x0 : right - x0, None].astype(np.float32) / 255
        target = self.pixels[top:bottom, left:right]
        blended = target + (np.array(colour, dtype=np.float32) - target) * share
        self.pixels[top:bottom, left:right] = blended.astype(np.uint8)
