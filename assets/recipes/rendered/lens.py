"""Blur by distance as a lens focused on the object does, from a sharp picture and its depths."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

RADII_PX = (1, 2, 4, 6, 9)
"""Radii of the discs of confusion that are made; those between are mixed."""


def _disc(radius: int) -> NDArray[np.float32]:
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return kernel / kernel.sum()


def confusion(
    depth: NDArray[np.float32], subject: NDArray[np.bool_], aperture_px: float
) -> NDArray[np.float32]:
    """Return the radius in pixels (H, W) of each point's disc of confusion.

    Args:
        depth: (H, W) distances, 0 for infinitely far.
        subject: (H, W) what the lens is focused on; all of it stays sharp.
        aperture_px: radius for an infinitely far point.
    """
    near, far = np.percentile(depth[subject], (2, 98)) if subject.any() else (1.0, 1.0)
    nearness = np.where(depth > 0, 1.0 / np.maximum(depth, 1e-3), 0.0)
    beyond = np.maximum(1.0 / far - nearness, 0.0) + np.maximum(nearness - 1.0 / near, 0.0)
    radius = aperture_px * (near + far) / 2 * beyond
    return np.clip(radius, 0, RADII_PX[-1]).astype(np.float32)


def defocus(linear: NDArray[np.float32], radius: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the picture with each point spread over its disc.

    Only points that are themselves out of focus lend light, so that sharp things have no halo.

    Args:
        linear: (H, W, 3) radiance.
        radius: (H, W) radius of the disc of confusion in pixels.
    """
    result, lower = linear, 0.0
    for upper in RADII_PX:
        weight = np.clip(radius / upper, 0.02, 1.0).astype(np.float32)
        kernel = _disc(upper)
        spread = np.asarray(cv2.filter2D(linear * weight[..., None], -1, kernel), np.float32)
        blurred = spread / np.asarray(cv2.filter2D(weight, -1, kernel), np.float32)[..., None]
        share = np.clip((radius - lower) / (upper - lower), 0, 1)[..., None]
        result = result + (blurred - result) * share
        lower = float(upper)
    return result.astype(np.float32)
