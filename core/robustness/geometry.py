"""Scale, background scaling and tiling, and where the object's box goes when pixels move."""

import itertools
import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.types.corpus import Box
from core.types.robustness import PerturbationName


def shrink_on_canvas(image: NDArray[np.uint8], fraction: float) -> NDArray[np.uint8]:
    """Return the image shrunk to `fraction` of its sides, centred on its border colour.

    The border colour is the median of the outermost pixels. Areas are averaged: albumentations'
    `Affine` samples points, which would add aliasing to what is measured here.
    """
    height, width = image.shape[:2]
    small = _shrunk_box(width, height, fraction)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    canvas = np.empty_like(image)
    canvas[:] = np.median(border, axis=0).astype(np.uint8)
    canvas[small.y0 : small.y1, small.x0 : small.x1] = _resized(
        image, small.x1 - small.x0, small.y1 - small.y0
    )
    return canvas


def enlarge_background(image: NDArray[np.uint8], factor: float, box: Box) -> NDArray[np.uint8]:
    """Return the image with the box kept and everything around it pushed outwards.

    Along each ray from the box's centre the distance to the box's edge grows by `factor`, so that
    far from the object this is a plain enlargement about its centre, and at the edge nothing tears.
    Enlarging the whole picture behind the object was rejected: a second, larger object shows, and
    with that one painted over, nothing real is left of the background from factor 2 on.
    """
    height, width = image.shape[:2]
    centre_x, centre_y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    x = np.arange(width, dtype=np.float32) + np.float32(0.5 - centre_x)
    y = (np.arange(height, dtype=np.float32) + np.float32(0.5 - centre_y))[:, None]
    # 1 on the box's edge, 2 at twice its size; up to 1 nothing moves.
    reach = np.maximum(
        np.maximum(np.abs(x) * (2 / (box.x1 - box.x0)), np.abs(y) * (2 / (box.y1 - box.y0))), 1
    )
    shrink = (1 + (reach - 1) / factor) / reach
    moved = cv2.remap(
        image,
        (x * shrink + (centre_x - 0.5)).astype(np.float32),
        (y * shrink + (centre_y - 0.5)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.uint8, copy=False)
    inside = np.s_[box.y0 : box.y1, box.x0 : box.x1]
    moved[inside] = image[inside]  # remap's fixed-point weights could be a rounding beside it
    return moved


def tile(image: NDArray[np.uint8], copies: float) -> NDArray[np.uint8]:
    """Return the image repeated with a period of 1/copies of each side, from the top-left corner.

    Whole numbers give complete copies; with 2.5 the third copy is cut in half. Sides that do not
    divide evenly give copies whose sizes differ by one pixel, so that no seam or rest appears.
    """
    height, width = image.shape[:2]
    columns, rows = _edges(width, copies), _edges(height, copies)
    canvas = np.empty_like(image)
    made: dict[tuple[int, int], NDArray[np.uint8]] = {}
    for top, bottom in itertools.pairwise(rows):
        for left, right in itertools.pairwise(columns):
            size = (max(right - left, 1), max(bottom - top, 1))
            if size not in made:
                made[size] = _resized(image, *size)
            place = canvas[top:bottom, left:right]
            place[:] = made[size][: place.shape[0], : place.shape[1]]
    return canvas


def moved_box(name: PerturbationName, strength: float, box: Box, width: int, height: int) -> Box:
    """Return the box that holds the object after a perturbation, at least one pixel large.

    Rotation gives the upright box around the turned one, clipped to the frame; tiling the box in
    the first copy; what moves no pixels gives the same box.
    """
    if name == "rotation":
        return _turned(box, strength, width, height)
    if name == "scale":
        return _mapped(box, _shrunk_box(width, height, strength), width, height)
    if name == "tiling":
        first = Box(0, 0, max(_edges(width, strength)[1], 1), max(_edges(height, strength)[1], 1))
        return _mapped(box, first, width, height)
    return box


def _resized(image: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return resized.astype(np.uint8, copy=False)


def _shrunk_box(width: int, height: int, fraction: float) -> Box:
    small_width, small_height = max(1, round(width * fraction)), max(1, round(height * fraction))
    left, top = (width - small_width) // 2, (height - small_height) // 2
    return Box(left, top, left + small_width, top + small_height)


def _edges(side: int, copies: float) -> list[int]:
    return [round(place * side / copies) for place in range(math.ceil(copies) + 1)]


def _mapped(box: Box, target: Box, width: int, height: int) -> Box:
    """Return where `box` of a `width` x `height` frame lies when the frame becomes `target`."""
    across, down = (target.x1 - target.x0) / width, (target.y1 - target.y0) / height
    x0, y0 = math.floor(box.x0 * across), math.floor(box.y0 * down)
    x1, y1 = math.ceil(box.x1 * across), math.ceil(box.y1 * down)
    return Box(target.x0 + x0, target.y0 + y0, target.x0 + x1, target.y0 + y1)


def _turned(box: Box, degrees: float, width: int, height: int) -> Box:
    """Return the upright box around `box` turned about the frame's centre, clipped to the frame.

    Positive degrees turn counter-clockwise on the screen, as albumentations does.
    """
    angle = math.radians(degrees)
    corners = np.array([(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)], np.float64)
    centre = np.array([width / 2, height / 2])
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    # Rounded first: at right angles the corners lie a rounding error beside whole pixels.
    turned = np.round((corners - centre) @ turn + centre, 6)
    x0, y0 = np.floor(turned.min(axis=0)).astype(int).tolist()
    x1, y1 = np.ceil(turned.max(axis=0)).astype(int).tolist()
    left, top = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
    return Box(left, top, max(min(x1, width), left + 1), max(min(y1, height), top + 1))
