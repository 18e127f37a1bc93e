"""Tokens of images of different sizes share a shard and come back bit for bit."""

import numpy as np
import pytest

from core.storage.tokens import DescriptorStore, TokenStore
from core.types import VisualTokens


def tokens(rows: int, columns: int, dtype: str = "bfloat16") -> VisualTokens:
    rng = np.random.default_rng(rows * 100 + columns)
    count = rows * columns
    positions = np.stack(np.divmod(np.arange(count), columns), axis=1).astype(np.int16)
    values = rng.integers(0, 2**16, (count, 5), dtype=np.uint16)
    return VisualTokens(values, dtype, positions, (rows, columns), count)


def assert_equal(got: VisualTokens, expected: VisualTokens) -> None:
    assert got.tokens.tobytes() == expected.tokens.tobytes()
    assert got.tokens.dtype == expected.tokens.dtype
    assert got.positions.tolist() == expected.positions.tolist()
    assert (got.dtype, got.grid, got.full_count) == (
        expected.dtype,
        expected.grid,
        expected.full_count,
    )


def test_images_of_different_sizes_come_back_bit_for_bit(tmp_path):
    images = {"a": tokens(2, 3), "b": tokens(4, 4), "c": tokens(1, 1)}
    TokenStore(tmp_path, "f").append(list(images), list(images.values()))
    store = TokenStore(tmp_path, "f")
    for key, expected in images.items():
        assert_equal(store.get(key), expected)


def test_bytes_per_image_are_those_on_disk(tmp_path):
    store = TokenStore(tmp_path, "f")
    assert store.bytes_per_image() == 0.0
    store.append(["a", "b"], [tokens(2, 2), tokens(2, 2)])
    on_disk = sum(file.stat().st_size for file in tmp_path.glob("*.npy"))
    assert store.bytes_per_image() == on_disk / 2


def test_an_image_never_stored_is_a_key_error(tmp_path):
    with pytest.raises(KeyError):
        TokenStore(tmp_path, "f").get("none")


def test_descriptors_come_in_the_order_asked_for(tmp_path):
    vectors = np.eye(3, dtype=np.float32)
    store = DescriptorStore(tmp_path, "f")
    store.append(["a", "b", "c"], vectors)
    assert store.get(["c", "a"]).tolist() == [[0, 0, 1], [1, 0, 0]]
