"""Geometric matches lie where the picture moved to."""

import cv2
import numpy as np

from core.reranking.keypoints import match


def scene(seed: int, height: int = 240, width: int = 320) -> np.ndarray:
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 220, np.uint8)
    for _ in range(90):
        x, y, w, h = rng.integers((0, 0, 6, 6), (width, height, 50, 50)).tolist()
        colour = [int(v) for v in rng.integers(0, 255, 3)]
        cv2.rectangle(image, (x, y), (x + w, y + h), colour, -1)
    return image


def test_matches_follow_a_shift_and_a_change_of_scale():
    image = scene(0)
    moved = cv2.warpAffine(
        image, np.array([[1.5, 0.0, 20.0], [0.0, 1.5, 10.0]]), (520, 400), borderValue=(9, 9, 9)
    )
    found = match(image, moved)
    assert len(found.query_xy) >= 30
    expected = found.query_xy * 1.5 + [20.0, 10.0]
    assert np.abs(found.candidate_xy - expected).max() < 6.0


def test_large_images_keep_their_own_pixels():
    large = cv2.resize(scene(0), (2048, 1536), interpolation=cv2.INTER_CUBIC)
    found = match(large, large)
    assert len(found.query_xy) >= 30
    assert found.query_xy[:, 0].max() > 1100
    assert np.abs(found.query_xy - found.candidate_xy).max() < 6.0


def test_different_pictures_agree_on_little():
    same, other = match(scene(0), scene(0)), match(scene(0), scene(1))
    assert len(other.query_xy) < 0.1 * len(same.query_xy)


def test_an_empty_picture_has_no_matches():
    blank = np.full((100, 100, 3), 128, np.uint8)
    found = match(blank, scene(0))
    assert (found.n_query, len(found.query_xy), found.n_tentative) == (0, 0, 0)
    assert found.query_xy.shape == found.candidate_xy.shape == (0, 2)
