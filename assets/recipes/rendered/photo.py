"""From linear radiance to a photograph: exposure, tone curve, vignette and grain."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray


def without_fireflies(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the picture with pixels far above their neighbourhood brought down to it."""
    clean = np.nan_to_num(radiance, nan=0.0, posinf=1e3, neginf=0.0)
    middle = cv2.medianBlur(clean, 3)
    limit = middle * 2.5 + 0.25 * float(np.median(clean))
    return np.where(clean > limit, middle, clean)


def exposure(radiance: NDArray[np.float32], subject: NDArray[np.bool_]) -> float:
    """Return the gain that puts the metered middle at a fixed level.

    The subject counts twice as much as the frame, as with a camera's focus point; its
    brightest parts must neither burn out nor stay dull.
    """
    luminance = radiance @ np.array([0.2126, 0.7152, 0.0722], dtype=np.float32)
    log = np.log(np.maximum(luminance, 1e-4))
    frame = float(log.mean())
    own = float(log[subject].mean()) if subject.any() else frame
    gain = 0.17 / float(np.exp(0.35 * frame + 0.65 * own))
    brightest = float(np.percentile(luminance[subject] if subject.any() else luminance, 97))
    return float(np.clip(gain, 0.55 / max(brightest, 1e-4), 1.6 / max(brightest, 1e-4)))


def filmic(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return display values in [0, 1]: a soft shoulder and toe, then the sRGB curve.

    The shape is Narkowicz's fit of the ACES tone scale
    (https://knarkowicz.wordpress.com/2016/01/06/aces-filmic-tone-mapping-curve/).
    """
    x = np.maximum(linear, 0)
    shoulder = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    low = shoulder * 12.92
    high = 1.055 * np.maximum(shoulder, 1e-6) ** (1 / 2.4) - 0.055
    return np.where(shoulder <= 0.0031308, low, high).astype(np.float32)


def develop(
    radiance: NDArray[np.float32], subject: NDArray[np.bool_], key: float, rng: Generator,
    grain: float,
) -> NDArray[np.uint8]:  # fmt: skip
    """Return the photograph (H, W, 3) uint8 sRGB.

    Args:
        radiance: (H, W, 3) linear.
        subject: (H, W) where the object is seen, for the exposure.
        key: 1 is a normal exposure, less is darker.
        rng: for exposure error, vignette and grain.
        grain: standard deviation of the grain in display values of [0, 1].
    """
    clean = without_fireflies(radiance)
    gain = exposure(clean, subject) * key * float(np.exp(rng.normal(0, 0.12)))
    height, width = subject.shape
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    fall = 1 - rng.uniform(0.02, 0.14) * (x * x + y * y)
    shown = filmic(clean * np.float32(gain) * fall[..., None].astype(np.float32))
    if grain:
        shown = shown + rng.normal(0, grain, (height, width, 1)).astype(np.float32)
    return (np.clip(shown, 0, 1) * 255 + 0.5).astype(np.uint8)
