"""Crowded pictures: objects set into other pictures, and where their points went."""

import numpy as np
import pytest

from assets.recipes.pocket_vl.collage import (
    LARGEST,
    MOST_HIDDEN,
    SMALLEST,
    collage,
    crowd,
    set_into,
)
from assets.recipes.pocket_vl.shown import Shown

SIDE, STEP = 168, 2
RED, BLUE = (220, 20, 20), (20, 20, 220)


def square(colour, ground, x0, y0, side):
    """Return a picture of one square whose points know where on it they lie."""
    image = np.full((SIDE, SIDE, 3), ground, np.uint8)
    image[y0 : y0 + side, x0 : x0 + side] = colour
    rows, columns = np.mgrid[y0 : y0 + side : STEP, x0 : x0 + side : STEP]
    points = np.column_stack([columns.ravel(), rows.ravel()]).astype(float)
    on_it = (points - [x0, y0]) / side
    return Shown(image, points, np.column_stack([np.zeros(len(points)), on_it]))


@pytest.fixture
def red():
    return square(RED, 230, 40, 60, 60)


@pytest.fixture
def blue():
    return square(BLUE, 120, 30, 20, 100)


def colours_at(shown):
    columns, rows = np.clip(np.round(shown.points).astype(int), 0, SIDE - 1).T
    return shown.image[rows, columns].astype(int)


@pytest.mark.parametrize("seed", range(8))
def test_an_object_set_into_another_picture_takes_its_points_along(red, blue, seed):
    found = set_into(red, blue, np.random.default_rng(seed))
    right = np.abs(colours_at(found) - RED).max(1) < 40
    assert right.mean() > 0.8, "all but the soft edge"
    outside = found.image[(np.abs(found.image.astype(int) - RED).max(2) > 60)]
    assert {tuple(c) for c in outside[::50]} & {BLUE, (120, 120, 120)}, "the rest is the other's"
    whole = len(found.points) == len(red.points)
    if whole:
        across = np.ptp(found.points[:, 0]) / np.ptp(red.points[:, 0])
        assert SMALLEST <= across <= LARGEST


def test_a_mask_has_the_cells_in_which_points_lie(red):
    mask = red.mask()
    assert mask.shape == (SIDE // 4, SIDE // 4)
    assert mask[15:30, 10:25].all()
    assert mask.sum() == 15 * 15


@pytest.mark.parametrize("seed", range(8))
def test_a_crowded_picture_keeps_the_points_that_are_still_in_sight(red, blue, seed):
    found = crowd(red, blue, np.random.default_rng(seed))
    assert len(found.points) >= (1 - MOST_HIDDEN) * len(red.points)
    right = np.abs(colours_at(found) - RED).max(1) < 110
    assert right.all()
    assert not np.array_equal(found.image, red.image)


def test_a_picture_without_points_stays_as_it_is(red, blue):
    nothing = Shown(red.image, np.zeros((0, 2)), np.zeros((0, 3)))
    rng = np.random.default_rng(0)
    assert collage(nothing, blue, rng) is nothing
    assert collage(red, nothing, rng) is red
