"""Training views: small renders from true viewpoints, with surface coordinates of all in sight."""

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
from assets.recipes.world.instances import Instance

ATLAS_PX, SURFACE_PX, N_PROPS = 176, 256, 96
POOL_SIZES = (28, 28)
QUALITY = Quality(samples=4, depth=4, albedo_samples=1, levels=3)
RETRIES, MIN_COVERAGE, MAX_OCCLUDED = 3, 0.012, 0.75
"""A view that shows less is drawn anew, a few times."""
ROOM_SHARES = (0.3, 0.17, 0.15, 0.15, 0.11, 0.12)
"""How often each of rooms.ROOMS is drawn."""


@dataclass(frozen=True, eq=False, slots=True)
class RenderedView:
    """A render with what is known about it.

    Attributes:
        image: (H, W, 3) uint8 sRGB.
        owner: (H, W) int16, who is in sight: 0 the object, n the n-th of its company, -1 all else.
        uv: (H, W, 2) float32 atlas coordinates in [0, 1], 0 where `owner` is -1.
        part: (H, W) int16 part of what `owner` names, -1 elsewhere; with uv it names a point.
        azimuth_deg: direction of view around the object's axis, 0 at its front.
        elevation_deg: direction of view above the object's equator.
        distance: from camera to object in object heights.
        light: one of lights.LIGHTS.
        background: one of rooms.ROOMS.
        occluded: hidden share of the object's outline within the frame, in [0, 1].
        clutter: how many other objects are in sight.
    """

    image: NDArray[np.uint8]
    owner: NDArray[np.int16]
    uv: NDArray[np.float32]
    part: NDArray[np.int16]
    azimuth_deg: float
    elevation_deg: float
    distance: float
    light: str
    background: str
    occluded: float
    clutter: int

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return where the object is in sight."""
        return self.owner == 0


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
    n_extras = int(rng.integers(1, 4 + round(5 * hard))) if rng.random() < 0.55 + 0.4 * hard else 0
    hidden = rng.random() < 0.05 + 0.35 * hard
    return Wish(
        azimuth_deg=_azimuth(rng, hard), framing=framing, rest=rest,
        light=str(rng.choice(LIGHTS)), room=room, n_extras=n_extras + int(hidden),
        occlusion=float(rng.uniform(0.1, 0.25 + 0.4 * hard)) if hidden else 0.0,
        scene_seed=int(seeds[0]), light_seed=int(seeds[1]), room_seed=int(seeds[2]),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _solid(instance: Instance) -> Solid:
    return build_solid(instance, ATLAS_PX)


def _render(
    instance: Instance, company: tuple[Instance, ...], wish: Wish, size_px: tuple[int, int],
    rng: Generator,
) -> RenderedView:  # fmt: skip
    stage = _stage()
    others = [(_solid(one), one.family) for one in company[: wish.n_extras]]
    while len(others) < wish.n_extras:
        others.append(_prop(int(rng.integers(N_PROPS))))
    solid, family = _solid(instance), instance.family
    layout = lay_out(solid, family, wish, size_px, tuple(others), stage.pool_sizes)
    take = Take(stage, layout)
    geometry = take.survey()
    radiance = take.expose(geometry, QUALITY, int(rng.integers(1 << 31)))
    grain = float(rng.uniform(0, 0.012))
    image = develop(radiance, geometry.mask, layout.light.key, rng, grain)
    azimuth, elevation, distance = seen_from(layout.pose, layout.camera)
    known = geometry.owner <= len(company)
    return RenderedView(
        image=image,
        owner=np.where(known, geometry.owner, np.int16(-1)),
        uv=np.where(known[..., None], geometry.uv, np.float32(0)),
        part=np.where(known, geometry.part, np.int16(-1)),
        azimuth_deg=azimuth, elevation_deg=elevation, distance=distance, light=wish.light,
        background=wish.room, occluded=geometry.occluded(), clutter=geometry.clutter(),
    )  # fmt: skip


def render_training_view(
    instance: Instance, company: tuple[Instance, ...], size_px: tuple[int, int], rng: Generator,
    difficulty: float,
) -> RenderedView:  # fmt: skip
    """Render an instance in a room, light and view of its own, other objects around it.

    Costs about 0.6 s of one core for 192 x 192 pixels.

    Args:
        instance: the object, which the camera looks at.
        company: objects of which as many stand around it as the view has room for, the first of
            them first; props follow where it has more.
        size_px: width and height.
        rng: decides the view; the same state gives the same picture.
        difficulty: in [0, 1].
    """
    rests = RESTS[instance.family]
    view = _render(instance, company, sample_wish(rng, rests, difficulty), size_px, rng)
    for _ in range(RETRIES):
        if view.mask.mean() >= MIN_COVERAGE and view.occluded <= MAX_OCCLUDED:
            break
        view = _render(instance, company, sample_wish(rng, rests, difficulty * 0.6), size_px, rng)
    return view
