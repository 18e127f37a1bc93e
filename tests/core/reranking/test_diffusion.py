"""Diffusion is the official code's, with its graph and its solver."""

import numpy as np
import pytest

from core.errors import SettingsError
from core.reranking.diffusion import (
    Diffusion,
    affinity,
    diffused,
    diffusion_constants,
    normalised,
)
from core.retrieval.index import FlatIndex
from core.retrieval.neighbours import Graphs
from tests.core.reranking.golden import cases_of, falls, first, unit, vectors_of


def nearest(vectors, k):
    found = vectors @ vectors.T
    np.fill_diagonal(found, -np.inf)
    rows = np.array([first(row, k) for row in found], np.int32)
    return rows, np.take_along_axis(found, rows, axis=1)


def offline(vectors, n_kept, k, alpha, power):
    """Return the (N, N) unit rows of the inverse on each image's nearest, as AAAI 2019 has them."""
    weights, cosines = normalised(affinity(*nearest(vectors, k - 1), power)), vectors @ vectors.T
    np.fill_diagonal(cosines, np.inf)
    found = np.zeros(cosines.shape)
    for row, own in enumerate(cosines):
        kept = first(own, n_kept)
        start = (np.arange(len(kept)) == 0).astype(float)
        found[row, kept] = diffused(weights[kept][:, kept], start, alpha)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_offline_scores_are_the_official_codes():
    cases = [case for case in cases_of("diffusion") if "truncation" in case["inputs"]]
    for case in cases:
        inputs, expected = case["inputs"], case["expected"]
        database, queries = vectors_of(case, cases)
        constants = (inputs[name] for name in ("truncation", "kd", "alpha", "gamma"))
        rows = offline(np.concatenate([queries, database]), *constants)
        scores = rows[: len(queries)] @ rows[len(queries) :].T
        assert np.abs(scores - expected["scores"]).max() < 1e-4
        for found, order in zip(scores, expected["order"], strict=True):
            assert falls(found, order, 1e-4)
    assert len(cases) == 4


def test_solutions_are_the_official_codes():
    cases = [case for case in cases_of("diffusion") if "truncation" not in case["inputs"]]
    for case in cases:
        inputs, expected = case["inputs"], case["expected"]
        database, queries = vectors_of(case, cases)
        weights = normalised(affinity(*nearest(database, inputs["graph neighbours"] - 1)))
        solved = expected["solution of (I - alpha S) f = y, scores"]
        for place, query in enumerate(queries):
            cosines = database @ query
            start = np.zeros(len(database))
            near = first(cosines, inputs["query neighbours"])
            start[near] = np.maximum(cosines[near], 0.0) ** 9
            found = diffused(weights, start, inputs["alpha"])
            assert np.abs(found - solved[place]).max() < 1e-4
            assert falls(found, expected["order of the solution"][place], 1e-4)
    assert len(cases) == 2


@pytest.fixture
def graphs(tmp_path):
    return Graphs(lambda name: tmp_path / name)


def test_an_image_that_replaces_itself_has_its_own_score(graphs):
    query, *rows = unit(np.random.default_rng(5).normal(size=(31, 4)))
    index = FlatIndex(np.array(rows), [str(row) for row in range(30)])
    method = Diffusion(3, 6, 0.8, graphs)
    plain = method.of_rows(index, query, range(30))
    found = [method.of_other(index, query, rows[row], row) for row in range(30)]
    assert np.abs(np.array(found) - plain).max() < 1e-6


def test_a_part_of_the_database_that_is_not_reached_has_zero(graphs):
    near = unit(np.array([[1, 0.1 * i, 0, 0] for i in range(5)]))
    far = unit(np.array([[0, 0, 1, 0.1 * i] for i in range(5)]))
    index = FlatIndex(np.concatenate([near, far]), [str(row) for row in range(10)])
    scores = Diffusion(2, 4, 0.8, graphs).of_rows(index, near[0], range(10))
    assert (scores[:5] > 0).all()
    assert np.abs(scores[5:]).max() == 0.0


@pytest.mark.parametrize("option", ["0", "3,1", "3,6,1", "3,6,nan"])
def test_other_constants_are_refused_in_one_sentence(option):
    with pytest.raises(SettingsError, match="write KQ,KD,ALPHA"):
        diffusion_constants(option)
