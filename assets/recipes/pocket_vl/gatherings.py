"""Read rendered gatherings: which scenes show an instance, and where in them it is."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from assets.recipes.pocket_vl.renders import STEP
from assets.recipes.pocket_vl.shown import Shown
from assets.recipes.seeds import SEEDS_PER_GROUP

LEAST_POINTS = 150
"""Surface points from which on something that stands around counts as shown: 1.6 % of a picture."""


@lru_cache(maxsize=4)
def list_gatherings(folder: Path) -> tuple[Path, ...]:
    """Return the files in order.

    Raises:
        FileNotFoundError: the folder holds none.
    """
    found = tuple(sorted(folder.glob("gathering_*.npz")))
    if not found:
        message = f"{folder} holds no rendered gathering; run assets.recipes.pocket_vl.renders"
        raise FileNotFoundError(message)
    return found


class Gathering:
    """An open file of `renders`; instances and scenes go by their numbers in it.

    Attributes:
        seeds: (I,) seed of each instance; look-alikes share theirs up to SEEDS_PER_GROUP.
        main: (S,) the instance that each scene looks at.
    """

    def __init__(self, path: Path) -> None:
        self._stored = np.load(path)
        self.seeds: NDArray[np.int64] = self._stored["seeds"]
        self.main: NDArray[np.int64] = self._stored["main"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stored.close()

    @property
    def groups(self) -> list[NDArray[np.int64]]:
        """Return the instances of each group of look-alikes."""
        group = self.seeds // SEEDS_PER_GROUP
        return [np.flatnonzero(group == one) for one in np.unique(group)]

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        """Return how many points (S, I) of each instance a scene shows."""
        shown = [self._stored[f"who{scene}"] for scene in range(len(self.main))]
        return np.stack([np.bincount(who[who >= 0], minlength=len(self.seeds)) for who in shown])

    def looks_at(self, instance: int) -> NDArray[np.int64]:
        """Return the scenes that look at an instance."""
        return np.flatnonzero(self.main == instance)

    def has_around(self, instance: int) -> NDArray[np.int64]:
        """Return the scenes of other instances in which this one stands around."""
        shown = self._sizes[:, instance] >= LEAST_POINTS
        return np.flatnonzero(shown & (self.main != instance))

    def show(self, scene: int, instance: int) -> Shown:
        """Return a scene's picture with the surface points of an instance."""
        who = self._stored[f"who{scene}"]
        rows, columns = np.nonzero(who == instance)
        uv = self._stored[f"uv{scene}"][rows, columns].astype(np.float64)
        part = self._stored[f"part{scene}"][rows, columns] * 10.0
        image = np.asarray(Image.open(io.BytesIO(self._stored[f"jpeg{scene}"].tobytes())))
        points = np.column_stack([columns, rows]) * float(STEP)
        return Shown(image, points, np.column_stack([part, uv]))


def any_picture(paths: Sequence[Path], rng: Generator) -> Shown:
    """Return a picture of some of these gatherings with the points of what it looks at."""
    with Gathering(paths[int(rng.integers(len(paths)))]) as gathering:
        scene = int(rng.integers(len(gathering.main)))
        return gathering.show(scene, int(gathering.main[scene]))
