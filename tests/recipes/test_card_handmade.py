"""HSV + HOG sees colours wherever they are, and edges whatever their brightness."""

import cv2
import numpy as np
import pytest

from assets.recipes.pocket_vl.card.handmade import HSV_BINS, hog, hsv_histogram, hsv_hog


def textured(seed=0, side=128):
    noise = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    return cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)


def stripes(axis):
    """Black and white bars 16 px wide, (128, 128, 3)."""
    bars = np.indices((128, 128))[axis] // 16 % 2 * 100 + 60
    return np.repeat(bars[..., None], 3, axis=2).astype(np.uint8)


def test_histogram_of_a_red_and_a_blue_half_by_hand():
    """Hue 0 and 120 of 180 fall in bins 0 and 10 of 16; full saturation and value in the last."""
    image = np.zeros((10, 10, 3), np.uint8)
    image[:5, :, 0] = 255
    image[5:, :, 2] = 255
    expected = np.zeros(HSV_BINS, np.float32)
    expected[0, 3, 3] = expected[10, 3, 3] = np.sqrt(0.5)
    assert np.allclose(hsv_histogram(image).reshape(HSV_BINS), expected)


def test_histogram_does_not_see_where_a_colour_stands():
    image = textured()
    shuffled = np.random.default_rng(1).permutation(image.reshape(-1, 3)).reshape(image.shape)
    assert np.array_equal(hsv_histogram(image), hsv_histogram(shuffled))


def test_histogram_does_not_see_the_size():
    image = textured(side=64)
    assert np.allclose(hsv_histogram(image), hsv_histogram(image.repeat(2, 0).repeat(2, 1)))


def test_hog_does_not_see_brightness():
    assert np.allclose(hog(stripes(0)), hog(stripes(0) + 40), atol=1e-6)


def test_hog_does_not_see_contrast():
    grey = textured()[..., :1].repeat(3, axis=2) // 2 * 2  # even, so that halving rounds nothing
    assert np.allclose(hog(grey), hog(grey // 2), atol=1e-5)


def test_hog_does_not_see_which_side_of_an_edge_is_dark():
    assert np.allclose(hog(stripes(1)), hog(220 - stripes(1)), atol=1e-6)


def test_hog_tells_upright_from_lying_stripes():
    assert hog(stripes(0)) @ hog(stripes(1)) == pytest.approx(0.0, abs=1e-6)


def test_hog_tells_which_of_two_directions_is_stronger():
    rows, columns = np.sin(np.indices((128, 128)) / 5)
    plaids = [
        (128 + 60 * strong + 15 * weak).astype(np.uint8)[..., None].repeat(3, axis=2)
        for strong, weak in ((rows, columns), (columns, rows))
    ]
    assert hog(plaids[0]) @ hog(plaids[1]) < 0.5


@pytest.mark.parametrize("image", [textured(), np.full((40, 60, 3), 90, np.uint8)])
def test_the_joined_descriptor_has_unit_length(image):
    assert np.linalg.norm(hsv_hog(image)) == pytest.approx(1.0, abs=1e-5)
