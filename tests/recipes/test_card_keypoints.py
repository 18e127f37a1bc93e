"""RootSIFT and RANSAC find a planted copy and nothing where there is none."""

import cv2
import numpy as np
import pytest

from assets.recipes.pocket_vl.card.keypoints import (
    Keypoints,
    inlier_scores,
    matches,
    n_inliers,
    root_sift,
)


def textured(seed, side):
    noise = np.random.default_rng(seed).integers(0, 256, (side // 4, side // 4, 3), dtype=np.uint8)
    return cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC)


def planted(patch, scene):
    """Paste the patch into the scene, turned by 25 degrees and enlarged by a fifth."""
    side = scene.shape[0]
    turn = cv2.getRotationMatrix2D((patch.shape[1] / 2, patch.shape[0] / 2), 25, 1.2)
    turn[:, 2] += 90
    mask = cv2.warpAffine(np.full(patch.shape[:2], 255, np.uint8), turn, (side, side))
    made = cv2.warpAffine(patch, turn, (side, side))
    return np.where(mask[..., None] > 0, made, scene)


def points(*rows):
    vectors = np.array(rows, np.float32)
    return Keypoints(np.zeros((len(rows), 2), np.float32), vectors)


@pytest.fixture(scope="module")
def images():
    patch, scene = textured(1, 140), textured(2, 320)
    return {"patch": patch, "with": planted(patch, scene), "without": scene}


def test_a_planted_copy_has_many_inliers_and_a_strange_scene_few(images):
    scores = inlier_scores(images, {"patch": ("with", "without")})["patch"]
    assert scores["with"] >= 30 > 10 > scores["without"]


def test_inliers_repeat(images):
    known = [root_sift(images[name]) for name in ("patch", "with")]
    assert n_inliers(*known) == n_inliers(*known)


def test_root_sift_vectors_have_unit_length(images):
    assert np.allclose(np.linalg.norm(root_sift(images["patch"]).vectors, axis=1), 1, atol=1e-5)


def test_a_blank_picture_has_no_feature_and_no_inlier(images):
    blank = root_sift(np.full((100, 100, 3), 128, np.uint8))
    assert len(blank.xy) == 0
    assert n_inliers(blank, root_sift(images["patch"])) == 0
    assert n_inliers(root_sift(images["patch"]), blank) == 0


def test_the_ratio_test_by_hand():
    """Squared distances 0 and 2 pass 0.75 ** 2; equal ones (the same candidate twice) do not."""
    query = points([1, 0], [0, 1])
    assert matches(query, points([1, 0], [-1, 0])).tolist() == [[0, 0]]
    assert matches(points([1, 0]), points([0.6, 0.8], [0.6, 0.8])).tolist() == []
