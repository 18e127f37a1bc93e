"""Every family by name, and the solids of instances and of random groups of siblings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from assets.recipes.rendered.containers import container
from assets.recipes.rendered.figures import figure
from assets.recipes.rendered.organics import bag, statuette
from assets.recipes.rendered.solids import Solid, finished
from assets.recipes.rendered.toys import toy
from assets.recipes.world.artwork import ArtSpec
from assets.recipes.world.families import FAMILIES
from assets.recipes.world.instances import Instance, make_group

RENDERED_ONLY: dict[str, Callable[[ArtSpec, int, Generator], Solid]] = {
    "figure": figure, "toy": toy, "statuette": statuette, "bag": bag,
}  # fmt: skip
NAMES: tuple[str, ...] = (*FAMILIES, *RENDERED_ONLY)
"""Every family that can be rendered; the order is fixed."""
HEIGHTS_CM = {
    "can": 12.0, "bottle": 27.0, "jar": 13.0, "mug": 10.0, "tin": 12.0, "box": 24.0,
    "carton": 22.0, "book": 22.0, "block": 8.0, "pouch": 22.0, "tube": 17.0, "plate": 22.0,
    "figure": 15.0, "toy": 14.0, "statuette": 13.0, "bag": 30.0,
}  # fmt: skip
"""Longest side of a typical member of each family in centimetres."""

RESTS: dict[str, tuple[str, ...]] = {
    "can": ("upright", "lying"), "bottle": ("upright", "lying"), "jar": ("upright", "lying"),
    "mug": ("upright",), "tin": ("upright", "lying"), "box": ("upright", "flat"),
    "carton": ("upright",), "book": ("upright", "flat"), "block": ("upright", "flat"),
    "pouch": ("upright", "flat"), "tube": ("upright", "flat"), "plate": ("leaning", "flat"),
    "figure": ("upright", "lying"), "toy": ("upright",), "statuette": ("upright",),
    "bag": ("upright",),
}  # fmt: skip
"""How each family may rest, the usual way first: upright, lying (on its side), flat (on its
back) or leaning (against something behind)."""


def build_solid(instance: Instance, size_px: int) -> Solid:
    """Return the instance as a centred solid of longest side 1.

    Args:
        instance: what to build; its shape seed alone decides mesh and finish.
        size_px: atlas pixels per unit of length.
    """
    if instance.family in FAMILIES:
        return finished(container(instance.family, instance.art, size_px, instance.shape_seed))
    rng = np.random.default_rng([instance.shape_seed, 5])
    return finished(RENDERED_ONLY[instance.family](instance.art, size_px, rng))


def random_group(first_seed: int) -> tuple[Instance, ...]:
    """Return three siblings whose family and kinships follow from the seed alone."""
    rng = np.random.default_rng([first_seed, 71])
    kinds = tuple(int(k) for k in rng.choice([0, 0, 1, 1, 2], size=2))
    return make_group(first_seed, NAMES[int(rng.integers(len(NAMES)))], kinds)
