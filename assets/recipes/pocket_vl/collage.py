"""Make crowded pictures of rendered ones: an object cut out of one is set into another."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.pocket_vl.renders import STEP
from assets.recipes.pocket_vl.shown import Shown

SMALLEST, LARGEST = 0.35, 0.95
"""Scale of an object that is set into another picture."""
MOST_HIDDEN = 0.45
"""The largest share of the object that a foreign one may cover."""
TRIES = 4


def _outline(shown: Shown) -> NDArray[np.float32]:
    """Return how much of each pixel (H, W) is the object, in [0, 1], a little inside its edge."""
    height, width = shown.image.shape[:2]
    coarse = np.zeros((-(-height // STEP), -(-width // STEP)), np.float32)
    cells = (shown.points // STEP).astype(np.int64)
    coarse[cells[:, 1], cells[:, 0]] = 1
    fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(cv2.GaussianBlur(fine, (0, 0), 0.8) * 3 - 1.5, 0, 1)


def _move(shown: Shown, rng: Generator) -> NDArray[np.float64]:
    """Draw a map (2, 3) that scales the object and sets its middle somewhere in the picture."""
    height, width = shown.image.shape[:2]
    scale = float(rng.uniform(SMALLEST, LARGEST))
    goal = np.array([width, height]) * rng.uniform(0.12, 0.88, 2)
    shift = goal - scale * shown.points.mean(0)
    return np.column_stack([np.eye(2) * scale, shift])


def _lay(
    top: Shown, bottom: NDArray[np.uint8], to: NDArray[np.float64]
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the picture with the object of `top` moved onto it, and where that covers it."""
    size = bottom.shape[1], bottom.shape[0]
    alpha = cv2.warpAffine(_outline(top), to, size, flags=cv2.INTER_AREA)
    moved = cv2.warpAffine(top.image, to, size, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    mixed = bottom + (moved.astype(np.float32) - bottom) * alpha[..., None]
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), alpha


def set_into(shown: Shown, foreign: Shown, rng: Generator) -> Shown:
    """Return the object, smaller, in the foreign picture, in front of what that shows."""
    to = _move(shown, rng)
    image, _ = _lay(shown, foreign.image, to)
    points = shown.points @ to[:, :2].T + to[:, 2]
    inside = np.all((points >= 0) & (points < image.shape[1::-1]), axis=1)
    return Shown(image, points[inside], shown.addresses[inside])


def crowd(shown: Shown, foreign: Shown, rng: Generator) -> Shown:
    """Return the picture with the foreign object set into it, beside the object or before it.

    Unchanged where the foreign object would hide too much in every try.
    """
    pixels = shown.points.astype(np.int64)
    for _ in range(TRIES):
        image, alpha = _lay(foreign, shown.image, _move(foreign, rng))
        seen = alpha[pixels[:, 1], pixels[:, 0]] < 0.5
        if seen.mean() >= 1 - MOST_HIDDEN:
            return replace(
                shown, image=image, points=shown.points[seen], addresses=shown.addresses[seen]
            )
    return shown


def collage(shown: Shown, foreign: Shown, rng: Generator) -> Shown:
    """Return a crowded picture of the object: half of them set into another, half crowded."""
    if not len(shown.points) or not len(foreign.points):
        return shown
    return (set_into if rng.random() < 0.5 else crowd)(shown, foreign, rng)
