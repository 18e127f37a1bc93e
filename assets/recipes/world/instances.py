"""Instances and their look-alike siblings, each a function of one seed."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.recipes.seeds import SEEDS_PER_GROUP
from assets.recipes.world.artwork import ArtSpec
from assets.recipes.world.critters import critter
from assets.recipes.world.families import FAMILIES, Model

MODELS = FAMILIES | {"critter": critter}
"""Everything that can be painted: the families of products, and the soft things."""
KINSHIP = ("other art", "recoloured", "one detail changed")
"""How a sibling differs from the first of its group; the shape is always the same."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One object: its family, the seed of its proportions and its label art."""

    seed: int
    family: str
    shape_seed: int
    art: ArtSpec


def make_group(first_seed: int, family: str, kinds: tuple[int, ...]) -> tuple[Instance, ...]:
    """Return an instance and one sibling per entry of `kinds` (index into KINSHIP).

    All seeds used lie in [first_seed, first_seed + SEEDS_PER_GROUP).
    """
    if len(kinds) >= SEEDS_PER_GROUP:
        message = f"a group holds at most {SEEDS_PER_GROUP} instances"
        raise ValueError(message)
    art = ArtSpec(first_seed, first_seed, first_seed)
    members = [Instance(first_seed, family, first_seed, art)]
    for offset, kind in enumerate(kinds, start=1):
        seed = first_seed + offset
        altered = (
            ArtSpec(seed, seed, seed),
            ArtSpec(first_seed, seed, first_seed),
            ArtSpec(first_seed, first_seed, seed),
        )[kind]
        members.append(Instance(seed, family, first_seed, altered))
    return tuple(members)


def random_group(first_seed: int, critters: float = 0.0) -> tuple[Instance, ...]:
    """Return a group whose family and kinships follow from its seed alone.

    Args:
        first_seed: the first of the group's seeds.
        critters: share of groups that are soft things instead of products.
    """
    rng = np.random.default_rng([first_seed, 7])
    names = tuple(FAMILIES)
    kinds = tuple(int(k) for k in rng.choice([0, 0, 1, 1, 2], size=2))
    name = names[int(rng.integers(len(names)))]
    return make_group(first_seed, "critter" if rng.random() < critters else name, kinds)


def with_a_detail(first: Instance) -> tuple[Instance, ...]:
    """Return an instance with a sibling that differs in one detail, and one of any kind."""
    kind = int(np.random.default_rng([first.seed, 73]).integers(len(KINSHIP)))
    return make_group(first.seed, first.family, (KINSHIP.index("one detail changed"), kind))


class Painted:
    """An instance with its model and its atlas at falling resolutions."""

    def __init__(self, instance: Instance, size: int) -> None:
        self.instance = instance
        self.size = size
        rng = np.random.default_rng([instance.shape_seed, 5])
        self.model: Model = MODELS[instance.family](instance.art, size, rng)
        self._levels: list[NDArray[np.uint8]] = [self.model.atlas]

    def atlas(self, scale_px: float) -> NDArray[np.uint8]:
        """Return the atlas filtered for `scale_px` output pixels per unit of length."""
        level = max(0, int(np.floor(np.log2(max(1.0, 1.2 * self.size / max(4.0, scale_px))))))
        while len(self._levels) <= level:
            last = self._levels[-1]
            half = (max(2, last.shape[1] // 2), max(2, last.shape[0] // 2))
            self._levels.append(cv2.resize(last, half, interpolation=cv2.INTER_AREA))
        return self._levels[level]
