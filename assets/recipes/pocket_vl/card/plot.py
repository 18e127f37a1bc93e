"""The reliability plot: share of positives by P(yes), and how many pairs stand behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

SIZE_PX = (480, 520)
SCALE = 2
"""Drawn larger and shrunk, so that lines are smooth."""
_LEFT, _TOP, _SIDE, _GAP, _LOW = 64, 40, 380, 12, 48
_Colour = tuple[int, int, int]
_INK, _GRID, _BLUE, _GREY = (40, 40, 40), (225, 225, 225), (31, 95, 175), (150, 165, 185)


def draw_calibration(found: Mapping[str, Any], path: Path) -> None:
    """Write the plot as a lossless WebP.

    Args:
        found: The section `calibration`.
        path: Where to write it.
    """
    canvas = _Canvas()
    canvas.frame()
    most = max(one["n"] for one in found["bins"])
    for one in found["bins"]:
        canvas.bar(one["low"], one["high"], one["n"] / most)
    shown = [one for one in found["bins"] if one["n"]]
    canvas.curve([(one["mean_probability"], one["share_positive"]) for one in shown])
    error = found["expected_calibration_error"]
    n_pairs = found["n_positives"] + found["n_negatives"]
    canvas.text((_LEFT, 12), f"Expected calibration error {error:.3f}, {n_pairs:,} pairs", 15)
    canvas.text((_LEFT + _SIDE // 2 - 22, SIZE_PX[1] - 22), "P(yes)", 14)
    canvas.upright(_TOP + _SIDE // 2, "share of positives", 14)
    canvas.text((_LEFT + 8, _TOP + _SIDE + _GAP), f"pairs (highest bar {most:,})", 12)
    canvas.save(path)


class _Canvas:
    """Draws in units of the finished picture; plot coordinates run from 0 to 1, y upwards."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", (SCALE * SIZE_PX[0], SCALE * SIZE_PX[1]), "white")
        self._pen = ImageDraw.Draw(self._image)

    def frame(self) -> None:
        """Draw grid, numbers and the diagonal of perfect calibration."""
        for tick in range(0, 11, 2):
            x, y = self._place(tick / 10, tick / 10)
            low, high = _TOP, _TOP + _SIDE
            self._line([(x, low), (x, high)], _GRID, 1)
            self._line([(_LEFT, y), (_LEFT + _SIDE, y)], _GRID, 1)
            self.text((x - 9, SIZE_PX[1] - 42), f"{tick / 10:.1f}", 12)
            self.text((_LEFT - 28, y - 8), f"{tick / 10:.1f}", 12)
        self._line([self._place(0, 0), self._place(1, 1)], _GREY, 2)
        self._line([(_LEFT, _TOP), (_LEFT, _TOP + _SIDE), (_LEFT + _SIDE, _TOP + _SIDE)], _INK, 1)

    def bar(self, low: float, high: float, share: float) -> None:
        """Draw one bar below the plot; `share` of the highest."""
        base = _TOP + _SIDE + _GAP + _LOW - 8
        left, right = self._place(low, 0)[0] + 2, self._place(high, 0)[0] - 2
        top = base - share * (_LOW - 24)
        box = [SCALE * left, SCALE * top, SCALE * right, SCALE * base]
        self._pen.rectangle(box, fill=_GREY)

    def curve(self, points: list[tuple[float, float]]) -> None:
        """Draw the measured points, joined."""
        places = [self._place(*point) for point in points]
        if len(places) > 1:
            self._line(places, _BLUE, 2)
        for x, y in places:
            box = [SCALE * side for side in (x - 5, y - 5, x + 5, y + 5)]
            self._pen.ellipse(box, fill=_BLUE)

    def text(self, place: tuple[float, float], words: str, size: int) -> None:
        """Write words with their top-left corner at a place."""
        font = ImageFont.load_default(SCALE * size)
        self._pen.text((SCALE * place[0], SCALE * place[1]), words, fill=_INK, font=font)

    def upright(self, middle: float, words: str, size: int) -> None:
        """Write words upwards at the left edge, around a height."""
        font = ImageFont.load_default(SCALE * size)
        width = int(font.getlength(words)) + 2
        strip = Image.new("RGB", (width, SCALE * (size + 6)), "white")
        ImageDraw.Draw(strip).text((0, 0), words, fill=_INK, font=font)
        turned = strip.rotate(90, expand=True)
        self._image.paste(turned, (SCALE * 6, int(SCALE * middle - width / 2)))

    def save(self, path: Path) -> None:
        """Shrink and write."""
        small = self._image.resize(SIZE_PX, Image.Resampling.LANCZOS)
        small.save(path, "WEBP", lossless=True, method=6)

    def _place(self, x: float, y: float) -> tuple[float, float]:
        return _LEFT + x * _SIDE, _TOP + (1 - y) * _SIDE

    def _line(self, points: list[tuple[float, float]], colour: _Colour, n: int) -> None:
        flat = [(SCALE * x, SCALE * y) for x, y in points]
        self._pen.line(flat, fill=colour, width=SCALE * n)
