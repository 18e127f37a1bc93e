"""No instance is both learnt from and shown."""

from itertools import combinations

import numpy as np
import pytest

from assets.recipes.pocket_vl.chunks import GROUPS_PER_CHUNK, LEVELS, draw_instances
from assets.recipes.pocket_vl.heldout import N_GROUPS
from assets.recipes.pocket_vl.renders import draw_groups
from assets.recipes.rendered.demo_plan import (
    distractor_instances,
    members,
    props,
    unlisted_siblings,
)
from assets.recipes.seeds import (
    ALL_RANGES,
    DEMO,
    DEMO_DISTRACTORS,
    HELD_OUT,
    SEEDS_PER_GROUP,
    TRAINING,
)
from assets.recipes.world.artwork import draw_front
from assets.recipes.world.instances import random_group


def demo_instances():
    return [member.instance for member in members()]


def seeds_of(instances):
    return {
        seed
        for one in instances
        for seed in (
            one.seed,
            one.shape_seed,
            one.art.layout_seed,
            one.art.palette_seed,
            one.art.detail_seed,
        )
    }


def trained(chunks):
    return [one for k in chunks for one in draw_instances(k, LEVELS[-1], TRAINING)]


def test_ranges_do_not_overlap():
    for one, two in combinations(ALL_RANGES, 2):
        assert one.stop <= two.start or two.stop <= one.start


def test_a_range_refuses_an_offset_outside_itself():
    with pytest.raises(ValueError, match="demo"):
        DEMO.seed(DEMO.stop - DEMO.start)


def test_every_seed_of_the_demo_lies_in_its_ranges():
    assert all(seed in DEMO for seed in seeds_of(demo_instances()))
    beside = [one for member in members() for one in unlisted_siblings(member)]
    assert all(seed in DEMO for seed in seeds_of(beside))
    others = seeds_of(distractor_instances()) | seeds_of(props())
    assert all(seed in DEMO_DISTRACTORS for seed in others)


def test_every_seed_of_training_lies_in_its_range_up_to_the_last_step():
    assert all(seed in TRAINING for seed in seeds_of(trained([8, 2_000, 100_000])))
    groups = (2_000 * GROUPS_PER_CHUNK + 11) * SEEDS_PER_GROUP
    assert TRAINING.seed(groups + SEEDS_PER_GROUP - 1) in TRAINING


def test_distractors_are_neither_demo_instances_nor_clutter():
    shown = seeds_of(demo_instances())
    assert not shown & seeds_of(distractor_instances())
    assert not seeds_of(props()) & seeds_of(distractor_instances())


def test_training_and_held_out_art_differs_from_the_demo():
    held_out = [
        one for k in range(N_GROUPS) for one in random_group(HELD_OUT.seed(k * SEEDS_PER_GROUP))
    ]
    pictures = {
        name: {draw_front(one.art, 48, 40).tobytes() for one in instances}
        for name, instances in (
            ("demo", demo_instances()),
            ("training", trained([8, 9, 10])),
            ("held out", held_out),
        )
    }
    for one, two in combinations(pictures.values(), 2):
        assert not one & two


def test_no_rendered_training_mesh_or_art_is_the_demo_s():
    """Family, shape seed and art seeds decide a mesh and its paint."""
    shown = seeds_of([*demo_instances(), *props(), *distractor_instances()])
    for held_out in (False, True):
        groups = [group for k in range(40) for group in draw_groups(k, held_out)]
        learnt = seeds_of([one for group in groups for one in group])
        assert all(seed in (HELD_OUT if held_out else TRAINING) for seed in learnt)
        assert not shown & learnt


def test_siblings_are_separate_instances_with_pictures_of_their_own():
    instances = demo_instances()
    assert len({one.seed for one in instances}) == 60
    pictures = {draw_front(one.art, 160, 120).tobytes() for one in instances}
    assert len(pictures) == 60


def test_a_group_holds_an_instance_twice_only_by_mistake():
    group = random_group(HELD_OUT.start)
    assert [one.seed - group[0].seed for one in group] == [0, 1, 2]
    assert len({one.art for one in group}) == 3
    assert np.unique([one.shape_seed for one in group]).size == 1
