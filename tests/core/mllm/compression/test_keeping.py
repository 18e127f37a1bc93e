"""Which tokens stay: against naive code, worked examples, and the token that ends an image."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.mllm.compression.grammar import Part
from core.mllm.compression.keeping import grid_cells, keep, most_diverse, pooled
from core.types.scores import VisualTokens


def image(values, grid, *, extra=None, dtype="float32") -> VisualTokens:
    values = np.asarray(values)
    places = np.stack(np.divmod(np.arange(len(values)), grid[1]), axis=1).astype(np.int16)
    return VisualTokens(values, dtype, places, grid, len(values), extra)


def drawn(n: int, grid: tuple[int, int], seed: int = 0) -> VisualTokens:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 8)).astype(np.float32)
    return image(values, grid, extra=rng.normal(size=(2, n, 8)).astype(np.float32))


def cosine_distance(a, b) -> float:
    return 1 - float(a @ b) / float(np.linalg.norm(a) * np.linalg.norm(b))


def naive_diverse(values, n: int) -> list[int]:
    rows = range(len(values))
    distance = [[cosine_distance(values[a], values[b]) for b in rows] for a in rows]
    first = max(rows, key=lambda a: min(distance[a][b] for b in rows if b != a))
    chosen = [first]
    while len(chosen) < n:
        left = [row for row in rows if row not in chosen]
        chosen.append(max(left, key=lambda a: min(distance[a][b] for b in chosen)))
    return sorted(chosen)


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(1, 11))
def test_divprune_is_the_naive_greedy_rule(seed, n_tokens, n):
    values = np.random.default_rng(seed).normal(size=(n_tokens, 5)).astype(np.float32)
    n = min(n, n_tokens - 1)
    assert most_diverse(values, n).tolist() == naive_diverse(values.astype(np.float64), n)


def test_divprune_keeps_a_wider_set_than_a_random_one():
    tokens = drawn(36, (6, 6))

    def least(kept: VisualTokens) -> float:
        return min(cosine_distance(a, b) for a, b in combinations(kept.tokens, 2))

    assert least(keep(Part("divprune", 9), tokens)) > 2 * least(keep(Part("random", 9), tokens))


def test_divprune_drops_a_near_copy():
    """Farthest from its nearest is (-1, 0); from it (1, 0), not the copies' other place."""
    tokens = image(np.array([[1, 0], [1, 0.1], [-1, 0], [1, 0.2]], np.float32), (2, 2))
    kept = keep(Part("divprune", 2), tokens)
    assert kept.positions.tolist() == [[0, 0], [1, 0]]
    assert kept.tokens.tolist() == [[1, 0], [-1, 0]]
    assert (kept.grid, kept.full_count) == ((2, 2), 4)


def test_divprune_of_equal_tokens_still_keeps_as_many_as_asked_for():
    kept = keep(Part("divprune", 8), image(np.ones((15, 4), np.float32), (3, 5)))
    assert len(kept.tokens) == len({tuple(place) for place in kept.positions.tolist()}) == 8


@pytest.mark.parametrize("name", ["divprune", "random", "grid"])
@pytest.mark.parametrize("n", [1, 2, 7, 13, 29])
def test_kept_tokens_keep_their_values_layers_and_places_in_order(name, n):
    tokens = drawn(30, (5, 6))
    kept = keep(Part(name, n), tokens)
    rows = kept.positions[:, 0] * 6 + kept.positions[:, 1]
    assert len(rows) == n
    assert (np.diff(rows) > 0).all()
    assert np.array_equal(kept.tokens, tokens.tokens[rows])
    assert np.array_equal(kept.extra, tokens.extra[:, rows])
    assert (kept.grid, kept.full_count, kept.dtype) == ((5, 6), 30, "float32")


@pytest.mark.parametrize("name", ["divprune", "random", "grid"])
def test_an_image_of_no_more_tokens_is_left_as_it_is(name):
    tokens = drawn(12, (3, 4))
    assert keep(Part(name, 12), tokens) is tokens
    assert keep(Part(name, 99), tokens) is tokens
    assert keep(None, tokens) is tokens


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_grid_keeps_exactly_n_different_cells(height, width, data):
    n = data.draw(st.integers(1, height * width))
    cells = grid_cells((height, width), n).tolist()
    assert len(cells) == n
    assert cells == sorted(set(cells))
    assert max(cells) < height * width


def test_half_of_a_grid_is_a_checkerboard():
    tokens = image(np.arange(24, dtype=np.float32).reshape(12, 2), (3, 4))
    kept = keep(Part("grid", 6), tokens)
    assert kept.positions.tolist() == [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2]]


def test_random_cells_are_the_same_at_every_call_and_others_for_another_number():
    one, two = drawn(36, (6, 6), 1), drawn(36, (6, 6), 2)
    first = keep(Part("random", 9), one).positions.tolist()
    assert keep(Part("random", 9), two).positions.tolist() == first
    assert first != keep(Part("grid", 9), one).positions.tolist()
    assert first != keep(Part("random", 10), one).positions.tolist()[:9]


@pytest.mark.parametrize("name", ["divprune", "random", "grid"])
def test_the_token_that_ends_an_image_stays_besides(name):
    tokens = drawn(10, (3, 3))
    kept = keep(Part(name, 4), tokens)
    assert kept.positions[-1].tolist() == [3, 0]
    assert len(kept.positions) == 5
    assert np.array_equal(kept.tokens[-1], tokens.tokens[-1])
    assert keep(Part(name, 9), tokens) is tokens


def test_pooling_takes_the_mean_of_four_at_the_place_of_the_first():
    values = np.arange(8, dtype=np.float32)[:, None]
    kept = pooled(image(values, (2, 4), extra=values[None] * 10))
    assert kept.tokens[:, 0].tolist() == [(0 + 1 + 4 + 5) / 4, (2 + 3 + 6 + 7) / 4]
    assert kept.extra[0, :, 0].tolist() == [25, 45]
    assert kept.positions.tolist() == [[0, 0], [0, 2]]
    assert (kept.grid, kept.full_count) == ((2, 4), 8)


def test_pooling_takes_what_is_there_at_odd_edges_and_leaves_the_end_alone():
    values = np.arange(10, dtype=np.float32)[:, None]
    kept = pooled(image(values, (3, 3)))
    assert kept.tokens[:, 0].tolist() == [2, 3.5, 6.5, 8, 9]
    assert kept.positions.tolist() == [[0, 0], [0, 2], [2, 0], [2, 2], [3, 0]]


def test_pooled_bfloat16_is_the_mean_rounded_once():
    bits = np.array([[0x3F80], [0x3F80], [0x3F80], [0x3F81]], np.uint16)  # 1, 1, 1, 1 + 1/128
    kept = pooled(image(bits, (2, 2), dtype="bfloat16"))
    assert kept.tokens.tolist() == [[0x3F80]]  # 1 + 1/512 lies nearer to 1
