"""Tokens of images of different sizes share a shard and come back bit for bit."""

import os
from pathlib import Path

import numpy as np
import pytest

from core.storage.tokens import DescriptorStore, TokenStore
from core.types.scores import VisualTokens


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


def test_an_image_of_a_warm_store_is_one_read_of_its_own_row_and_no_open(tmp_path, monkeypatch):
    store = TokenStore(tmp_path, "f")
    rng = np.random.default_rng(0)
    places = np.stack(np.divmod(np.arange(64), 8), axis=1).astype(np.int16)
    for shard in range(8):
        codes = rng.integers(0, 256, (32, 64, 96), dtype=np.uint8)
        some = [VisualTokens(code, "pq:96", places, (8, 8), 64) for code in codes]
        store.append([f"{shard}-{row}" for row in range(32)], some)
    for shard in range(8):
        store.get(f"{shard}-0")
    read: list[int] = []
    opened: list[object] = []
    pread, path_open, os_open = os.pread, Path.open, os.open

    def counted(descriptor: int, n_bytes: int, offset: int) -> bytes:
        read.append(n_bytes)
        return pread(descriptor, n_bytes, offset)

    monkeypatch.setattr(os, "pread", counted)
    monkeypatch.setattr(os, "open", lambda *a, **k: opened.append(a) or os_open(*a, **k))
    monkeypatch.setattr(Path, "open", lambda *a, **k: opened.append(a) or path_open(*a, **k))
    for _ in range(100):
        store.get(f"{rng.integers(8)}-{rng.integers(32)}")
    # 64 tokens of 96 bytes, their places, five int32 of meta, 16 bytes for the dtype's name
    assert read == [64 * 96 + 64 * 2 * 2 + 5 * 4 + 16] * 100
    assert opened == []


def test_a_picture_without_positions_comes_back_as_it_was(tmp_path):
    pictures = {
        name: VisualTokens(
            np.arange(n, dtype=np.uint8)[:, None], "jpeg", np.zeros((0, 2), np.int16), (0, 0), 0
        )
        for name, n in (("a", 7), ("b", 250))
    }
    store = TokenStore(tmp_path, "f")
    store.append(list(pictures), list(pictures.values()))
    for name, expected in pictures.items():
        assert_equal(store.get(name), expected)


def test_an_image_never_stored_is_a_key_error(tmp_path):
    with pytest.raises(KeyError):
        TokenStore(tmp_path, "f").get("none")


def test_descriptors_come_in_the_order_asked_for(tmp_path):
    vectors = np.eye(3, dtype=np.float32)
    store = DescriptorStore(tmp_path, "f")
    store.append(["a", "b", "c"], vectors)
    assert store.get(["c", "a"]).tolist() == [[0, 0, 1], [1, 0, 0]]
