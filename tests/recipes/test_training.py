"""Training takes steps, and an interrupted one ends in the same weights."""

import numpy as np
import pytest
import torch

from assets.recipes.pocket_vl.chunks import GRIDS, PAIRS, TOKEN_PX, Chunk, find_matches
from assets.recipes.pocket_vl.state import load_state, save_state
from assets.recipes.pocket_vl.train import LEARNING_RATE, WARM_UP, Trainer, learning_rate
from assets.recipes.seeds import HELD_OUT
from assets.recipes.world.composer import compose
from assets.recipes.world.instances import Painted, random_group
from assets.recipes.world.scenery import make_scenery
from assets.recipes.world.views import sample_view

INSTANCES = 3


def chunk_of(number):
    """Return a chunk of noise in the grids of its step, with two matches per instance."""
    rng = np.random.default_rng(number)
    sizes = [(rows * TOKEN_PX, columns * TOKEN_PX) for rows, columns in GRIDS[number % len(GRIDS)]]
    first, others = (
        rng.integers(0, 256, (INSTANCES * n, *size, 3), dtype=np.uint8)
        for n, size in zip((1, 2), sizes, strict=True)
    )
    matches = [(i, k, 2, 3) for i in range(INSTANCES) for k in range(len(PAIRS))]
    return Chunk(first, others, np.array(matches))


def take_steps(trainer, n):
    return [
        trainer.learn((chunk_of(trainer.state.step), chunk_of(trainer.state.step + 8)))
        for _ in range(n)
    ]


@pytest.fixture(autouse=True)
def few_candidates(monkeypatch):
    monkeypatch.setattr("assets.recipes.pocket_vl.step.CANDIDATES", 4)


def test_resumed_training_equals_uninterrupted_training(tmp_path):
    whole = Trainer(seed=5, steps=10)
    losses = take_steps(whole, 3)
    first = Trainer(seed=5, steps=10)
    take_steps(first, 1)
    save_state(first.state, tmp_path)
    second = Trainer(seed=5, steps=10)
    assert load_state(second.state, tmp_path)
    assert take_steps(second, 2) == losses[1:]
    for name, weight in whole.state.model.named_parameters():
        assert torch.equal(weight, dict(second.state.model.named_parameters())[name]), name
        assert torch.equal(whole.state.average[name], second.state.average[name]), name
    assert second.state.curriculum == whole.state.curriculum
    assert all(np.isfinite(list(terms.values())).all() for terms in losses)


def test_an_empty_folder_holds_no_checkpoint(tmp_path):
    trainer = Trainer(seed=5, steps=10)
    assert not load_state(trainer.state, tmp_path)
    assert trainer.state.step == 0


def test_the_rate_warms_up_and_falls_to_three_percent():
    assert learning_rate(0, 1000) == pytest.approx(LEARNING_RATE / WARM_UP)
    assert learning_rate(WARM_UP, 1000) == pytest.approx(LEARNING_RATE)
    assert learning_rate(1000, 1000) == pytest.approx(0.03 * LEARNING_RATE)


def test_matches_name_tokens_that_show_the_same_label_point():
    """The same view twice: every label point lies in the same token of both."""
    group = random_group(HELD_OUT.start)
    scenery = make_scenery(group, seed=1, size=160, n_grounds=1)
    painted = Painted(group[0], 64)
    spec = sample_view(np.random.default_rng(0), 0.0, (112, 112))
    view = compose(painted, spec, scenery)
    found = find_matches([view] * 3, ((4, 4),) * 3, np.random.default_rng(0))
    assert len(found) == 24
    assert all(one == two for _, one, two in found)
