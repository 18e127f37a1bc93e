"""MaxSim and compressed tokens, worked by hand."""

import numpy as np
import pytest

from assets.recipes.pocket_vl.card.compression import checkerboard, in_bytes, most_diverse
from assets.recipes.pocket_vl.card.rankings import max_similarity
from core.types import VisualTokens


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


def test_the_checkerboard_keeps_every_second_place_of_the_full_grid():
    tokens = image(np.arange(24).reshape(12, 2), (3, 4))
    kept = checkerboard(tokens)
    assert kept.positions.tolist() == [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2]]
    assert kept.tokens[:, 0].tolist() == [0, 4, 10, 14, 16, 20]
    assert (kept.grid, kept.full_count) == ((3, 4), 12)


def test_the_most_diverse_half_drops_a_near_copy():
    """Farthest from its nearest is (-1, 0); from it (1, 0), not the copies' other place."""
    tokens = image([[1, 0], [1, 0.1], [-1, 0], [1, 0.2]], (2, 2))
    kept = most_diverse(tokens)
    assert kept.positions.tolist() == [[0, 0], [1, 0]]
    assert kept.tokens.tolist() == [[1, 0], [-1, 0]]
    assert (kept.grid, kept.full_count) == ((2, 2), 4)


def test_the_most_diverse_half_of_equal_tokens_still_has_half_of_them():
    kept = most_diverse(image(np.ones((15, 4)), (3, 5)))
    assert len(kept.tokens) == len({tuple(place) for place in kept.positions.tolist()}) == 8


def test_bytes_keep_the_largest_value_and_round_the_rest_to_a_step():
    tokens = image([[127, 63.4, -0.6], [0, 0, 0], [2.54, 0.011, -2.54]], (1, 3))
    expected = np.array([[127, 63, -1], [0, 0, 0], [2.54, 0.02, -2.54]], np.float32)
    assert np.allclose(in_bytes(tokens).tokens, expected, atol=1e-6)
    assert in_bytes(tokens).positions is tokens.positions
