"""Render training material: chunks of instances, three views each, with matching label points."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.pocket_vl.abstracts import draw_abstract, view_abstract
from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.shown import coarse_mask, whole_mask
from assets.recipes.pocket_vl.weather import weather
from assets.recipes.seeds import CLUTTER, SEEDS_PER_GROUP, TRAINING, SeedRange
from assets.recipes.world.composer import View, compose
from assets.recipes.world.grounds import rough_grounds
from assets.recipes.world.instances import Instance, Painted, random_group
from assets.recipes.world.scenery import Scenery, make_scenery
from assets.recipes.world.views import sample_view

Grid: TypeAlias = tuple[int, int]
Grids: TypeAlias = tuple[Grid, ...]
VIEWS = 3
INSTANCES = 12
"""Instances per chunk; a batch holds two chunks."""
POINTS = 8
"""Label points per pair of views."""
TRIED_POINTS = 96
GROUPS_PER_CHUNK = 16
"""Seed groups reserved per chunk."""
ART_PX = 160
GROUND_PX = 336
N_GROUNDS = 60
CRITTERS = 0.3
"""Share of groups that are soft things without a label."""
GRIDS = (
    ((7, 7), (7, 7)), ((6, 8), (8, 6)), ((7, 7), (8, 6)), ((7, 7), (7, 7)),
    ((8, 6), (7, 7)), ((8, 6), (8, 6)), ((7, 7), (6, 8)), ((9, 5), (7, 7)),
)  # fmt: skip
"""Token grids (rows, columns) of the first view and of the others, by chunk number modulo 8."""
TURN = 2 * len(GRIDS)
"""Chunk numbers after which grids and kind repeat; a step joins two chunks so far apart."""
PAIRS = ((0, 1), (0, 2), (1, 2))


@dataclass(frozen=True, slots=True)
class Level:
    """One step of the curriculum.

    Attributes:
        hardest: views are drawn with a difficulty up to this.
        families_of_three: groups of look-alikes per chunk.
        hard_negatives: share of a query's negatives that are as like it as its positives.
        pass_below: image loss below which the next level may begin.
        close_views: share of views that come so close that the object is cut off.
        abstracts: pictures of no object per chunk.
    """

    hardest: float
    families_of_three: int
    hard_negatives: float
    pass_below: float
    close_views: float = 0.0
    abstracts: int = 0


LEVELS = (
    Level(0.12, 0, 0.0, 0.9),
    Level(0.35, 1, 0.2, 0.9),
    Level(0.65, 2, 0.4, 1.2, 0.15, 1),
    Level(1.0, 2, 0.5, -1.0, 0.2, 1),
)


@dataclass(frozen=True, eq=False, slots=True)
class Chunk:
    """Rendered instances.

    Attributes:
        first: (I, H, W, 3) uint8, one view per instance.
        others: (I * 2, H, W, 3) uint8, two more views per instance, instance by instance.
        first_masks: (I, H / 4, W / 4) bool, where the instance is in sight in `first`.
        others_masks: (I * 2, H / 4, W / 4) bool, the same of `others`.
        matches: (M, 4) int: instance, pair index, token in the one view, token in the other.
        owners: (I,) int: a number of each instance, the same wherever it is rendered.
    """

    first: NDArray[np.uint8]
    others: NDArray[np.uint8]
    first_masks: NDArray[np.bool_]
    others_masks: NDArray[np.bool_]
    matches: NDArray[np.int64]
    owners: NDArray[np.int64]


@lru_cache(maxsize=1)
def training_scenery() -> Scenery:
    """Return the grounds and cut-outs of training views, none of which the demo uses."""
    seeds = (CLUTTER.seed(k * SEEDS_PER_GROUP) for k in range(240))
    pool = tuple(random_group(seed, CRITTERS)[k % 3] for k, seed in enumerate(seeds))
    made = make_scenery(pool, CLUTTER.start, GROUND_PX, N_GROUNDS)
    rough = rough_grounds(CLUTTER.start, GROUND_PX, 2 * N_GROUNDS, made.cutouts)
    return replace(made, upright=made.upright + rough[::2], flat=made.flat + rough[1::2])


def draw_instances(chunk: int, level: Level, seeds: SeedRange) -> list[Instance]:
    """Return the chunk's instances: some families of three look-alikes, else strangers.

    Strangers have colours of their own: every second one in those of the one before was tried, and
    cost the descriptor (LOG.md, 28).
    """
    instances: list[Instance] = []
    for slot in range(INSTANCES):
        group = random_group(
            seeds.seed((chunk * GROUPS_PER_CHUNK + slot) * SEEDS_PER_GROUP), CRITTERS
        )
        instances += group if slot < level.families_of_three else group[:1]
    return instances[:INSTANCES]


def token_of(points: NDArray[np.float64], grid: tuple[int, int]) -> NDArray[np.int64]:
    """Return the token index of pixel points (N, 2)."""
    cell = np.clip(points // TOKEN_PX, 0, [grid[1] - 1, grid[0] - 1]).astype(np.int64)
    return cell[:, 1] * grid[1] + cell[:, 0]


def find_matches(
    views: list[View], grids: tuple[tuple[int, int], ...], rng: Generator
) -> list[tuple[int, int, int]]:
    """Return (pair index, token, token) of label points in sight in both views of a pair."""
    uv = rng.random((TRIED_POINTS, 2), dtype=np.float32)
    located = [view.locate(uv) for view in views]
    found = []
    for number, (a, b) in enumerate(PAIRS):
        both = np.flatnonzero(located[a][1] & located[b][1])[:POINTS]
        one = token_of(located[a][0][both], grids[a])
        two = token_of(located[b][0][both], grids[b])
        found += [(number, int(i), int(j)) for i, j in zip(one, two, strict=True)]
    return found


def _photographs(
    instance: Instance, level: Level, rng: Generator, scenery: Scenery, grids: Grids
) -> list[View]:
    painted = Painted(instance, ART_PX)
    views = []
    for rows, columns in grids:
        hardness = float(rng.uniform(0, level.hardest))
        spec = sample_view(rng, hardness, (columns * TOKEN_PX, rows * TOKEN_PX))
        if level.close_views and rng.random() < level.close_views:
            spec = replace(spec, coverage=float(rng.uniform(0.6, 1.4)), close=True)
        views.append(compose(painted, spec, scenery))
    return views


def _abstract_images(rng: Generator, scenery: Scenery, grids: Grids) -> list[NDArray[np.uint8]]:
    picture = draw_abstract(rng, scenery)
    return [
        view_abstract(picture, rng, (columns * TOKEN_PX, rows * TOKEN_PX))
        for rows, columns in grids
    ]


def render_chunk(seed: int, chunk: int, level: Level) -> Chunk:
    """Render a chunk; the same arguments give the same bytes."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, chunk, 23])
    scenery = training_scenery()
    grid_a, grid_b = GRIDS[chunk % len(GRIDS)]
    grids = (grid_a, grid_b, grid_b)
    first, others, masks, matches, owners = [], [], [], [], []
    for index, instance in enumerate(draw_instances(chunk, level, TRAINING)):
        if index >= INSTANCES - level.abstracts:
            images = _abstract_images(rng, scenery, grids)
            masks.append([whole_mask(grid) for grid in grids])
            owners.append(-1 - chunk * INSTANCES - index)
        else:
            views = _photographs(instance, level, rng, scenery, grids)
            images = [view.image for view in views]
            masks.append([coarse_mask(view.mask) for view in views])
            matches += [(index, *found) for found in find_matches(views, grids, rng)]
            owners.append(instance.seed)
        images = [weather(image, rng) for image in images]
        first.append(images[0])
        others += images[1:]
    return join_chunk(first, others, masks, matches, owners)


def join_chunk(
    first: list[NDArray[np.uint8]],
    others: list[NDArray[np.uint8]],
    masks: list[list[NDArray[np.bool_]]],
    matches: list[tuple[int, int, int, int]],
    owners: list[int],
) -> Chunk:
    """Return a chunk of what was gathered instance by instance; masks go by instance and view."""
    return Chunk(
        first=np.stack(first),
        others=np.stack(others),
        first_masks=np.stack([views[0] for views in masks]),
        others_masks=np.stack([mask for views in masks for mask in views[1:]]),
        matches=np.array(matches, dtype=np.int64).reshape(-1, 4),
        owners=np.array(owners),
    )
