"""The exact index: order, ties, save and load, damage."""

import json

import numpy as np
import pytest

from core.errors import StaleIndexError
from core.retrieval.index import FlatIndex, content_digest


def unit(rows: list[list[float]]) -> np.ndarray:
    array = np.float32(rows)
    return array / np.linalg.norm(array, axis=1, keepdims=True)


def test_search_returns_cosines_in_descending_order():
    index = FlatIndex(unit([[1, 0], [0, 1], [1, 1]]), ["a", "b", "c"])
    found = index.search("q", np.float32([1, 0]), 3)
    assert found.image_ids == ("a", "c", "b")
    assert found.cosines.tolist() == pytest.approx([1.0, 2**-0.5, 0.0], abs=1e-6)
    assert found.exact


def test_ties_are_broken_by_row_even_at_the_cut():
    index = FlatIndex(unit([[1, 0]] * 30), [f"{i:02d}" for i in range(30)])
    assert index.search("q", np.float32([1, 0]), 5).image_ids == ("00", "01", "02", "03", "04")


def test_asking_for_more_than_there_are_gives_all():
    index = FlatIndex(unit([[1, 0], [0, 1]]), ["a", "b"])
    assert len(index.search("q", np.float32([1, 0]), 10).image_ids) == 2


def test_it_equals_numpy_on_random_vectors():
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=(500, 32)).tolist())
    index = FlatIndex(vectors, [f"{i:03d}" for i in range(500)])
    query = unit(rng.normal(size=(1, 32)).tolist())[0]
    expected = np.argsort(-(vectors @ query), kind="stable")[:20]
    assert index.search("q", query, 20).image_ids == tuple(f"{i:03d}" for i in expected)


def test_a_saved_index_answers_the_same(tmp_path):
    index = FlatIndex(unit([[1, 0], [0, 1]]), ["a", "b"])
    index.save(tmp_path / "i/x.faiss", "content")
    loaded = FlatIndex.load(tmp_path / "i/x.faiss", "content")
    assert loaded is not None
    assert loaded.search("q", np.float32([0, 1]), 2).image_ids == ("b", "a")


def test_an_index_of_other_content_is_not_taken(tmp_path):
    FlatIndex(unit([[1, 0]]), ["a"]).save(tmp_path / "x.faiss", "content")
    assert FlatIndex.load(tmp_path / "x.faiss", "other") is None
    assert FlatIndex.load(tmp_path / "none.faiss", "content") is None


def test_every_flipped_bit_is_refused(tmp_path):
    path = tmp_path / "x.faiss"
    FlatIndex(unit([[1, 0], [0, 1]]), ["a", "b"]).save(path, "content")
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 1 << (place % 8)
        path.write_bytes(broken)
        with pytest.raises(StaleIndexError, match=r"x\.faiss is damaged"):
            FlatIndex.load(path, "content")


def test_a_damaged_manifest_is_refused(tmp_path):
    path = tmp_path / "x.faiss"
    FlatIndex(unit([[1, 0]]), ["a"]).save(path, "content")
    path.with_suffix(".json").write_text("{")
    with pytest.raises(StaleIndexError):
        FlatIndex.load(path, "content")


def test_content_depends_on_row_order_and_descriptor():
    digests = {
        content_digest(["a", "b"], "d"),
        content_digest(["b", "a"], "d"),
        content_digest(["a", "b"], "e"),
        json.dumps("distinct"),
    }
    assert len(digests) == 4
