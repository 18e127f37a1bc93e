"""Ellipsoid solids, rough grounds and camera weather of the training views."""

import numpy as np
import pytest

from assets.recipes.pocket_vl.weather import weather
from assets.recipes.seeds import HELD_OUT
from assets.recipes.world.critters import critter
from assets.recipes.world.ellipsoids import Ellipsoids, Part
from assets.recipes.world.grounds import rough_grounds
from assets.recipes.world.instances import Painted, make_group
from assets.recipes.world.scenery import cut_out
from assets.recipes.world.shapes import Pose, Rect

WHOLE = Rect(0.0, 0.0, 1.0, 1.0)
HALVES = (Rect(0.0, 0.0, 0.5, 1.0), Rect(0.5, 0.0, 0.5, 1.0))


def test_a_sphere_is_a_disc_whose_normals_point_away_from_its_centre():
    ball = Ellipsoids((Part(np.zeros(3), np.eye(3) * 0.5, WHOLE),))
    x, y = np.meshgrid(np.linspace(-0.71, 0.72, 57, dtype=np.float32), [0.0, 0.31])
    found = ball.lookup(x, y.astype(np.float32), Pose(0.4, 0.2))
    assert np.array_equal(found.hit, np.hypot(x, y) < 0.5)
    at = found.hit
    assert np.allclose(found.normal[at][:, 0], x[at] / 0.5, atol=1e-4)
    assert ball.extent(Pose(1.0, 0.3)) == pytest.approx((0.5, 0.5))


@pytest.mark.parametrize("pose", [Pose(0.0, 0.1), Pose(0.6, 0.3), Pose(-0.9, 0.5)])
def test_projected_points_are_found_again_where_they_were_put(pose):
    painted = Painted(make_group(HELD_OUT.start, "critter", (0,))[0], 64)
    shape = painted.model.shape
    uv = np.random.default_rng(0).random((600, 2)).astype(np.float32)
    points, seen = shape.project(uv, pose)
    visible = seen > 0.3
    assert visible.sum() > 40
    x, y = points[visible].T.astype(np.float32)
    found = shape.lookup(x[None], y[None], pose)
    errors = np.hypot(found.u[0] - uv[visible, 0], found.v[0] - uv[visible, 1])
    assert found.hit.mean() > 0.98
    assert np.median(errors) < 0.004


def test_a_nearer_part_hides_a_point_behind_it():
    big = Part(np.zeros(3), np.eye(3) * 0.5, HALVES[0])
    front = Part(np.array([0.0, 0.0, 0.6]), np.eye(3) * 0.05, HALVES[1])
    middle = np.array([[0.25, 0.5]], np.float32)  # the big ball's point that faces the viewer
    assert Ellipsoids((big,)).project(middle, Pose(0.0, 0.0))[1][0] == pytest.approx(1.0)
    assert Ellipsoids((big, front)).project(middle, Pose(0.0, 0.0))[1][0] == -1.0
    assert Ellipsoids((big, front)).project(middle, Pose(0.8, 0.0))[1][0] > 0


def test_look_alike_critters_share_the_shape_and_differ_in_paint():
    group = make_group(HELD_OUT.start + 160, "critter", (0, 1, 2))
    painted = [Painted(member, 64) for member in group]
    shapes = [p.model.shape.extent(Pose(0.3, 0.2)) for p in painted]
    assert len(set(shapes)) == 1
    pictures = [p.model.atlas.tobytes() for p in painted]
    assert len(set(pictures)) == len(group)


def test_a_critter_is_one_unit_high():
    model = critter(
        make_group(HELD_OUT.start, "critter", (0,))[0].art, 64, np.random.default_rng(1)
    )
    assert model.shape.extent(Pose(0.0, 0.0))[1] == pytest.approx(0.5)


def test_rough_grounds_differ_and_repeat_by_seed():
    group = make_group(HELD_OUT.start, "mug", (0,))
    cutouts = tuple(cut_out(member, 60, member.seed) for member in group)
    one, two = (rough_grounds(5, 96, 8, cutouts) for _ in range(2))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(one, two, strict=True))
    assert all(ground.pixels.std() > 5 for ground in one)
    assert len({ground.pixels.tobytes() for ground in one}) == 8


def test_weather_changes_most_pictures_and_not_their_layout():
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[:, 40:] = 200
    rng = np.random.default_rng(0)
    stored = [weather(picture, rng) for _ in range(60)]
    assert 5 < sum(np.array_equal(image, picture) for image in stored) < 30
    for image in stored:
        assert image.shape == picture.shape
        assert image[:, 60:].mean() > image[:, :20].mean() + 60
