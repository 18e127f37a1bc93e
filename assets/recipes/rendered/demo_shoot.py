"""Take one shot of the demo corpus: draw scenes until its limits hold, then render and develop."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from assets.recipes.rendered.demo_plan import Limits, Shot
from assets.recipes.rendered.layout import Layout, Wish, lay_out, seen_from
from assets.recipes.rendered.lens import confusion, defocus
from assets.recipes.rendered.objects import build_solid
from assets.recipes.rendered.photo import develop
from assets.recipes.rendered.solids import Solid
from assets.recipes.rendered.stage import Geometry, Quality, Stage, Take
from assets.recipes.seeds import DEMO
from assets.recipes.world.instances import Instance

ATLAS_PX, SURFACE_PX = 420, 768
POOL_SIZES = (20, 20)
QUALITY = Quality(samples=5, depth=5, albedo_samples=1, levels=4)
OVERSIZE = 1.5
"""Photographs are rendered this many times larger and then reduced, which smooths their edges."""
ATTEMPTS = 14
TELLING_STEP = 40
"""Difference of atlas colours, summed over channels, from which on a pixel tells siblings apart."""


@dataclass(frozen=True, eq=False, slots=True)
class Photograph:
    """A finished photograph and what the renderer knows about it."""

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    coverage: float
    occluded: float
    clutter: int
    azimuth_deg: float
    elevation_deg: float
    distance: float
    telling_px: int
    faults: int


@lru_cache(maxsize=1)
def demo_stage() -> Stage:
    """Return the renderer's side of the demo corpus, one per process."""
    return Stage(DEMO.start, SURFACE_PX, POOL_SIZES)


@lru_cache(maxsize=192)
def _solid(instance: Instance) -> Solid:
    return build_solid(instance, ATLAS_PX)


def _lay_out(shot: Shot, wish: Wish) -> Layout:
    others = tuple((_solid(extra), extra.family) for extra in shot.extras)
    family = shot.instance.family
    return lay_out(_solid(shot.instance), family, wish, shot.size_px, others, POOL_SIZES)


def telling_pixels(shot: Shot, geometry: Geometry) -> int:
    """Return how many pixels in sight show what the likest sibling would show differently."""
    siblings = shot.member.siblings if shot.member else ()
    mask = geometry.mask
    own = _solid(shot.instance).atlas
    height, width = own.shape[:2]
    column = np.clip((geometry.uv[mask][:, 0] * width).astype(int), 0, width - 1)
    row = np.clip((geometry.uv[mask][:, 1] * height).astype(int), 0, height - 1)
    counts = [int(mask.sum())]
    for sibling in siblings:
        other = _solid(sibling).atlas
        differ = cv2.absdiff(own, other).astype(int).sum(axis=2) > TELLING_STEP
        counts.append(int(differ[row, column].sum()))
    return min(counts)


@dataclass(frozen=True, slots=True)
class _Faults:
    """Which limits a scene breaks: too little of the object to see, or wrong surroundings."""

    too_small: int
    wrong_company: int

    @property
    def n(self) -> int:
        """Return how many limits are broken."""
        return self.too_small + self.wrong_company


def _faults(geometry: Geometry, telling_px: int, limits: Limits) -> _Faults:
    least, most = limits.occluded
    company = (not least <= geometry.occluded() <= most, geometry.clutter() < limits.clutter)
    size = (float(geometry.mask.mean()) < limits.coverage, telling_px < limits.telling_px)
    return _Faults(sum(size), sum(company))


def _again(wish: Wish, attempt: int, last: _Faults) -> Wish:
    """Return the wish for another attempt in the light of what was wrong with the last one.

    Too little to see brings the camera nearer and to the front; too few things around, or none
    before the object, moves it back.
    """
    zoom = 1.12 if last.too_small else 0.93
    frontal = 0.8 if last.too_small and attempt > 3 else 1.0
    coverage = float(np.clip(wish.framing.coverage * zoom, 0.025, 0.5))
    return replace(
        wish, scene_seed=wish.scene_seed + 7919, azimuth_deg=wish.azimuth_deg * frontal,
        framing=replace(wish.framing, coverage=coverage),
    )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class _Settled:
    """A scene that was chosen, and how many limits it breaks."""

    layout: Layout
    telling_px: int
    faults: int


def settle(shot: Shot) -> _Settled:
    """Return the first scene that keeps all limits, or the one that breaks fewest."""
    best: _Settled | None = None
    wish = shot.wish
    for attempt in range(ATTEMPTS):
        layout = _lay_out(shot, wish)
        geometry = Take(demo_stage(), layout).survey()
        telling = telling_pixels(shot, geometry)
        faults = _faults(geometry, telling, shot.limits)
        if best is None or faults.n < best.faults:
            best = _Settled(layout, telling, faults.n)
        if not best.faults:
            break
        wish = _again(wish, attempt, faults)
    assert best is not None
    return best


def _enlarged(layout: Layout) -> Layout:
    width, height = layout.camera.size_px
    size = (round(width * OVERSIZE), round(height * OVERSIZE))
    return replace(layout, camera=replace(layout.camera, size_px=size))


def _reduced(image: NDArray[np.uint8], size_px: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(image, size_px, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def photograph(shot: Shot, quality: Quality = QUALITY) -> Photograph:
    """Return the shot's photograph; the same shot gives the same bytes."""
    scene = settle(shot)
    layout = scene.layout
    take = Take(demo_stage(), _enlarged(layout))
    geometry = take.survey()
    radiance = take.expose(geometry, quality, shot.wish.scene_seed % (1 << 31))
    rng = np.random.default_rng([shot.wish.scene_seed, 101])
    aperture = OVERSIZE * float(rng.choice([0.0, 2.0, 4.0, 7.0]))
    radiance = defocus(radiance, confusion(geometry.depth, geometry.mask, aperture))
    grain = OVERSIZE * float(rng.uniform(0.003, 0.009))
    image = develop(radiance, geometry.mask, layout.light.key, rng, grain)
    share = cv2.resize(geometry.mask.astype(np.float32), shot.size_px, interpolation=cv2.INTER_AREA)
    mask = share >= 0.5
    azimuth, elevation, distance = seen_from(layout.pose, layout.camera)
    return Photograph(
        _reduced(image, shot.size_px), mask, float(mask.mean()), geometry.occluded(),
        geometry.clutter(), azimuth, elevation, distance, scene.telling_px, scene.faults,
    )  # fmt: skip
