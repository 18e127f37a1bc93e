"""Read rendered groups back as training chunks: crops, and points of the surface in both views."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.chunks import (
    GRIDS,
    INSTANCES,
    PAIRS,
    POINTS,
    VIEWS,
    Chunk,
    join_chunk,
    token_of,
)
from assets.recipes.pocket_vl.collage import collage
from assets.recipes.pocket_vl.renders import STEP
from assets.recipes.pocket_vl.shown import Shown
from assets.recipes.pocket_vl.weather import weather
from assets.recipes.seeds import SEEDS_PER_GROUP

NEAR = 0.03
"""Surface points closer than this, in shares of a part's texture, count as the same point."""
LEAST_SHARE = (0.7, 0.85, 0.85)
"""The smallest crop of the first view and of the others, as a share of the picture's side."""
TRIED = 220
CROWDED = (0.25, 0.5, 0.5)
"""Share of pictures with a foreign object, for the first view and the others."""


@lru_cache(maxsize=4)
def list_groups(folder: Path) -> tuple[Path, ...]:
    """Return the group files in order."""
    return tuple(sorted(folder.glob("group_*.npz")))


def read_group(path: Path) -> list[list[Shown]]:
    """Return the pictures of each member of a group."""
    with np.load(path) as stored:
        found: list[list[Shown]] = [[] for _ in range(int(stored["member"].max()) + 1)]
        for number, member in enumerate(stored["member"]):
            image = np.asarray(Image.open(io.BytesIO(stored[f"jpeg{number}"].tobytes())))
            part, uv = stored["part"][number], stored["uv"][number].astype(np.float64)
            rows, columns = np.nonzero(part >= 0)
            address = np.column_stack([part[rows, columns] * 10.0, uv[rows, columns]])
            places = np.column_stack([columns, rows]) * float(STEP)
            found[int(member)].append(Shown(image, places, address))
    return found


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
    image = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA)
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


def _owner(path: Path, member: int) -> int:
    return -(1 << 40) + int(path.stem.rpartition("_")[2]) * SEEDS_PER_GROUP + member


def _draw(folder: Path, rng: Generator) -> Path:
    paths = list_groups(folder)
    return paths[int(rng.integers(len(paths)))]


def _foreign(folder: Path, rng: Generator) -> Shown:
    """Return a picture of any object."""
    pictures = [shown for member in read_group(_draw(folder, rng)) for shown in member]
    return pictures[int(rng.integers(len(pictures)))]


def rendered_chunk(folder: Path, seed: int, number: int) -> Chunk:
    """Return a chunk of rendered instances; the same arguments give the same bytes."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, number, 47])
    grid_a, grid_b = GRIDS[number % len(GRIDS)]
    grids = (grid_a, grid_b, grid_b)
    first, others, masks, matches, owners = [], [], [], [], []
    while len(first) < INSTANCES:
        path = _draw(folder, rng)
        for member, pictures in enumerate(read_group(path)[: INSTANCES - len(first)]):
            order = rng.permutation(len(pictures))[:VIEWS]
            views = []
            for k, grid, crowded, least in zip(order, grids, CROWDED, LEAST_SHARE, strict=True):
                shown = pictures[k]
                if rng.random() < crowded:
                    shown = collage(shown, _foreign(folder, rng), rng)
                views.append(crop(shown, rng, grid, least))
            for pair, (a, b) in enumerate(PAIRS):
                one, two = match(views[a], views[b], rng)
                tokens = zip(token_of(one, grids[a]), token_of(two, grids[b]), strict=True)
                matches += [(len(first), pair, int(i), int(j)) for i, j in tokens]
            masks.append([view.mask() for view in views])
            images = [weather(view.image, rng) for view in views]
            first.append(images[0])
            others += images[1:]
            owners.append(_owner(path, member))
    return join_chunk(first, others, masks, matches, owners)
