"""Scale, background scaling, tiling, and where the box goes."""

import itertools

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.robustness.geometry import enlarge_background, moved_box, shrink_on_canvas, tile
from core.robustness.levels import SPECS
from core.types.corpus import Box

BOX = Box(30, 20, 62, 50)
# A ramp along x: the grey value says from which column a pixel came.
RAMP = np.repeat(np.tile(np.arange(96, dtype=np.uint8) * 2, (72, 1))[:, :, None], 3, axis=2)


def texture(seed: int = 0) -> np.ndarray:
    """A photograph-like texture: coarse and fine random shades."""
    rng = np.random.default_rng(seed)
    coarse = cv2.resize(rng.uniform(0, 255, (7, 9, 3)), (96, 72), interpolation=cv2.INTER_CUBIC)
    return np.clip(coarse + rng.normal(0, 15, (72, 96, 3)), 0, 255).astype(np.uint8)


def test_a_shrunk_image_stands_in_the_middle_of_its_border_colour() -> None:
    image = np.full((72, 96, 3), (10, 20, 30), np.uint8)
    image[10:62, 10:86] = 200
    shrunk = shrink_on_canvas(image, 0.5)
    expected = np.full((72, 96, 3), (10, 20, 30), np.uint8)
    expected[23:49, 29:67] = 200  # 18 + 10 / 2 to 18 + 62 / 2; 24 + 10 / 2 to 24 + 86 / 2
    np.testing.assert_array_equal(shrunk, expected)


def test_the_border_colour_is_the_median_not_the_mean_of_the_border() -> None:
    image = np.full((72, 96, 3), 50, np.uint8)
    image[:, 0] = 255
    assert shrink_on_canvas(image, 0.25)[0, 0].tolist() == [50, 50, 50]


@pytest.mark.parametrize("name", ["scale", "tiling"])
def test_a_smaller_copy_keeps_less_of_the_detail(name) -> None:
    image = texture()
    lost: list[float] = []
    for strength in SPECS[name].levels[1:]:
        made = shrink_on_canvas(image, strength) if name == "scale" else tile(image, strength)
        box = moved_box(name, strength, Box(0, 0, 96, 72), 96, 72)
        copy = np.ascontiguousarray(made[box.y0 : box.y1, box.x0 : box.x1])
        back = cv2.resize(copy, (96, 72), interpolation=cv2.INTER_LINEAR)
        lost.append(float(np.abs(back.astype(int) - image).mean()))
    # One grey level of slack: sizes are whole pixels, and some divide 96 x 72 and some do not.
    assert all(after > before - 1 for before, after in itertools.pairwise(lost))
    assert lost[-1] > lost[0]


@pytest.mark.parametrize("copies", [2, 3, 4, 6, 8])
def test_whole_numbers_give_a_grid_of_equal_copies(copies: int) -> None:
    made = tile(texture(), float(copies))  # 96 and 72 are multiples of all but 5 and 7
    first = made[: 72 // copies, : 96 // copies]
    np.testing.assert_array_equal(made, np.tile(first, (copies, copies, 1)))


@pytest.mark.parametrize("copies", [5, 7])
def test_copies_stay_complete_where_the_sides_do_not_divide(copies: int) -> None:
    made = tile(RAMP, float(copies))[0, :, 0].astype(int)
    starts = np.flatnonzero(np.diff(made) < 0) + 1
    assert len(starts) == copies - 1
    for part in np.split(made, starts):
        assert part[0] < 20 < 170 < part[-1]  # from the ramp's left end to its right end


def test_two_and_a_half_copies_cut_the_third_in_half() -> None:
    made = tile(np.ascontiguousarray(RAMP[:40, :80]), 2.5)
    assert np.array_equal(made[:, :32], made[:, 32:64])
    assert np.array_equal(made[:, :16], made[:, 64:])
    assert made.shape == (40, 80, 3)


def test_the_object_keeps_its_pixels_when_the_background_grows() -> None:
    image = texture()
    for factor in SPECS["background scaling"].levels:
        grown = enlarge_background(image, factor, BOX)
        np.testing.assert_array_equal(grown[20:50, 30:62], image[20:50, 30:62])


def test_the_distance_from_the_object_s_edge_grows_by_the_factor() -> None:
    # Right of the box, at its height: the pixel 20 to the right of the edge comes from 10.
    grown = enlarge_background(RAMP, 2.0, BOX)
    assert grown[35, 82].tolist() == pytest.approx([2 * 72] * 3, abs=1.5)


def test_the_background_moves_further_with_the_factor() -> None:
    moved = [
        float(np.abs(enlarge_background(RAMP, factor, BOX).astype(int) - RAMP).mean())
        for factor in SPECS["background scaling"].levels
    ]
    assert moved[0] == 0
    assert all(after > before for before, after in itertools.pairwise(moved))


def test_nothing_tears_at_the_object_s_edge() -> None:
    grown = enlarge_background(RAMP, 4.0, BOX).astype(int)
    assert np.abs(np.diff(grown[35, :, 0])).max() <= 3  # the ramp's own step is 2


def test_a_box_over_the_whole_frame_has_no_background() -> None:
    image = texture()
    np.testing.assert_array_equal(enlarge_background(image, 4.0, Box(0, 0, 96, 72)), image)


def test_a_box_shrinks_with_its_image() -> None:
    assert moved_box("scale", 0.5, Box(0, 0, 96, 72), 96, 72) == Box(24, 18, 72, 54)


def test_a_tiled_box_is_the_one_in_the_first_copy() -> None:
    assert moved_box("tiling", 2.0, Box(32, 20, 64, 40), 96, 72) == Box(16, 10, 32, 20)


@pytest.mark.parametrize(
    ("degrees", "box"),
    [
        (180.0, Box(56, 42, 86, 62)),  # (x, y) goes to (96 - x, 72 - y)
        # Counter-clockwise about (48, 36): (x, y) goes to (12 + y, 84 - x), cut at the lower edge.
        (90.0, Box(22, 44, 42, 72)),
    ],
)
def test_a_box_turns_with_its_image(degrees: float, box: Box) -> None:
    assert moved_box("rotation", degrees, Box(10, 10, 40, 30), 96, 72) == box


@given(
    st.sampled_from(["rotation", "scale", "tiling", "blur"]),
    st.integers(0, 90),
    st.integers(0, 66),
    st.integers(1, 96),
    st.integers(1, 72),
    st.data(),
)
@settings(max_examples=50)
def test_a_moved_box_lies_in_the_frame_and_is_not_empty(name, x0, y0, w, h, data) -> None:
    strength = data.draw(st.sampled_from(SPECS[name].levels))
    box = moved_box(name, strength, Box(x0, y0, min(x0 + w, 96), min(y0 + h, 72)), 96, 72)
    assert 0 <= box.x0 < box.x1 <= 96
    assert 0 <= box.y0 < box.y1 <= 72
