"""The ten perturbations of an image: neutral changes no bit, the same seed repeats every bit.

albumentations does what it has (contrast, brightness, rotation, blur, noise), with fixed
parameters and p = 1; the rest is composed with OpenCV in geometry.py and placement.py.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import albumentations
import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError
from core.robustness.geometry import enlarge_background, moved_box, shrink_on_canvas, tile
from core.robustness.levels import SPECS, check_strength
from core.robustness.pasting import Cutout, Perturbed, clip_box
from core.robustness.placement import paste_clutter, paste_occlusion
from core.types.corpus import Box
from core.types.robustness import PERTURBATION_NAMES, ObjectBox, Pasted, PerturbationName

# A blur with a larger sigma is computed on a smaller copy.
_MAX_SIGMA_PX = 32


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    """What one perturbation is asked to do; the box lies inside the image."""

    image: NDArray[np.uint8]
    strength: float
    box: Box
    seed: int
    cutouts: Sequence[Cutout]


def perturb(
    image: NDArray[np.uint8],
    name: PerturbationName,
    strength: float,
    box: ObjectBox,
    seed: int,
    cutouts: Sequence[Cutout] = (),
) -> Perturbed:
    """Return a new image of the same size; at the neutral strength its bytes are the input's.

    Args:
        image: (H, W, 3) uint8 RGB.
        name: Which of the ten.
        strength: In the perturbation's unit, between the ends of its levels.
        box: The object; the part outside the image is ignored.
        seed: Not negative; noise, clutter and occlusion depend on it.
        cutouts: What clutter pastes, in order, and what occlusion covers with instead of grey.

    Raises:
        SettingsError: The strength or the seed cannot be used.
        ImageError: The box lies outside, or leaves clutter no room, or there is no cut-out.
    """
    check_strength(name, strength)
    if seed < 0:
        raise SettingsError(f"Seed {seed} is negative; give 0 or more.")
    height, width = image.shape[:2]
    inside = clip_box(box.box, width, height)
    if strength == SPECS[name].neutral:
        return Perturbed(image.copy(), (), inside)
    made, pasted = _done(name, _Order(image, strength, inside, seed, cutouts))
    return Perturbed(made, pasted, moved_box(name, strength, inside, width, height))


def perturb_all(
    image: NDArray[np.uint8],
    steps: Sequence[tuple[PerturbationName, float]],
    box: ObjectBox,
    seed: int,
    cutouts: Sequence[Cutout] = (),
    *,
    occluders: Sequence[Cutout] = (),
) -> Perturbed:
    """Return the image after several perturbations, applied in the order of the table of levels.

    The box follows the object from step to step. `cutouts` are for clutter, `occluders` for
    occlusion (none: grey).

    Raises:
        SettingsError: A strength or the seed cannot be used, or a perturbation is named twice.
        ImageError: See `perturb`.
    """
    strengths = dict(steps)
    if len(strengths) < len(steps):
        raise SettingsError("A perturbation is named twice; give each at most once.")
    made, pasted, source = image.copy(), (), box.source
    place = clip_box(box.box, image.shape[1], image.shape[0])
    for name in PERTURBATION_NAMES:
        if name not in strengths:
            continue
        pieces = occluders if name == "occlusion" else cutouts
        step = perturb(made, name, strengths[name], ObjectBox(place, source), seed, pieces)
        made, place, pasted = step.image, step.box, pasted + step.pasted
    return Perturbed(made, pasted, place)


def _contrast(order: _Order) -> NDArray[np.uint8]:
    # RandomBrightnessContrast turns around black; ColorJitter around the mean of the grey image.
    transform = albumentations.ColorJitter(
        brightness=(1.0, 1.0),
        contrast=(order.strength, order.strength),
        saturation=(1.0, 1.0),
        hue=(0.0, 0.0),
        p=1,
    )
    return _applied(transform, order.image, order.seed)


def _brightness(order: _Order) -> NDArray[np.uint8]:
    transform = albumentations.RandomBrightnessContrast(
        brightness_limit=(order.strength, order.strength),
        contrast_limit=(0.0, 0.0),
        brightness_by_max=True,
        p=1,
    )
    return _applied(transform, order.image, order.seed)


def _rotation(order: _Order) -> NDArray[np.uint8]:
    transform = albumentations.Rotate(
        limit=(order.strength, order.strength),
        interpolation=cv2.INTER_LINEAR,
        border_mode=cv2.BORDER_REFLECT_101,
        crop_border=False,
        p=1,
    )
    return _applied(transform, order.image, order.seed)


def _blur(order: _Order) -> NDArray[np.uint8]:
    height, width = order.image.shape[:2]
    sigma = order.strength / 100 * max(height, width)
    # What a wide Gaussian leaves fits into fewer pixels: 102 s at 4000 px become 0.1 s, and the
    # largest difference is 1 of 255 (test_perturbations.py). Up to 32 px nothing is reduced.
    times = max(1, int(sigma / _MAX_SIGMA_PX))
    image = order.image
    if times > 1:
        size = (max(1, round(width / times)), max(1, round(height / times)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    sigma /= times
    blurred = _applied(
        albumentations.GaussianBlur(blur_limit=0, sigma_limit=(sigma, sigma), p=1),
        image,
        order.seed,
    )
    if times == 1:
        return blurred
    return np.asarray(
        cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8
    )


def _noise(order: _Order) -> NDArray[np.uint8]:
    transform = albumentations.GaussNoise(
        std_range=(order.strength, order.strength),
        mean_range=(0.0, 0.0),
        per_channel=True,
        noise_scale_factor=1,
        p=1,
    )
    transform.set_random_seed(order.seed)
    # On bytes the transform cuts the noise towards 0: 2 % too little of it at a sigma of 0.1.
    noisy = transform(image=order.image.astype(np.float32) / 255)["image"]
    return np.rint(np.asarray(noisy, np.float32) * 255).astype(np.uint8)


def _applied(
    transform: albumentations.BasicTransform, image: NDArray[np.uint8], seed: int
) -> NDArray[np.uint8]:
    transform.set_random_seed(seed)
    return np.asarray(transform(image=image)["image"], np.uint8)


_CHANGES: Mapping[PerturbationName, Callable[[_Order], NDArray[np.uint8]]] = {
    "contrast": _contrast,
    "brightness": _brightness,
    "rotation": _rotation,
    "scale": lambda order: shrink_on_canvas(order.image, order.strength),
    "background scaling": lambda order: enlarge_background(order.image, order.strength, order.box),
    "blur": _blur,
    "tiling": lambda order: tile(order.image, order.strength),
    "noise": _noise,
}


def _done(name: PerturbationName, order: _Order) -> tuple[NDArray[np.uint8], tuple[Pasted, ...]]:
    """Return the perturbed image, and what was pasted on it."""
    if name in _CHANGES:
        return _CHANGES[name](order), ()
    if name == "clutter":
        return paste_clutter(order.image, order.box, int(order.strength), order.seed, order.cutouts)
    return paste_occlusion(order.image, order.box, order.strength, order.seed, order.cutouts)
