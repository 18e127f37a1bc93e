"""Training material is a function of seed, number and level."""

import numpy as np
import pytest
import torch

from assets.recipes.pocket_vl import chunks
from assets.recipes.pocket_vl.abstracts import SIDE_PX, draw_abstract, view_abstract
from assets.recipes.pocket_vl.chunks import GRIDS, INSTANCES, LEVELS, TOKEN_PX, render_chunk
from assets.recipes.pocket_vl.step import token_shares
from assets.recipes.seeds import CLUTTER, SEEDS_PER_GROUP, TRAINING
from assets.recipes.world.instances import random_group
from assets.recipes.world.scenery import make_scenery


@pytest.fixture(autouse=True)
def small_scenery(monkeypatch):
    pool = tuple(random_group(CLUTTER.seed(k * SEEDS_PER_GROUP))[0] for k in range(3))
    scenery = make_scenery(pool, seed=1, size=160, n_grounds=2)
    monkeypatch.setattr(chunks, "training_scenery", lambda: scenery)
    return scenery


def test_the_same_arguments_render_the_same_chunk():
    one, two = (render_chunk(3, 12, LEVELS[-1]) for _ in range(2))
    assert np.array_equal(one.first, two.first)
    assert np.array_equal(one.others, two.others)
    assert np.array_equal(one.matches, two.matches)
    assert np.array_equal(one.others_masks, two.others_masks)


@pytest.mark.parametrize("number", [8, 9, 12])
def test_a_chunk_has_the_grids_of_its_number_and_matches_inside_them(number):
    chunk = render_chunk(3, number, LEVELS[0])
    (rows_a, columns_a), (rows_b, columns_b) = GRIDS[number % len(GRIDS)]
    assert chunk.first.shape == (INSTANCES, rows_a * TOKEN_PX, columns_a * TOKEN_PX, 3)
    assert chunk.others.shape == (2 * INSTANCES, rows_b * TOKEN_PX, columns_b * TOKEN_PX, 3)
    instance, pair, one, two = chunk.matches.T
    assert set(instance) <= set(range(INSTANCES))
    assert set(pair) == {0, 1, 2}
    assert one.max() < max(rows_a * columns_a, rows_b * columns_b)
    assert two.max() < rows_b * columns_b
    assert chunk.first_masks.shape == (INSTANCES, rows_a * 7, columns_a * 7)
    assert chunk.others_masks.shape == (2 * INSTANCES, rows_b * 7, columns_b * 7)
    seen = token_shares(torch.from_numpy(chunk.others_masks)).numpy()
    on_it = [seen[2 * i + k, token] > 0 for i, k, _, token in chunk.matches[pair < 2]]
    assert np.mean(on_it) > 0.97, "label points in sight lie on the object, some at its very edge"


def test_pictures_of_no_object_have_no_label_points():
    chunk = render_chunk(3, 8, LEVELS[-1])
    assert LEVELS[-1].abstracts == 1
    assert chunk.first_masks[-1].all(), "they are seen everywhere"
    assert INSTANCES - 1 not in chunk.matches[:, 0]


def test_only_look_alikes_share_shape_or_colours():
    level = LEVELS[-1]
    instances = chunks.draw_instances(9, level, TRAINING)
    n_alike = 3 * level.families_of_three
    shapes = [one.shape_seed for one in instances]
    palettes = [one.art.palette_seed for one in instances]
    assert [shapes.count(shape) for shape in shapes[:n_alike]] == [3] * n_alike
    assert len(set(shapes[n_alike:]) - set(shapes[:n_alike])) == INSTANCES - n_alike
    assert len(set(palettes[n_alike:]) - set(palettes[:n_alike])) == INSTANCES - n_alike


def test_levels_grow_harder():
    hardest = [level.hardest for level in LEVELS]
    assert hardest == sorted(hardest)
    assert LEVELS[0].hard_negatives == 0.0
    assert LEVELS[0].families_of_three == 0


def test_views_of_an_abstract_picture_differ_but_belong_together(small_scenery):
    rng = np.random.default_rng(2)
    picture = draw_abstract(rng, small_scenery)
    assert picture.shape == (SIDE_PX, SIDE_PX, 3)
    one, two = (view_abstract(picture, rng, (112, 84)) for _ in range(2))
    assert one.shape == two.shape == (84, 112, 3)
    assert not np.array_equal(one, two)
