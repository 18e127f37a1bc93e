"""Filter path-tracing noise off the light while textures and edges stay sharp.

The edge-avoiding wavelet transform of Dammertz et al., "Edge-Avoiding A-Trous Wavelet Transform
for fast Global Illumination Filtering" (HPG 2010), on radiance divided by albedo.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

TAPS = tuple((dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dy, dx) != (0, 0))
MIN_ALBEDO = 0.02


def _shifted(field: NDArray[np.float32], dy: int, dx: int, reach: int) -> NDArray[np.float32]:
    """Return the padded field as seen `dy`, `dx` pixels on; `reach` is its padding."""
    height, width = field.shape[0] - 2 * reach, field.shape[1] - 2 * reach
    return field[reach + dy : reach + dy + height, reach + dx : reach + dx + width]


def _padded(field: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    wide = cv2.copyMakeBorder(field, reach, reach, reach, reach, cv2.BORDER_REFLECT_101)
    return np.asarray(wide, dtype=np.float32)


def _pass(
    light: NDArray[np.float32], guide: NDArray[np.float32], step: int, tolerance: float
) -> NDArray[np.float32]:
    """Return one level: the mean over 3 x 3 places `step` pixels apart, weighted by likeness.

    Args:
        light: (H, W, 3).
        guide: (H, W, G), differences of about 1 are edges.
        step: distance of the places in pixels.
        tolerance: relative difference of light that still counts as noise.
    """
    tone = np.log(light.mean(axis=2) + 0.02)
    wide_light, wide_guide = _padded(light, step), _padded(guide, step)
    wide_tone = _padded(cv2.blur(tone, (3, 3)), step)
    own_tone = _shifted(wide_tone, 0, 0, step)
    total, weight = light * np.float32(1.0), np.ones(light.shape[:2], dtype=np.float32)
    for dy, dx in TAPS:
        kernel = np.float32(0.5 if dy == 0 or dx == 0 else 0.25)
        away = _shifted(wide_guide, dy * step, dx * step, step) - guide
        differ = np.einsum("hwg,hwg->hw", away, away)
        stray = (_shifted(wide_tone, dy * step, dx * step, step) - own_tone) / tolerance
        share = kernel * np.exp(-differ - stray * stray)
        total += share[..., None] * _shifted(wide_light, dy * step, dx * step, step)
        weight += share
    return total / weight[..., None]


def _beside_nothing(depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Return pixels that may show a surface and the sky at once, which no albedo describes."""
    return cv2.dilate((depth == 0).astype(np.uint8), np.ones((3, 3), dtype=np.uint8)) > 0


def denoise(
    radiance: NDArray[np.float32], albedo: NDArray[np.float32], normal: NDArray[np.float32],
    depth: NDArray[np.float32], samples: int, levels: int,
) -> NDArray[np.float32]:  # fmt: skip
    """Return the picture with its light smoothed within surfaces.

    Args:
        radiance: (H, W, 3) linear.
        albedo: (H, W, 3) mean surface colour per pixel, 0 where nothing is hit.
        normal: (H, W, 3) mean shading normal.
        depth: (H, W) mean distance.
        samples: paths per pixel, which sets how much difference counts as noise.
        levels: passes; the last one reaches over 2 ** levels pixels.
    """
    tint = np.where(albedo.max(axis=2, keepdims=True) > 0, np.maximum(albedo, MIN_ALBEDO), 1.0)
    light = (radiance / tint).astype(np.float32)
    ceiling = 3.0 * cv2.medianBlur(light, 5) + np.float32(0.3 * np.median(light))
    light = np.minimum(light, ceiling)
    near = np.log(np.maximum(depth, 0.05))[..., None] * 12
    guide = np.concatenate([normal * 3.0, near], axis=2).astype(np.float32)
    tolerance = 2.2 / float(np.sqrt(samples))
    for level in range(levels):
        light = _pass(light, guide, 1 << level, tolerance * 0.6**level)
    return np.where(_beside_nothing(depth)[..., None], radiance, light * tint)
