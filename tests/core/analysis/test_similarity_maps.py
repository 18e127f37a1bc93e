"""Maps of a mean-pooled cosine are the official code's, and sum to it exactly."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.analysis.similarity_maps import pair_parts
from tests.shared import shared


def test_maps_are_the_official_codes():
    file = shared("golden/orders") / "similarity_maps.json"
    cases = json.loads(file.read_text("utf-8"))["cases"]
    for case in cases:
        first, second = (np.array(tokens, np.float32) for tokens in case["inputs"].values())
        expected = case["expected"]
        found = pair_parts(first, second)
        assert np.abs(found - expected["pair matrix"]).max() < 1e-6
        assert np.abs(found.sum(axis=1).reshape(4, 4) - expected["map 1"]).max() < 1e-6
        assert np.abs(found.sum(axis=0).reshape(4, 4) - expected["map 2"]).max() < 1e-6
        assert abs(found.sum() - expected["cosine of the mean tokens"]) < 1e-6
    assert len(cases) == 4


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**31))
def test_parts_sum_to_the_cosine_of_the_means(n, m, seed):
    random = np.random.default_rng(seed)
    first, second = random.normal(size=(n, 5)), random.normal(size=(m, 5))
    one, other = first.mean(axis=0), second.mean(axis=0)
    cosine = one @ other / (np.linalg.norm(one) * np.linalg.norm(other))
    assert abs(pair_parts(first, second).sum() - cosine) < 1e-9


def test_a_mean_without_a_direction_has_no_parts():
    zeros = np.zeros((2, 3), np.float32)
    assert not pair_parts(zeros, np.ones((4, 3), np.float32)).any()
