"""MaxSim and compressed tokens, worked by hand."""

import numpy as np
import pytest

from assets.recipes.pocket_vl.card.compression import half, in_bytes
from assets.recipes.pocket_vl.card.rankings import max_similarity
from core.types.scores import VisualTokens


def image(rows, grid):
    places = np.stack(np.divmod(np.arange(len(rows)), grid[1]), axis=1).astype(np.int16)
    return VisualTokens(np.array(rows, np.float32), "float32", places, grid, len(rows))


def test_max_similarity_is_the_mean_of_the_query_tokens_best_cosines():
    """Best cosines 1 and 1 / sqrt 2; lengths do not matter."""
    query, candidate = image([[1, 0], [0, 2]], (1, 2)), image([[3, 0], [1, 1]], (1, 2))
    assert max_similarity(query, candidate) == pytest.approx((1 + 0.5**0.5) / 2)


def test_max_similarity_asks_from_the_querys_side():
    both, one = image([[1, 0], [0, 1]], (1, 2)), image([[1, 0]], (1, 1))
    assert (max_similarity(both, one), max_similarity(one, both)) == (0.5, 1.0)


def test_half_of_the_tokens_is_rounded_up():
    tokens = image(np.random.default_rng(0).normal(size=(15, 4)), (3, 5))
    for name in ("divprune", "grid"):
        assert len(half(name, tokens).positions) == 8


def test_bytes_keep_the_largest_value_and_round_the_rest_to_a_step():
    tokens = image([[127, 63.4, -0.6], [0, 0, 0], [2.54, 0.011, -2.54]], (1, 3))
    expected = np.array([[127, 63, -1], [0, 0, 0], [2.54, 0.02, -2.54]], np.float32)
    rounded = in_bytes(Nameless(), tokens)
    assert np.allclose(rounded.tokens, expected, atol=1e-6)
    assert rounded.positions is tokens.positions


class Nameless:
    """An encoder that is never asked to encode."""

    tower_fingerprint = ""

    def encode(self, images):
        raise AssertionError
