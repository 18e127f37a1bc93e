"""Training views: small renders of one instance from true viewpoints, with surface coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from assets.recipes.rendered.cameras import Framing
from assets.recipes.rendered.layout import Wish, lay_out, seen_from
from assets.recipes.rendered.lights import LIGHTS
from assets.recipes.rendered.objects import RESTS, build_solid, random_group
from assets.recipes.rendered.photo import develop
from assets.recipes.rendered.rooms import ROOMS
from assets.recipes.rendered.solids import Solid
from assets.recipes.rendered.stage import Quality, Stage, Take
from assets.recipes.seeds import CLUTTER, SEEDS_PER_GROUP

ATLAS_PX, SURFACE_PX, N_PROPS = 176, 256, 96
POOL_SIZES = (28, 28)
QUALITY = Quality(samples=4, depth=4, albedo_samples=4, levels=3)
RETRIES, MIN_COVERAGE, MAX_OCCLUDED = 3, 0.012, 0.75
"""A view that shows less is drawn anew, a few times."""
ROOM_SHARES = (0.3, 0.17, 0.15, 0.15, 0.11, 0.12)
"""How often each of rooms.ROOMS is drawn."""


@dataclass(frozen=True, eq=False, slots=True)
class RenderedView:
    """A render with what is known about it.

    Attributes:
        image: (H, W, 3) uint8 sRGB.
        mask: (H, W) where the object is in sight.
        uv: (H, W, 2) float32 atlas coordinates in [0, 1], 0 off the object.
        part: (H, W) int16 part of the object, -1 off it; uv and part name a surface point.
        azimuth_deg: direction of view around the object's axis, 0 at its front.
        elevation_deg: direction of view above the object's equator.
        distance: from camera to object in object heights.
        light: one of lights.LIGHTS.
        background: one of rooms.ROOMS.
        occluded: hidden share of the outline within the frame, in [0, 1].
        clutter: how many other objects are in sight.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    uv: NDArray[np.float32]
    part: NDArray[np.int16]
    azimuth_deg: float
    elevation_deg: float
    distance: float
    light: str
    background: str
    occluded: float
    clutter: int


@lru_cache(maxsize=1)
def _stage() -> Stage:
    return Stage(CLUTTER.start, SURFACE_PX, POOL_SIZES)


@lru_cache(maxsize=N_PROPS)
def _prop(number: int) -> tuple[Solid, str]:
    instance = random_group(CLUTTER.seed(number * SEEDS_PER_GROUP))[0]
    return build_solid(instance, 128), instance.family


def _azimuth(rng: Generator, difficulty: float) -> float:
    if rng.random() < 0.3 * difficulty:
        return float(rng.uniform(-180, 180))
    return float(np.clip(rng.normal(0, 15 + 45 * difficulty), -180, 180))


def _elevation(rng: Generator, rest: str, difficulty: float) -> float:
    if rest in ("lying", "flat"):
        return float(rng.uniform(35, 82))
    return float(np.clip(rng.gamma(2.2, 5 + 6 * difficulty), 2, 70))


def sample_wish(rng: Generator, rests: tuple[str, ...], difficulty: float) -> Wish:
    """Draw a training view; difficulty 0 is frontal, large and clean, 1 is everything."""
    hard = float(np.clip(difficulty, 0, 1))
    rest = str(rng.choice(rests)) if rng.random() < 0.4 else rests[0]
    largest = 0.5 - 0.1 * hard
    coverage = float(np.exp(rng.uniform(np.log(0.3 - 0.26 * hard), np.log(largest))))
    turned = rng.random() < 0.15 * hard
    roll = float(rng.uniform(-180, 180) if turned else rng.normal(0, 2 + 8 * hard))
    reach = 0.15 + 0.6 * hard
    framing = Framing(
        heading_deg=float(rng.uniform(-45, 45)),
        elevation_deg=_elevation(rng, rest, hard),
        roll_deg=roll,
        fov_deg=float(rng.uniform(22, 55)),
        coverage=coverage,
        offset=(float(rng.uniform(-reach, reach)), float(rng.uniform(-reach, reach))),
        whole=rng.random() > 0.12 * hard,
    )
    room = str(rng.choice(ROOMS, p=ROOM_SHARES))
    if (rest in ("lying", "flat") and room == "shelf") or (
        rest == "leaning" and room in ("table", "floor", "studio")
    ):
        room = "counter"
    seeds = rng.integers(1 << 31, size=3)
    n_extras = int(rng.integers(0, 2 + round(5 * hard))) if rng.random() < 0.3 + 0.6 * hard else 0
    hidden = rng.random() < 0.05 + 0.35 * hard
    return Wish(
        azimuth_deg=_azimuth(rng, hard), framing=framing, rest=rest,
        light=str(rng.choice(LIGHTS)), room=room, n_extras=n_extras + int(hidden),
        occlusion=float(rng.uniform(0.1, 0.25 + 0.4 * hard)) if hidden else 0.0,
        scene_seed=int(seeds[0]), light_seed=int(seeds[1]), room_seed=int(seeds[2]),
    )  # fmt: skip


def _others(rng: Generator, n: int) -> tuple[tuple[Solid, str], ...]:
    return tuple(_prop(int(k)) for k in rng.integers(N_PROPS, size=n))


def _render(
    solid: Solid, family: str, wish: Wish, size_px: tuple[int, int], rng: Generator
) -> RenderedView:
    stage = _stage()
    others = _others(rng, wish.n_extras)
    layout = lay_out(solid, family, wish, size_px, others, stage.pool_sizes)
    take = Take(stage, layout)
    geometry = take.survey()
    radiance = take.expose(geometry, QUALITY, int(rng.integers(1 << 31)))
    grain = float(rng.uniform(0, 0.012))
    image = develop(radiance, geometry.mask, layout.light.key, rng, grain)
    azimuth, elevation, distance = seen_from(layout.pose, layout.camera)
    return RenderedView(
        image=image, mask=geometry.mask, uv=geometry.uv, part=geometry.part, azimuth_deg=azimuth,
        elevation_deg=elevation, distance=distance, light=wish.light, background=wish.room,
        occluded=geometry.occluded(), clutter=geometry.clutter(),
    )  # fmt: skip


def render_training_views(
    first_seed: int,
    member: int,
    n_views: int,
    size_px: tuple[int, int],
    rng: Generator,
    difficulty: float,
) -> list[RenderedView]:
    """Render one instance several times, each time in another room, light and view.

    Costs about 0.2 s of one core per view of 128 x 128 pixels.

    Args:
        first_seed: names a group of siblings, which owns seeds.SEEDS_PER_GROUP seeds; family and
            kinships follow from it.
        member: 0, 1 or 2, which of the siblings.
        n_views: how many views.
        size_px: width and height.
        rng: decides the views; the same state gives the same pictures.
        difficulty: in [0, 1].
    """
    instance = random_group(first_seed)[member]
    solid = build_solid(instance, ATLAS_PX)
    rests = RESTS[instance.family]
    views: list[RenderedView] = []
    for _ in range(n_views):
        wish = sample_wish(rng, rests, difficulty)
        view = _render(solid, instance.family, wish, size_px, rng)
        for _ in range(RETRIES):
            if view.mask.mean() >= MIN_COVERAGE and view.occluded <= MAX_OCCLUDED:
                break
            wish = sample_wish(rng, rests, difficulty * 0.6)
            view = _render(solid, instance.family, wish, size_px, rng)
        views.append(view)
    return views
