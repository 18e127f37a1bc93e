"""Render gatherings of training objects: `python -m assets.recipes.pocket_vl.renders --out DIR`.

A gathering is a few groups of look-alikes that are photographed among each other, so that one
render shows several objects of which it is known where they are. One file each; gatherings that
are already there are not rendered again.
"""

from __future__ import annotations

import argparse
import io
import logging
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.rendered.objects import random_group
from assets.recipes.seeds import HELD_OUT, SEEDS_PER_GROUP, TRAINING, SeedRange
from assets.recipes.world.instances import Instance, with_a_detail

logger = logging.getLogger(__name__)
SIDE_PX = 192
GROUP_SIZES = (3, 3, 1, 1, 1, 1)
VIEWS = 2
"""Renders in which an instance is what the camera looks at; in others it stands around."""
HELD_OUT_VIEWS = 4
DIFFICULTY = (0.3, 1.0)
HELD_OUT_DIFFICULTY = (0.0, 1.0)
FIRST_GROUP = 60_000_000 // SEEDS_PER_GROUP
"""Training groups before this one are left to the composed views."""
MOST_GATHERINGS = 1_000_000
HELD_OUT_FIRST = 4_000
N_HELD_OUT = 10
N_GATHERINGS = 500
"""Ten thousand renders of five thousand instances."""
JPEG_QUALITY = 92
STEP = 2
"""Surface coordinates are kept for every second pixel of every second row."""


def group_seed(gathering: int, number: int, held_out: bool) -> int:
    """Return the first seed of a gathering's group of look-alikes."""
    seeds: SeedRange = HELD_OUT if held_out else TRAINING
    group = gathering * len(GROUP_SIZES) + number
    return seeds.seed(((HELD_OUT_FIRST if held_out else FIRST_GROUP) + group) * SEEDS_PER_GROUP)


def draw_groups(gathering: int, held_out: bool) -> list[tuple[Instance, ...]]:
    """Return a gathering's groups; in those of three one look-alike differs in a single detail."""
    groups = []
    for number, size in enumerate(GROUP_SIZES):
        first = random_group(group_seed(gathering, number, held_out))[0]
        groups.append(with_a_detail(first) if size > 1 else (first,))
    return groups


def gathering_of(seeds: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the gathering of each training instance, -1 for those that are not rendered."""
    group = (seeds - TRAINING.start) // SEEDS_PER_GROUP - FIRST_GROUP
    rendered = (group >= 0) & (group < MOST_GATHERINGS * len(GROUP_SIZES))
    return np.where(rendered, group // len(GROUP_SIZES), -1)


class _Company:
    """Chooses who stands around: of each other group the member that was seen least."""

    def __init__(self, groups: list[tuple[Instance, ...]]) -> None:
        self._groups = groups
        self.instances = [one for group in groups for one in group]
        self.seen = dict.fromkeys(self.instances, 0)

    def of(self, instance: Instance, rng: Generator) -> tuple[Instance, ...]:
        """Return company in the order in which it is offered a place, never a look-alike."""
        others = [group for group in self._groups if instance not in group]
        found = []
        for group in (others[int(k)] for k in rng.permutation(len(others))):
            order = [group[int(k)] for k in rng.permutation(len(group))]
            found.append(min(order, key=self.seen.__getitem__))
        return tuple(found)


def _jpeg(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=JPEG_QUALITY)
    return np.frombuffer(buffer.getvalue(), dtype=np.uint8)


def _scenes(
    groups: list[tuple[Instance, ...]], held_out: bool
) -> Iterator[tuple[int, dict[str, NDArray]]]:
    """Yield (instance looked at, its scene): a JPEG and, by pixel, who, which part and where on it.

    Held-out instances are never in each other's company, so that a picture shows one of them.
    """
    from assets.recipes.rendered.training import render_training_view

    company = _Company(groups)
    for number, instance in enumerate(company.instances):
        rng = np.random.default_rng([instance.seed, 43])
        for _ in range(HELD_OUT_VIEWS if held_out else VIEWS):
            around = () if held_out else company.of(instance, rng)
            difficulty = float(rng.uniform(*(HELD_OUT_DIFFICULTY if held_out else DIFFICULTY)))
            view = render_training_view(instance, around, (SIDE_PX, SIDE_PX), rng, difficulty)
            names = np.array([number, *map(company.instances.index, around), -1], dtype=np.int8)
            who = names[view.owner[::STEP, ::STEP]]
            for one in np.unique(who[who >= 0]):
                company.seen[company.instances[one]] += 1
            yield (
                number,
                {
                    "jpeg": _jpeg(view.image),
                    "who": who,
                    "part": view.part[::STEP, ::STEP].astype(np.int16),
                    "uv": view.uv[::STEP, ::STEP].astype(np.float16),
                },
            )


def render_gathering(gathering: int, held_out: bool) -> dict[str, NDArray]:
    """Return what is stored: the scenes, by `main` what each looks at, and the instances' seeds."""
    groups = draw_groups(gathering, held_out)
    stored: dict[str, NDArray] = {}
    main = []
    for number, scene in _scenes(groups, held_out):
        stored |= {f"{name}{len(main)}": array for name, array in scene.items()}
        main.append(number)
    return stored | {
        "main": np.array(main),
        "seeds": np.array([one.seed for group in groups for one in group]),
    }


def render_all(out: Path, gatherings: range, held_out: bool) -> None:
    """Render the gatherings that are missing."""
    out.mkdir(parents=True, exist_ok=True)
    started, n = time.perf_counter(), 0
    for gathering in gatherings:
        path = out / f"gathering_{gathering:06d}.npz"
        if path.exists():
            continue
        stored = render_gathering(gathering, held_out)
        partial = path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez(file, **stored)
        partial.replace(path)
        n += len(stored["main"])
        seconds = time.perf_counter() - started
        logger.info("gathering %d: %d renders, %.2f s each", gathering, n, seconds / n)


def main() -> None:
    """Parse the command line and render."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder of the files")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--gatherings", type=int, help="how many files")
    parser.add_argument("--held-out", action="store_true", help="objects that are only measured on")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    count = given.gatherings or (N_HELD_OUT if given.held_out else N_GATHERINGS)
    render_all(given.out, range(given.first, given.first + count), given.held_out)


if __name__ == "__main__":
    main()
