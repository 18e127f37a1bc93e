"""Shapes, photographs and the knowledge of where each label point went."""

import dataclasses

import cv2
import numpy as np
import pytest

from assets.recipes.seeds import HELD_OUT
from assets.recipes.world.composer import compose
from assets.recipes.world.families import FAMILIES
from assets.recipes.world.instances import Painted, make_group
from assets.recipes.world.scenery import make_scenery
from assets.recipes.world.shapes import Pose
from assets.recipes.world.sprites import Placement, make_matrix, project, render
from assets.recipes.world.views import LIGHTS, sample_view


@pytest.fixture(scope="module")
def scenery():
    pool = tuple(make_group(HELD_OUT.seed(16 * k), "box", ())[0] for k in range(3))
    return make_scenery(pool, seed=3, size=160, n_grounds=2)


def painted(family, size=64):
    return Painted(make_group(HELD_OUT.seed(160), family, ())[0], size)


def some_view(difficulty, seed=0, size=(96, 80)):
    return sample_view(np.random.default_rng(seed), difficulty, size)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_paints_and_composes_the_same_bytes(family, scenery):
    first = compose(painted(family), some_view(0.8), scenery)
    again = compose(painted(family), some_view(0.8), scenery)
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)


def test_another_scenery_seed_composes_another_image(scenery):
    spec = some_view(0.5)
    other = dataclasses.replace(spec, scenery_seed=spec.scenery_seed + 1)
    one, two = (compose(painted("can"), s, scenery) for s in (spec, other))
    assert not np.array_equal(one.image, two.image)


@pytest.mark.parametrize("seed", range(6))
def test_box_and_coverage_are_those_of_the_mask(seed, scenery):
    view = compose(painted("mug"), some_view(0.9, seed), scenery)
    x0, y0, x1, y1 = view.box
    assert view.image.shape == (80, 96, 3)
    assert 0 <= x0 < x1 <= 96
    assert 0 <= y0 < y1 <= 80
    assert view.mask[y0:y1, x0:x1].sum() == view.mask.sum()
    assert view.mask[y0].any()
    assert view.mask[:, x1 - 1].any()
    assert view.coverage == pytest.approx(view.mask.mean())


def test_an_occluder_hides_about_the_wanted_share(scenery):
    spec = dataclasses.replace(some_view(0.0), occlusion=0.3, clutter=0)
    view = compose(painted("box"), spec, scenery)
    assert 0.2 < view.occluded < 0.6
    assert view.clutter == 1


def test_a_clean_view_has_nothing_hidden(scenery):
    spec = dataclasses.replace(some_view(0.0), occlusion=0.0, clutter=0)
    view = compose(painted("box"), spec, scenery)
    assert view.occluded == 0.0
    assert view.clutter == 0


@pytest.mark.parametrize("family", FAMILIES)
def test_a_marker_painted_on_the_label_is_seen_where_the_mapping_says(family):
    """Paint one spot of the atlas and find it in the rendered picture by its colour."""
    thing, rng, found = painted(family), np.random.default_rng(5), 0
    atlas = thing.model.atlas
    rows, columns = atlas.shape[:2]
    for _ in range(200):
        pose = Pose(float(rng.uniform(-0.6, 0.6)), float(rng.uniform(0.1, 0.4)))
        matrix = make_matrix(130.0, (110.0, 110.0), float(rng.uniform(-90, 90)), (0.05, -0.05))
        place = Placement(pose, matrix, "soft", 0.0)
        uv = rng.random((1, 2)).astype(np.float32)
        points, facing = project(thing, place, uv)
        column, row = int(uv[0, 0] * columns), int(uv[0, 1] * rows)
        if facing[0] < 0.4 or not _well_inside(thing.model.shape, uv):
            continue
        atlas[..., :3] = 0
        cv2.circle(atlas, (column, row), 2, (255, 0, 255, 255), -1)
        thing = _repainted(thing, atlas)
        sprite = render(thing, place, (220, 220))
        bright = np.argwhere((sprite.rgb[..., 0] > 90) & (sprite.rgb[..., 1] < 80))
        if len(bright) == 0:
            continue
        seen = bright.mean(0)[::-1] + np.array([sprite.x0 + 0.5, sprite.y0 + 0.5])
        assert np.hypot(*(seen - points[0])) < 6
        found += 1
        if found == 5:
            return
    assert found >= 3


def _well_inside(shape, uv):
    """Keep the spot off the borders of its face, over which it would spill to another face."""
    rects = (
        [face.rect for face in shape.faces] if hasattr(shape, "faces") else [shape.wrap, shape.cap]
    )
    local = [rect.inverse(uv)[0] for rect in rects if rect.holds(uv)[0]]
    return any(((part > 0.12) & (part < 0.88)).all() for part in local)


def _repainted(thing, atlas):
    fresh = Painted.__new__(Painted)
    fresh.instance, fresh.size = thing.instance, thing.size
    fresh.model = dataclasses.replace(thing.model, atlas=atlas)
    fresh._levels = [atlas]
    return fresh


@pytest.mark.parametrize("family", FAMILIES)
def test_a_projected_point_looks_up_its_own_label_point(family):
    thing, rng = painted(family), np.random.default_rng(7)
    uv = rng.random((300, 2)).astype(np.float32)
    errors = []
    for _ in range(4):
        pose = Pose(float(rng.uniform(-0.8, 0.8)), float(rng.uniform(0.05, 0.5)))
        points, facing = thing.model.shape.project(uv, pose)
        x, y = points.astype(np.float32).T
        found = thing.model.shape.lookup(x[None], y[None], pose)
        good = (facing > 0.25) & found.hit[0]
        errors += list(np.hypot(found.u[0] - uv[:, 0], found.v[0] - uv[:, 1])[good])
    assert len(errors) > 100
    assert np.median(errors) < 0.002
    assert np.percentile(errors, 90) < 0.015  # faces are clipped by 1.2 % at their borders


def test_points_behind_an_occluder_are_out_of_sight(scenery):
    spec = dataclasses.replace(some_view(0.0), occlusion=0.4, clutter=0)
    thing = painted("book")
    view = compose(thing, spec, scenery)
    uv = np.random.default_rng(1).random((400, 2)).astype(np.float32)
    points, sight = view.locate(uv)
    columns, rows = points[sight].astype(int).T
    assert view.mask[rows, columns].all()
    free = compose(thing, dataclasses.replace(spec, occlusion=0.0), scenery)
    assert sight.sum() < free.locate(uv)[1].sum()


def test_located_points_lie_in_the_box(scenery):
    view = compose(painted("plate"), some_view(0.0), scenery)
    points, sight = view.locate(np.random.default_rng(2).random((200, 2)).astype(np.float32))
    x0, y0, x1, y1 = view.box
    inside = points[sight]
    assert (inside >= [x0 - 1, y0 - 1]).all()
    assert (inside <= [x1 + 1, y1 + 1]).all()


def test_difficulty_zero_is_clean_and_one_is_not():
    easy = [some_view(0.0, seed) for seed in range(60)]
    hard = [some_view(1.0, seed) for seed in range(60)]
    assert all(spec.occlusion == 0 and spec.coverage >= 0.4 for spec in easy)
    assert max(abs(spec.roll_deg) for spec in easy) < 15
    assert max(abs(spec.roll_deg) for spec in hard) > 40
    assert {spec.light for spec in hard} == set(LIGHTS)
