"""Composed views and renders come by turns, and a step's two chunks are of one kind."""

from pathlib import Path

import pytest

from assets.recipes.pocket_vl import stream
from assets.recipes.pocket_vl.chunks import GRIDS, LEVELS, TURN
from assets.recipes.pocket_vl.stream import FAR, is_rendered

FOLDER = Path("renders")


@pytest.fixture(autouse=True)
def named_chunks(monkeypatch):
    monkeypatch.setattr(stream, "render_chunk", lambda seed, number, level: ("composed", number))
    monkeypatch.setattr(stream, "rendered_chunk", lambda folder, seed, number: (folder, number))
    stream._cached_chunk.cache_clear()
    yield
    stream._cached_chunk.cache_clear()


@pytest.mark.parametrize("step", range(2 * TURN))
def test_both_chunks_of_a_step_have_its_grids_and_one_kind(step):
    (kind, new), (old_kind, old) = stream.make_batch_chunks(1, step, (LEVELS[0],) * 2, FOLDER)
    assert kind == old_kind == (FOLDER if is_rendered(new) else "composed")
    assert GRIDS[new % len(GRIDS)] == GRIDS[old % len(GRIDS)] == GRIDS[step % len(GRIDS)]
    assert new - old == TURN


def test_half_of_the_steps_are_of_renders():
    assert sum(is_rendered(number) for number in range(10 * TURN)) == 5 * TURN


def test_without_renders_everything_is_composed():
    kinds = [chunk[0] for _, chunk in stream.chunks_to_store(1, 2 * TURN, None)]
    assert kinds == ["composed"] * 2 * TURN


def test_stored_chunks_are_none_of_the_first_half():
    numbers = [number for number, _ in stream.chunks_to_store(1, 3, FOLDER)]
    assert numbers == [FAR, FAR + 1, FAR + 2]
