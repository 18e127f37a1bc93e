"""Clutter beside the box, occlusion over it."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ImageError
from core.robustness.pasting import Cutout
from core.robustness.placement import paste_clutter, paste_occlusion
from core.types.corpus import Box

PLAIN = np.zeros((72, 96, 3), np.uint8)


def cutout(name: str, width: int, height: int, *, round_shape: bool = False) -> Cutout:
    """A cut-out of one bright colour, a rectangle or an ellipse."""
    y, x = np.mgrid[0:height, 0:width]
    inside = ((x + 0.5) / width - 0.5) ** 2 + ((y + 0.5) / height - 0.5) ** 2 <= 0.25
    alpha = inside if round_shape else np.ones((height, width), np.bool_)
    return Cutout(name, np.full((height, width, 3), 10 + len(name), np.uint8), alpha)


CUTOUTS = (
    cutout("a", 40, 40, round_shape=True),
    cutout("bb", 60, 20),
    cutout("ccc", 15, 70, round_shape=True),
    cutout("dddd", 96, 72),
    cutout("eeeee", 1, 1),
)
boxes = st.builds(
    lambda x0, y0, w, h: Box(x0, y0, min(x0 + w, 96), min(y0 + h, 72)),
    st.integers(0, 80),
    st.integers(0, 60),
    st.integers(1, 70),
    st.integers(1, 60),
)
seeds = st.integers(0, 2**31)


def covers(mask: np.ndarray) -> int:
    return int(np.count_nonzero(mask))


@given(boxes, st.integers(1, 12), seeds)
@settings(max_examples=40)
def test_clutter_never_covers_the_box(box: Box, n: int, seed: int) -> None:
    made, pasted = paste_clutter(PLAIN, box, n, seed, CUTOUTS)
    assert not made[box.y0 : box.y1, box.x0 : box.x1].any()
    assert len(pasted) == n
    for one in pasted:
        beside = one.box.x1 <= box.x0 or one.box.x0 >= box.x1
        assert beside or one.box.y1 <= box.y0 or one.box.y0 >= box.y1


@given(boxes, st.integers(1, 11), seeds)
@settings(max_examples=40)
def test_more_clutter_is_the_same_clutter_and_one_object_more(box: Box, n: int, seed: int) -> None:
    fewer, first = paste_clutter(PLAIN, box, n, seed, CUTOUTS)
    more, then = paste_clutter(PLAIN, box, n + 1, seed, CUTOUTS)
    assert then[:-1] == first
    assert covers(more.any(axis=2)) >= covers(fewer.any(axis=2))


@given(boxes, seeds)
@settings(max_examples=40)
def test_an_object_lies_in_the_frame_and_takes_at_most_a_fifth_of_it(box: Box, seed: int) -> None:
    _, pasted = paste_clutter(PLAIN, box, 12, seed, CUTOUTS)
    for one in (entry.box for entry in pasted):
        assert 0 <= one.x0 < one.x1 <= 96
        assert 0 <= one.y0 < one.y1 <= 72
        assert (one.x1 - one.x0) * (one.y1 - one.y0) <= 0.2 * 96 * 72


def test_clutter_covers_more_and_more_of_the_free_space() -> None:
    box = Box(36, 24, 60, 48)
    shares = [
        covers(paste_clutter(PLAIN, box, n, 4, CUTOUTS[:1])[0].any(axis=2)) / (96 * 72)
        for n in (1, 2, 4, 8, 12)
    ]
    assert all(after > before for before, after in itertools.pairwise(shares))
    assert shares[-1] > 0.3


def test_what_was_pasted_is_named_in_order_and_repeats_when_there_are_few() -> None:
    _, pasted = paste_clutter(PLAIN, Box(36, 24, 60, 48), 4, 0, CUTOUTS[:3])
    assert [one.image_id for one in pasted] == ["a", "bb", "ccc", "a"]


def test_only_the_masked_pixels_of_a_cutout_are_pasted() -> None:
    made, (one,) = paste_clutter(PLAIN, Box(36, 24, 60, 48), 1, 0, CUTOUTS[:1])
    area = (one.box.x1 - one.box.x0) * (one.box.y1 - one.box.y0)
    assert covers(made.any(axis=2)) == pytest.approx(area * np.pi / 4, rel=0.1)  # an ellipse


def test_another_seed_puts_clutter_elsewhere() -> None:
    made = [paste_clutter(PLAIN, Box(36, 24, 60, 48), 3, seed, CUTOUTS)[1] for seed in (0, 1)]
    assert made[0] != made[1]


def test_a_box_that_fills_the_frame_leaves_no_room_for_clutter() -> None:
    with pytest.raises(ImageError, match="leaves no room"):
        paste_clutter(PLAIN, Box(3, 3, 94, 70), 1, 0, CUTOUTS)


def test_clutter_without_another_image_says_what_is_missing() -> None:
    with pytest.raises(ImageError, match="another instance"):
        paste_clutter(PLAIN, Box(36, 24, 60, 48), 1, 0, ())


shares = st.floats(0, 0.9)
pieces = st.sampled_from([(), CUTOUTS, CUTOUTS[-1:]])


@given(boxes, shares, seeds, pieces)
@settings(max_examples=60)
def test_occlusion_covers_the_promised_share_of_the_box_and_nothing_else(
    box: Box, share: float, seed: int, cutouts
) -> None:
    made, _ = paste_occlusion(PLAIN, box, share, seed, cutouts)
    area = (box.x1 - box.x0) * (box.y1 - box.y0)
    inside = made[box.y0 : box.y1, box.x0 : box.x1].any(axis=2)
    assert covers(inside) == round(share * area)  # to the pixel, so within 1 % from 50 pixels on
    assert covers(made.any(axis=2)) == covers(inside)


@given(boxes, shares, shares, seeds, pieces)
@settings(max_examples=60)
def test_more_occlusion_covers_the_same_pixels_in_the_same_way_and_more(
    box: Box, one: float, other: float, seed: int, cutouts
) -> None:
    weaker, _ = paste_occlusion(PLAIN, box, min(one, other), seed, cutouts)
    stronger, _ = paste_occlusion(PLAIN, box, max(one, other), seed, cutouts)
    covered = weaker.any(axis=2)
    np.testing.assert_array_equal(stronger[covered], weaker[covered])


def test_occlusion_is_grey_and_reports_nothing_without_cutouts() -> None:
    made, pasted = paste_occlusion(PLAIN, Box(10, 10, 60, 60), 0.5, 0, ())
    assert set(np.unique(made).tolist()) == {0, 128}
    assert pasted == ()


def test_occluding_cutouts_are_reported_inside_the_box() -> None:
    _, pasted = paste_occlusion(PLAIN, Box(10, 12, 60, 66), 0.6, 0, CUTOUTS[:4])
    assert [one.image_id for one in pasted][:2] == ["a", "bb"]
    for one in (entry.box for entry in pasted):
        assert 10 <= one.x0 < one.x1 <= 60
        assert 12 <= one.y0 < one.y1 <= 66
