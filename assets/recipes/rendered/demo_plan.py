"""Decide what the demo corpus holds: look-alike groups, their photographs and how hard each is.

Needs no renderer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from assets.recipes.rendered.cameras import Framing
from assets.recipes.rendered.layout import Wish
from assets.recipes.rendered.objects import NAMES, RESTS, random_group
from assets.recipes.seeds import DEMO, DEMO_DISTRACTORS, SEEDS_PER_GROUP
from assets.recipes.world.instances import KINSHIP, Instance, make_group

GROUP_SIZES = (3, 4, 2, 3) * 5
N_PROPS = 48
N_DISTRACTORS = 110
N_ROOM_SEEDS = 30
SIZES = ((320, 320), (320, 320), (320, 240), (320, 240), (240, 320))
ORIGINAL = "original"
STANDING_ROOMS = ("table", "counter", "floor", "shelf", "studio", "table", "counter", "shelf")
WIDE_ROOMS = ("table", "table", "counter", "floor", "studio")
FLAT_ROOMS = ("table", "counter", "floor", "floor")
LEANING_ROOMS = ("counter", "shelf")
LOW_FAMILIES = frozenset({"plate", "tin", "statuette"})
QUERY_LIGHTS = ("soft", "daylight", "daylight", "warm", "cold")
DATABASE_LIGHTS = ("soft", "daylight", "warm", "cold", "hard", "hard", "dim", "backlit")


@dataclass(frozen=True, slots=True)
class Member:
    """An instance of the corpus with its place among its look-alikes."""

    instance_id: str
    group_id: str
    kinship: str
    instance: Instance
    siblings: tuple[Instance, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a photograph must fulfil, else its scene is drawn anew.

    Attributes:
        coverage: least share of the frame that shows the object.
        occluded: range of the hidden share.
        clutter: least number of other objects in sight.
        telling_px: least number of pixels in sight that no sibling would show alike.
    """

    coverage: float
    occluded: tuple[float, float]
    clutter: int
    telling_px: int


@dataclass(frozen=True, slots=True)
class Shot:
    """One image to make; `member` is None for a distractor."""

    name: str
    role: str
    member: Member | None
    instance: Instance
    wish: Wish
    size_px: tuple[int, int]
    extras: tuple[Instance, ...]
    limits: Limits


@lru_cache(maxsize=1)
def members() -> tuple[Member, ...]:
    """Return the 60 instances in 20 groups over all families; kinships take turns."""
    found: list[Member] = []
    turn = 0
    for number, size in enumerate(GROUP_SIZES):
        family = NAMES[number % len(NAMES)]
        kinds = tuple((turn + k) % len(KINSHIP) for k in range(size - 1))
        turn += size - 1
        group = make_group(DEMO.seed(number * SEEDS_PER_GROUP), family, kinds)
        names = (ORIGINAL, *(KINSHIP[kind] for kind in kinds))
        for instance, kinship in zip(group, names, strict=True):
            others = tuple(other for other in group if other != instance)
            found.append(
                Member(f"{family}_{len(found) + 1:02d}", f"group_{number + 1:02d}", kinship,
                       instance, others)
            )  # fmt: skip
    return tuple(found)


@lru_cache(maxsize=1)
def props() -> tuple[Instance, ...]:
    """Return the objects that stand around in the photographs."""
    return tuple(
        random_group(DEMO_DISTRACTORS.seed(k * SEEDS_PER_GROUP))[0] for k in range(N_PROPS)
    )


def unlisted_siblings(member: Member) -> tuple[Instance, ...]:
    """Return look-alikes of a member that are no instance of the corpus, to stand beside it."""
    first = member.instance.shape_seed
    taken = 1 + len(member.siblings)
    return make_group(first, member.instance.family, (0, 1, 0, 1, 0, 1))[max(taken, 4) :]


def distractor_instances() -> tuple[Instance, ...]:
    """Return the objects of the images that belong to no query."""
    return tuple(
        random_group(DEMO_DISTRACTORS.seed((N_PROPS + k) * SEEDS_PER_GROUP))[0]
        for k in range(N_DISTRACTORS)
    )


@dataclass(frozen=True, slots=True)
class _Draft:
    """The numbers that differ between kinds of photograph; angles in degrees."""

    azimuth: float
    elevation: float
    roll: float
    coverage: float
    n_extras: int
    occlusion: float
    light: str
    rest: str
    limits: Limits


def _some(rng: Generator, options: tuple[str, ...]) -> str:
    return options[int(rng.integers(len(options)))]


def _elevation(rng: Generator, rest: str) -> float:
    if rest in ("lying", "flat"):
        return float(rng.uniform(38, 75))
    return float(np.clip(rng.gamma(3.0, 6.0), 4, 50))


def _query(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    return _Draft(
        float(rng.normal(0, 14)), _elevation(rng, rests[0]), float(rng.normal(0, 2)),
        float(rng.uniform(0.2, 0.42)), int(rng.integers(0, 3)), 0.0, _some(rng, QUERY_LIGHTS),
        rests[0], Limits(0.13, (0.0, 0.04), 0, 90),
    )  # fmt: skip


def _plain(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    return _Draft(
        float(rng.normal(0, 25)), _elevation(rng, rests[0]), float(rng.normal(0, 3)),
        float(rng.uniform(0.12, 0.35)), int(rng.integers(1, 4)), 0.0, _some(rng, DATABASE_LIGHTS),
        rests[0], Limits(0.07, (0.0, 0.15), 1, 60),
    )  # fmt: skip


def _crowded(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    return _Draft(
        float(rng.normal(0, 35)), _elevation(rng, rests[0]), float(rng.normal(0, 3)),
        float(rng.uniform(0.06, 0.16)), int(rng.integers(5, 9)), 0.0,
        _some(rng, DATABASE_LIGHTS), rests[0], Limits(0.035, (0.0, 0.35), 3, 45),
    )  # fmt: skip


def _turned(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    rest = rests[-1] if rng.random() < 0.45 else rests[0]
    side = float(rng.choice([-1, 1]) * rng.uniform(64, 105))
    return _Draft(
        side, _elevation(rng, rest), float(rng.normal(0, 6)), float(rng.uniform(0.12, 0.34)),
        int(rng.integers(1, 5)), 0.0, _some(rng, DATABASE_LIGHTS), rest,
        Limits(0.06, (0.0, 0.25), 0, 45),
    )  # fmt: skip


def _hidden(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    occlusion = float(rng.uniform(0.3, 0.62))
    return _Draft(
        float(rng.normal(0, 25)), float(rng.uniform(4, 20)), float(rng.normal(0, 3)),
        float(rng.uniform(0.14, 0.34)), int(rng.integers(3, 7)), occlusion,
        _some(rng, DATABASE_LIGHTS), rests[0], Limits(0.04, (0.08, 0.6), 1, 45),
    )  # fmt: skip


def _small(rng: Generator, rests: tuple[str, ...]) -> _Draft:
    return _Draft(
        float(rng.normal(0, 22)), float(rng.uniform(6, 35)), float(rng.normal(0, 2)),
        float(rng.uniform(0.026, 0.06)), int(rng.integers(5, 9)), 0.0,
        _some(rng, ("soft", "daylight", "cold", "hard")), rests[0],
        Limits(0.02, (0.0, 0.2), 2, 30),
    )  # fmt: skip


def _room(rng: Generator, rest: str, company: int) -> str:
    """Return a room with space for the company where there is much of it."""
    if rest == "leaning":
        return "counter" if company > 2 else _some(rng, LEANING_ROOMS)
    if rest != "upright":
        return _some(rng, FLAT_ROOMS)
    return _some(rng, WIDE_ROOMS if company > 3 else STANDING_ROOMS)


def _wish(rng: Generator, draft: _Draft) -> Wish:
    reach = 0.12 if draft.coverage > 0.2 else 0.5
    framing = Framing(
        heading_deg=float(rng.uniform(-32, 32)),
        elevation_deg=draft.elevation,
        roll_deg=draft.roll,
        fov_deg=float(rng.uniform(24, 46)),
        coverage=draft.coverage,
        offset=(float(rng.uniform(-reach, reach)), float(rng.uniform(-reach, reach) * 0.6)),
    )
    base, company = DEMO.start, draft.n_extras + (4 if draft.occlusion else 0)
    return Wish(
        azimuth_deg=draft.azimuth, framing=framing, rest=draft.rest, light=draft.light,
        room=_room(rng, draft.rest, company), n_extras=draft.n_extras, occlusion=draft.occlusion,
        scene_seed=int(rng.integers(1 << 31)),
        light_seed=base + int(rng.integers(N_ROOM_SEEDS)),
        room_seed=base + int(rng.integers(N_ROOM_SEEDS)),
    )  # fmt: skip


def _extras(
    rng: Generator, n: int, look_alikes: tuple[Instance, ...], blocks: bool
) -> tuple[Instance, ...]:
    """Return props, the first a tall one where it blocks the view.

    In some crowded photographs a look-alike is one of them, never the first.
    """
    order = [props()[int(k)] for k in rng.permutation(N_PROPS)]
    if blocks:
        order.sort(key=lambda prop: prop.family in LOW_FAMILIES)
    chosen = order[:n]
    if n >= 3 and look_alikes and rng.random() < 0.4:
        chosen[1] = look_alikes[int(rng.integers(len(look_alikes)))]
    return tuple(chosen)


_KINDS: tuple[Callable[[Generator, tuple[str, ...]], _Draft], ...] = (
    _plain, _crowded, _turned, _hidden, _small, _turned,
)  # fmt: skip


def _shot(
    name: str, role: str, member: Member | None, instance: Instance, draft: _Draft, rng: Generator
) -> Shot:
    look_alikes = unlisted_siblings(member) if member else ()
    wish = _wish(rng, draft)
    size = SIZES[int(rng.integers(len(SIZES)))]
    extras = _extras(rng, wish.n_extras, look_alikes, wish.occlusion > 0)
    return Shot(name, role, member, instance, wish, size, extras, draft.limits)


def _same_place(shot: Shot, other: Shot) -> Shot:
    """Return the shot moved to the room and light of another, for a look-alike background."""
    if shot.wish.rest != other.wish.rest:
        return shot
    wish = replace(
        shot.wish, room=other.wish.room, room_seed=other.wish.room_seed, light=other.wish.light,
        light_seed=other.wish.light_seed,
    )  # fmt: skip
    return replace(shot, wish=wish)


def _shots_of(member: Member) -> list[Shot]:
    rng = np.random.default_rng([member.instance.seed, 97])
    rests = RESTS[member.instance.family]
    shots = [
        _shot(f"{member.instance_id}_q{k + 1}", "query", member, member.instance,
              _query(rng, rests), rng)
        for k in range(2)
    ]  # fmt: skip
    for k in range(5 + int(rng.random() < 0.5)):
        name = f"{member.instance_id}_d{k + 1}"
        shots.append(_shot(name, "database", member, member.instance, _KINDS[k](rng, rests), rng))
    return shots


def _distractors() -> list[Shot]:
    shots: list[Shot] = []
    for number, instance in enumerate(distractor_instances(), start=1):
        rng = np.random.default_rng([instance.seed, 97])
        draft = _KINDS[int(rng.integers(len(_KINDS)))](rng, RESTS[instance.family])
        shots.append(_shot(f"distractor_{number:03d}", "database", None, instance, draft, rng))
    return shots


def make_plan() -> tuple[Shot, ...]:
    """Return every shot in the manifest's order.

    The first database photograph of each member is taken where the next sibling's query was.
    """
    by_member = {member.instance_id: _shots_of(member) for member in members()}
    found: list[Shot] = []
    for member in members():
        shots = list(by_member[member.instance_id])
        group = [m.instance_id for m in members() if m.group_id == member.group_id]
        following = group[(group.index(member.instance_id) + 1) % len(group)]
        shots[2] = _same_place(shots[2], by_member[following][0])
        found += shots
    return (*found, *_distractors())
