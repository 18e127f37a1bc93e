"""Decide what the demo corpus holds: instances, views, roles and how hard each view is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from assets.recipes.seeds import DEMO, DEMO_DISTRACTORS, SEEDS_PER_GROUP
from assets.recipes.world.families import FAMILIES
from assets.recipes.world.instances import Instance, make_group, random_group
from assets.recipes.world.views import ViewSpec, sample_view

N_GROUPS = 20
N_CUTOUTS = 48
N_DISTRACTORS = 120
KINDS = ((0, 1), (1, 2), (0, 2), (1, 0), (2, 0))
SIZES = ((320, 320), (320, 320), (320, 240), (320, 240), (240, 320))


@dataclass(frozen=True, slots=True)
class Shot:
    """One image to make; `instance_id` is empty for a distractor."""

    name: str
    role: str
    instance_id: str
    instance: Instance
    view: ViewSpec


def demo_instances() -> tuple[Instance, ...]:
    """Return the 60 instances: 20 groups of three look-alikes over twelve families."""
    names = tuple(FAMILIES)
    groups = (
        make_group(DEMO.seed(k * SEEDS_PER_GROUP), names[k % len(names)], KINDS[k % len(KINDS)])
        for k in range(N_GROUPS)
    )
    return tuple(member for group in groups for member in group)


def clutter_instances() -> tuple[Instance, ...]:
    """Return the objects whose cut-outs serve as clutter and occluders."""
    return tuple(
        random_group(DEMO_DISTRACTORS.seed(k * SEEDS_PER_GROUP))[0] for k in range(N_CUTOUTS)
    )


def distractor_instances() -> tuple[Instance, ...]:
    """Return the objects of the images that belong to no query."""
    return tuple(
        random_group(DEMO_DISTRACTORS.seed((N_CUTOUTS + k) * SEEDS_PER_GROUP))[0]
        for k in range(N_DISTRACTORS)
    )


def _view(rng: Generator, difficulty: float) -> ViewSpec:
    return sample_view(rng, difficulty, SIZES[int(rng.integers(len(SIZES)))])


def _views_of(number: int, instance: Instance) -> list[Shot]:
    rng = np.random.default_rng([instance.seed, 19])
    instance_id = f"{instance.family}_{number:02d}"
    shots = [
        Shot(f"{instance_id}_q{k + 1}", "query", instance_id, instance, _view(rng, d))
        for k, d in enumerate(rng.uniform(0.0, [0.25, 0.5]))
    ]
    for k in range(int(rng.integers(5, 8))):
        difficulty = float(rng.uniform(0.05, 0.4) if k % 2 == 0 else rng.uniform(0.45, 1.0))
        name = f"{instance_id}_d{k + 1}"
        shots.append(Shot(name, "database", instance_id, instance, _view(rng, difficulty)))
    return shots


def make_plan() -> tuple[Shot, ...]:
    """Return every shot of the corpus in the manifest's order."""
    shots = [s for n, i in enumerate(demo_instances(), start=1) for s in _views_of(n, i)]
    for number, instance in enumerate(distractor_instances(), start=1):
        rng = np.random.default_rng([instance.seed, 19])
        view = _view(rng, float(rng.uniform(0.0, 0.9)))
        shots.append(Shot(f"distractor_{number:03d}", "database", "", instance, view))
    return tuple(shots)
