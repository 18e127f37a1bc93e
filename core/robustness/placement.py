"""Put objects beside the object's box (clutter) or over it (occlusion).

Both are nested: whatever a weaker strength covers, a stronger one of the same seed covers with the
same pixels, so that damage only grows along a curve.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import ImageError
from core.robustness.pasting import CLUTTER_STREAM, OCCLUSION_STREAM, Cutout
from core.types.corpus import Box
from core.types.robustness import Pasted

# Clutter: the object's share of the frame, drawn per object; whole other images stay under 20 %.
_CLUTTER_AREA = (0.05, 0.13)
_MIN_STRIP_SHARE = 0.05  # thinner strips beside the box hold nothing that could be recognised
_MIN_STRIP_PX = 4
_PLACES_TRIED = 24
# Occlusion: patches per side of the box; the cut-outs' share of the box.
_PATCHES_PER_SIDE = 8
_GREY = 128
_OCCLUDER_AREA = (0.1, 0.3)
_MAX_OCCLUDERS = 400


@dataclass(frozen=True, slots=True)
class _Fit:
    """A strip and the size in which an object fits into it."""

    strip: Box
    width: int
    height: int


def paste_clutter(
    image: NDArray[np.uint8], box: Box, n: int, seed: int, cutouts: Sequence[Cutout]
) -> tuple[NDArray[np.uint8], tuple[Pasted, ...]]:
    """Return a copy with `n` cut-outs pasted beside the box, never over it, and what was pasted.

    Each is shrunk to 5 to 13 % of the frame or to what fits, keeps its proportions, and goes where
    it hides least of what was pasted before. Cut-outs are used in order, again from the first when
    there are fewer than `n`.

    Raises:
        ImageError: There is no cut-out, or the box leaves no strip of 5 % of the shorter side.
    """
    if not cutouts:
        raise ImageError(
            "Clutter needs at least one readable image of another instance; add one to the corpus."
        )
    height, width = image.shape[:2]
    strips = _free_strips(box, width, height)
    if not strips:
        raise ImageError("The object's box leaves no room for clutter beside it; draw it smaller.")
    canvas, covered = image.copy(), np.zeros((height, width), np.bool_)
    pasted: list[Pasted] = []
    for place in range(n):
        rng = np.random.default_rng([seed, CLUTTER_STREAM, place])
        cutout = cutouts[place % len(cutouts)]
        where = _place(cutout, strips, covered, rng)
        _paint(canvas, covered, cutout, where)
        pasted.append(Pasted(cutout.image_id, where))
    return canvas, tuple(pasted)


def paste_occlusion(
    image: NDArray[np.uint8], box: Box, share: float, seed: int, cutouts: Sequence[Cutout]
) -> tuple[NDArray[np.uint8], tuple[Pasted, ...]]:
    """Return a copy with `share` of the box's pixels covered, to the pixel, and what was pasted.

    Without cut-outs the cover is grey patches of an 8 x 8 grid in seeded order, of which nothing is
    reported. With cut-outs it is objects of 10 to 30 % of the box, each behind the ones before and
    cut at the box's edge, so that nothing but the object is hidden.
    """
    height, width = box.y1 - box.y0, box.x1 - box.x0
    wanted = round(share * height * width)
    covered = np.zeros((height, width), np.bool_)
    canvas = image.copy()
    region = canvas[box.y0 : box.y1, box.x0 : box.x1]
    pasted: list[Pasted] = []
    places = range(_MAX_OCCLUDERS if cutouts else 0)
    for place in places:
        if np.count_nonzero(covered) >= wanted:
            break
        rng = np.random.default_rng([seed, OCCLUSION_STREAM, place])
        cutout = cutouts[place % len(cutouts)]
        where = _cover_next(region, covered, wanted, cutout, rng)
        pasted.append(Pasted(cutout.image_id, _shifted(where, box.x0, box.y0)))
    # Without cut-outs everything; with ones as thin as threads, what they could not reach.
    _cover_grey(region, covered, wanted, np.random.default_rng([seed, OCCLUSION_STREAM]))
    return canvas, tuple(pasted)


def _free_strips(box: Box, width: int, height: int) -> list[Box]:
    """Return the strips left, right, above and below: a box beside `box` lies in one of them."""
    least = max(_MIN_STRIP_PX, round(_MIN_STRIP_SHARE * min(width, height)))
    strips = (
        Box(0, 0, box.x0, height),
        Box(box.x1, 0, width, height),
        Box(0, 0, width, box.y0),
        Box(0, box.y1, width, height),
    )
    return [s for s in strips if min(s.x1 - s.x0, s.y1 - s.y0) >= least]


def _place(
    cutout: Cutout, strips: Sequence[Box], covered: NDArray[np.bool_], rng: np.random.Generator
) -> Box:
    """Return a box for the cut-out in one strip, where it hides the least of earlier clutter.

    Strips are drawn in proportion to their own area times the object's in them, so that roomy
    places come first.
    """
    area = rng.uniform(*_CLUTTER_AREA) * covered.size
    fits = [_fit(cutout, strip, area) for strip in strips]
    room = [float(_area(fit.strip)) * fit.width * fit.height for fit in fits]
    weights = np.array(room) / sum(room)
    tried: list[tuple[int, Box]] = []
    for choice in rng.choice(len(fits), _PLACES_TRIED, p=weights).tolist():
        fit = fits[choice]
        x0 = int(rng.integers(fit.strip.x0, fit.strip.x1 - fit.width + 1))
        y0 = int(rng.integers(fit.strip.y0, fit.strip.y1 - fit.height + 1))
        hidden = np.count_nonzero(covered[y0 : y0 + fit.height, x0 : x0 + fit.width])
        # Per pixel pasted: otherwise the smallest object would always win.
        tried.append(
            (
                hidden * 1000 // (fit.width * fit.height),
                Box(x0, y0, x0 + fit.width, y0 + fit.height),
            )
        )
    return min(tried, key=lambda one: one[0])[1]


def _fit(cutout: Cutout, strip: Box, area: float) -> _Fit:
    height, width = cutout.alpha.shape
    ratio = min(
        float(np.sqrt(area / (width * height))),
        (strip.x1 - strip.x0) / width,
        (strip.y1 - strip.y0) / height,
    )
    # Rounded down, so that neither the strip nor the area is overstepped.
    return _Fit(strip, max(1, int(width * ratio + 1e-9)), max(1, int(height * ratio + 1e-9)))


def _paint(
    canvas: NDArray[np.uint8], covered: NDArray[np.bool_], cutout: Cutout, where: Box
) -> None:
    """Paint the cut-out into `where` of `canvas` and mark it in `covered`: both are ours."""
    pixels, alpha = _sized(cutout, where.x1 - where.x0, where.y1 - where.y0)
    place = np.s_[where.y0 : where.y1, where.x0 : where.x1]
    canvas[place][alpha] = pixels[alpha]
    covered[place] |= alpha


def _cover_next(
    region: NDArray[np.uint8],
    covered: NDArray[np.bool_],
    wanted: int,
    cutout: Cutout,
    rng: np.random.Generator,
) -> Box:
    """Lay the cut-out over a still visible pixel of the region; return its box in the region.

    Pixels are taken row by row and no more of them than `wanted` asks for.
    """
    height, width = covered.shape
    fit = _fit(cutout, Box(0, 0, width, height), rng.uniform(*_OCCLUDER_AREA) * covered.size)
    pixels, alpha = _sized(cutout, fit.width, fit.height)
    visible = np.flatnonzero(~covered)
    solid = np.flatnonzero(alpha)
    y, x = divmod(int(visible[int(rng.integers(len(visible)))]), width)
    down, right = divmod(int(solid[int(rng.integers(len(solid)))]), fit.width)
    top, left = y - down, x - right
    where = Box(
        max(left, 0), max(top, 0), min(left + fit.width, width), min(top + fit.height, height)
    )
    part = np.s_[where.y0 - top : where.y1 - top, where.x0 - left : where.x1 - left]
    place = np.s_[where.y0 : where.y1, where.x0 : where.x1]
    fresh = alpha[part] & ~covered[place]
    fresh &= _first(fresh, wanted - int(np.count_nonzero(covered)))
    region[place][fresh] = pixels[part][fresh]
    covered[place] |= fresh
    return where


def _cover_grey(
    region: NDArray[np.uint8],
    covered: NDArray[np.bool_],
    wanted: int,
    rng: np.random.Generator,
) -> None:
    """Turn patches grey in random order until `wanted` pixels are covered; the last is trimmed."""
    patches = list(_patches(*covered.shape))
    for choice in rng.permutation(len(patches)).tolist():
        missing = wanted - int(np.count_nonzero(covered))
        if missing <= 0:
            return
        place = patches[choice]
        fresh = ~covered[place]
        fresh &= _first(fresh, missing)
        region[place][fresh] = _GREY
        covered[place] |= fresh


def _patches(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    rows, columns = _cuts(height), _cuts(width)
    for top, bottom in itertools.pairwise(rows):
        for left, right in itertools.pairwise(columns):
            yield np.s_[top:bottom, left:right]


def _cuts(side: int) -> list[int]:
    n = min(_PATCHES_PER_SIDE, side)
    return [round(place * side / n) for place in range(n + 1)]


def _first(wanted: NDArray[np.bool_], n: int) -> NDArray[np.bool_]:
    """Return the mask of the first `n` True pixels, row by row."""
    return (np.cumsum(wanted).reshape(wanted.shape) <= n) & wanted


def _sized(cutout: Cutout, width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Return the cut-out's pixels and alpha at another size; at least one pixel stays solid."""
    shrinks = width * height < cutout.alpha.size
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    pixels = cv2.resize(cutout.pixels, (width, height), interpolation=method)
    cover = cv2.resize(cutout.alpha.astype(np.float32), (width, height), interpolation=method)
    alpha = np.asarray(cover >= min(0.5, float(np.max(cover))), np.bool_)
    return pixels.astype(np.uint8, copy=False), alpha


def _shifted(box: Box, x: int, y: int) -> Box:
    return Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)


def _area(box: Box) -> int:
    return (box.x1 - box.x0) * (box.y1 - box.y0)
