"""The nearest images of every image: exact, stored part by part, resumed."""

import numpy as np
import pytest

from core.errors import StaleIndexError
from core.retrieval import neighbours
from core.retrieval.index import FlatIndex
from core.retrieval.neighbours import Graphs
from core.storage.verify import verify
from tests.core.reranking.golden import first, unit

N = 23


@pytest.fixture
def index(monkeypatch):
    monkeypatch.setattr(neighbours, "PART", 5)
    vectors = unit(np.random.default_rng(1).normal(size=(N, 6)))
    vectors[7] = vectors[3]
    return FlatIndex(vectors, [str(row) for row in range(N)])


def graphs(folder):
    return Graphs(lambda name: folder / "neighbours" / name[:16])


def test_they_are_the_nearest_without_the_image_itself(index, tmp_path):
    vectors = index.vectors(range(N))
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -np.inf)
    table = graphs(tmp_path).table(index, 4)
    assert table.rows.tolist() == [first(row, 4).tolist() for row in cosines]
    assert np.allclose(table.cosines, np.sort(cosines)[:, ::-1][:, :4], atol=1e-6)


def test_more_neighbours_than_images_are_all_others(index, tmp_path):
    assert graphs(tmp_path).table(index, 99).rows.shape == (N, N - 1)


def test_what_was_stopped_goes_on_where_it_was(index, tmp_path, monkeypatch):
    steps = graphs(tmp_path).build(index, 4)
    for _ in range(3):
        next(steps)
    steps.close()
    asked = []
    found = FlatIndex.neighbours
    monkeypatch.setattr(
        FlatIndex, "neighbours", lambda own, *a: asked.append(a[0]) or found(own, *a)
    )
    steps = [(step.done, step.total) for step in graphs(tmp_path).build(index, 4)]
    assert asked == [10, 15, 20]
    assert steps == [(10, N), (15, N), (20, N), (N, N)]
    assert next(graphs(tmp_path).build(index, 4)).done == N


def test_a_damaged_part_is_one_sentence_and_verify_names_it(index, tmp_path):
    graphs(tmp_path).table(index, 4)
    (part,) = tmp_path.glob("neighbours/*/part-000000005.npz")
    part.write_bytes(part.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(StaleIndexError, match=r"part-000000005\.npz is damaged; delete"):
        graphs(tmp_path).table(index, 4)
    problems = {checked.file: checked.problem for checked in verify(tmp_path)}
    assert len(problems) == 5
    assert [file for file, problem in problems.items() if problem] == [
        part.relative_to(tmp_path).as_posix()
    ]


def test_another_index_has_another_table(index, tmp_path):
    other = FlatIndex(index.vectors(range(N - 1)), index.image_ids[:-1])
    assert other.fingerprint != index.fingerprint
    made = graphs(tmp_path)
    assert made.table(other, 4).rows.shape == (N - 1, 4)
    assert made.table(index, 4).rows.shape == (N, 4)
