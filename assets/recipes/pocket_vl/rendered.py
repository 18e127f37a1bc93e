"""Make training chunks of renders: crops, and points of the surface in both views."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.chunks import (
    GRIDS,
    INSTANCES,
    PAIRS,
    POINTS,
    TURN,
    Chunk,
    Grids,
    join_chunk,
    token_of,
)
from assets.recipes.pocket_vl.collage import collage
from assets.recipes.pocket_vl.gatherings import Gathering, any_picture, list_gatherings
from assets.recipes.pocket_vl.shown import Shown
from assets.recipes.pocket_vl.weather import weather

NEAR = 0.03
"""Surface points closer than this, in shares of a part's texture, count as the same point."""
LEAST_SHARE = (0.85, 0.85, 0.8)
"""The smallest crop of each view, as a share of the picture's side."""
TRIED = 220
AROUND = 0.3
"""How often the third view looks at something else, the object being small in it; else it is a
further crop of a scene that looks at the object."""
CROWDED = (0.2, 0.4, 0.4)
"""Share of each view's pictures into which a foreign object is set, or they into another's."""


def crop(shown: Shown, rng: Generator, grid: tuple[int, int], least: float) -> Shown:
    """Return a random crop at the size of a token grid; it holds the middle of the object.

    Its longer side is `least` or more of the picture's.
    """
    height, width = grid[0] * TOKEN_PX, grid[1] * TOKEN_PX
    side = shown.image.shape[0]
    long = side * float(rng.uniform(least, 1.0))
    w, h = long * min(1.0, width / height), long * min(1.0, height / width)
    middle = shown.points.mean(0) if len(shown.points) else np.array([side / 2, side / 2])
    x = float(np.clip(middle[0] - w * rng.uniform(0.3, 0.7), 0, side - w))
    y = float(np.clip(middle[1] - h * rng.uniform(0.3, 0.7), 0, side - h))
    cut = shown.image[int(y) : int(y + h), int(x) : int(x + w)]
    smooth = cv2.INTER_AREA if h >= height else cv2.INTER_CUBIC
    image = cv2.resize(cut, (width, height), interpolation=smooth)
    points = (shown.points - [x, y]) * [width / w, height / h]
    inside = np.all((points >= 0) & (points < [width, height]), axis=1)
    return Shown(image, points[inside], shown.addresses[inside])


def match(one: Shown, two: Shown, rng: Generator) -> tuple[NDArray, NDArray]:
    """Return pixels (M, 2) in each picture, M <= POINTS, that show the same surface points."""
    a, b = (rng.permutation(len(s.points))[:n] for s, n in ((one, TRIED), (two, 3 * TRIED)))
    if not len(a) or not len(b):
        return np.zeros((0, 2)), np.zeros((0, 2))
    apart = np.abs(one.addresses[a][:, None] - two.addresses[b][None]).max(-1)
    nearest = apart.argmin(1)
    same = np.flatnonzero(apart[np.arange(len(a)), nearest] < NEAR)[:POINTS]
    return one.points[a[same]], two.points[b[nearest[same]]]


def _scenes(gathering: Gathering, instance: int, rng: Generator) -> tuple[int, int, int]:
    """Draw two scenes that look at an instance, and now and then one in which it stands around."""
    looking = [int(scene) for scene in rng.permutation(gathering.looks_at(instance))]
    around = gathering.has_around(instance)
    if not len(around) or rng.random() >= AROUND:
        return looking[0], looking[1], looking[-1]
    return looking[0], looking[1], int(around[int(rng.integers(len(around)))])


def _views(
    gathering: Gathering, instance: int, elsewhere: Sequence[Path], grids: Grids, rng: Generator
) -> list[Shown]:
    views = []
    scenes = _scenes(gathering, instance, rng)
    for scene, grid, crowded, least in zip(scenes, grids, CROWDED, LEAST_SHARE, strict=True):
        shown = gathering.show(scene, instance)
        if rng.random() < crowded:
            shown = collage(shown, any_picture(elsewhere, rng), rng)
        views.append(crop(shown, rng, grid, least))
    return views


def _find_matches(views: list[Shown], grids: Grids, rng: Generator) -> list[tuple[int, int, int]]:
    """Return (pair index, token, token) of surface points in sight in both views of a pair."""
    found = []
    for pair, (a, b) in enumerate(PAIRS):
        one, two = match(views[a], views[b], rng)
        tokens = zip(token_of(one, grids[a]), token_of(two, grids[b]), strict=True)
        found += [(pair, int(i), int(j)) for i, j in tokens]
    return found


def _draw_gatherings(
    folder: Path, number: int, rng: Generator
) -> tuple[Sequence[Path], Sequence[Path]]:
    """Return the gatherings of a chunk and those whose pictures its objects are set into.

    None is in both, and the two chunks of a step draw from different halves of the folder: what
    stands around in a picture would be called a stranger to it.
    """
    half = list_gatherings(folder)[number // TURN % 2 :: 2]
    if len(half) <= INSTANCES:
        message = f"{folder} holds too few gatherings; render {2 * INSTANCES + 2} or more"
        raise ValueError(message)
    drawn = [half[int(k)] for k in rng.permutation(len(half))]
    return drawn[:INSTANCES], drawn[INSTANCES:]


def rendered_chunk(folder: Path, seed: int, number: int) -> Chunk:
    """Return a chunk of rendered instances; the same arguments give the same bytes.

    Of each gathering one group is taken: others of it stand around in the pictures, and would be
    called strangers to what shows them.

    Raises:
        FileNotFoundError: the folder holds no gathering.
        ValueError: it holds too few.
    """
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, number, 47])
    grid_a, grid_b = GRIDS[number % len(GRIDS)]
    grids = (grid_a, grid_b, grid_b)
    first, others, masks, matches, owners = [], [], [], [], []
    paths, elsewhere = _draw_gatherings(folder, number, rng)
    for path in paths:  # as many as instances: each has one or more
        with Gathering(path) as gathering:
            groups = gathering.groups
            group = groups[int(rng.integers(len(groups)))]
            for instance in group[: INSTANCES - len(first)]:
                views = _views(gathering, int(instance), elsewhere, grids, rng)
                matches += [(len(first), *found) for found in _find_matches(views, grids, rng)]
                masks.append([view.mask() for view in views])
                images = [weather(view.image, rng) for view in views]
                first.append(images[0])
                others += images[1:]
                owners.append(int(gathering.seeds[instance]))
        if len(first) == INSTANCES:
            break
    return join_chunk(first, others, masks, matches, owners)
