"""The plane of the descriptor map: hand-worked, against the SVD, and with UMAP stood in for."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from core.analysis.projection import MIN_UMAP, NO_UMAP, UMAP_SEED, fit_pca, umap_plane
from core.errors import SettingsError


def test_four_points_on_a_cross_are_worked_by_hand():
    # mean (1, 1, 5); deviations (+-3, 0, 0) and (0, +-1, 0): variances 18/4 and 2/4, shares .9, .1
    points = np.array([[4, 1, 5], [-2, 1, 5], [1, 2, 5], [1, 0, 5]], dtype=np.float32)
    plane = fit_pca(points)
    assert plane.mean == pytest.approx([1, 1, 5])
    assert plane.shares == pytest.approx((0.9, 0.1))
    assert plane.axes == pytest.approx(np.array([[1, 0, 0], [0, 1, 0]]), abs=1e-12)
    assert plane.project(points) == pytest.approx(np.array([[3, 0], [-3, 0], [0, 1], [0, -1]]))


def test_the_axes_are_those_of_the_singular_value_decomposition():
    rng = np.random.default_rng(0)
    vectors = (rng.normal(size=(200, 12)) * np.linspace(3, 0.3, 12)).astype(np.float32)
    plane = fit_pca(vectors)
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, values, rows = np.linalg.svd(centred, full_matrices=False)
    shares = values[:2] ** 2 / (values**2).sum()
    assert plane.shares == pytest.approx(shares, rel=1e-9)
    assert np.abs((plane.axes * rows[:2]).sum(axis=1)) == pytest.approx([1, 1], abs=1e-9)


def test_the_sign_of_an_axis_does_not_depend_on_how_the_points_are_ordered():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    one, two = fit_pca(vectors), fit_pca(vectors[::-1])
    assert one.axes == pytest.approx(two.axes, abs=1e-6)
    for axis in one.axes:
        assert axis[np.argmax(np.abs(axis))] > 0


def test_points_that_were_not_fitted_lie_where_their_descriptor_puts_them():
    rng = np.random.default_rng(2)
    plane = fit_pca(rng.normal(size=(50, 6)).astype(np.float32))
    other = rng.normal(size=(3, 6)).astype(np.float32)
    by_hand = [[float((row - plane.mean) @ axis) for axis in plane.axes] for row in other]
    assert plane.project(other) == pytest.approx(np.array(by_hand), abs=1e-6)


@pytest.mark.parametrize("shape", [(1, 4), (4, 1)])
def test_too_little_for_a_plane_is_one_sentence(shape):
    with pytest.raises(SettingsError, match="cannot be drawn as a map"):
        fit_pca(np.ones(shape, dtype=np.float32))


def test_equal_descriptors_are_one_sentence():
    with pytest.raises(SettingsError, match="are equal"):
        fit_pca(np.ones((5, 4), dtype=np.float32))


def test_umap_names_its_extra_where_it_is_not_installed(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(SettingsError, match=r"pip install -e \.\[map\]") as caught:
        umap_plane(np.ones((MIN_UMAP, 4), dtype=np.float32))
    assert str(caught.value) == NO_UMAP


def test_umap_of_too_few_points_is_one_sentence():
    with pytest.raises(SettingsError, match="10 images or more"):
        umap_plane(np.ones((MIN_UMAP - 1, 4), dtype=np.float32))


def test_umap_is_asked_for_cosines_with_a_fixed_seed(monkeypatch):
    asked = {}

    class Reducer:
        def __init__(self, **arguments):
            asked.update(arguments)

        def fit_transform(self, vectors):
            return vectors[:, :2].astype(np.float64)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Reducer))
    vectors = np.random.default_rng(3).normal(size=(12, 4)).astype(np.float32)
    found = umap_plane(vectors)
    assert found.dtype == np.float32
    assert np.array_equal(found, vectors[:, :2])
    wanted = {"n_components": 2, "n_neighbors": 11, "metric": "cosine", "random_state": UMAP_SEED}
    assert asked == wanted | {"n_jobs": 1}


def test_the_real_umap_gives_the_same_picture_twice():
    pytest.importorskip("umap", reason="the extra `map` is not installed")
    vectors = np.random.default_rng(4).normal(size=(40, 8)).astype(np.float32)
    assert np.array_equal(umap_plane(vectors), umap_plane(vectors))
