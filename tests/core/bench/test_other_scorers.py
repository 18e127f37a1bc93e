"""Scorers beside the bench's own: made ready once, whoever asks."""

import pytest

from core.types.runs import Progress
from tests.core.stand_ins import ColourTower, make_workbench

NAME = "mllm/int8"
WAITING = Progress(f"{NAME}: wait for another scorer", 0, 1, "scorers")


@pytest.fixture
def tower():
    return ColourTower()


@pytest.fixture
def rivals(tiny_corpus_root, tmp_path, tower):
    bench = make_workbench(tiny_corpus_root, tmp_path / "work", tower=tower)
    list(bench.runs.build_index())
    yield bench.robustness.rivals
    bench.close()


def test_two_jobs_make_a_scorer_ready_once(rivals, tower):
    n_encoded = tower.n_encoded
    first, second = rivals.prepare(NAME), rivals.prepare(NAME)
    next(first)
    assert next(second) == WAITING
    list(first)
    once = tower.n_encoded - n_encoded
    assert list(second) == []
    assert tower.n_encoded - n_encoded == once


def test_a_job_that_is_stopped_while_it_waits_leaves_the_turn_to_the_others(rivals):
    first, second = rivals.prepare(NAME), rivals.prepare(NAME)
    next(first)
    next(second)
    second.close()
    list(first)
    assert list(rivals.prepare(NAME)) == []


def test_a_scorer_whose_making_was_stopped_is_made_by_the_next(rivals):
    first = rivals.prepare(NAME)
    next(first)
    first.close()
    assert [step for step in rivals.prepare(NAME) if step == WAITING] == []
    assert list(rivals.prepare(NAME)) == []
