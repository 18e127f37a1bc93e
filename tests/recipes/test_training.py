"""Training takes steps, and an interrupted one ends in the same weights."""

import numpy as np
import pytest
import torch

from assets.recipes.pocket_vl.architecture import build_model
from assets.recipes.pocket_vl.chunks import LEVELS, PAIRS, find_matches
from assets.recipes.pocket_vl.state import load_state, save_state
from assets.recipes.pocket_vl.tokenizer import train_tokenizer
from assets.recipes.pocket_vl.train import GOING_ON_RATE, WARM_UP, Trainer, learning_rate
from assets.recipes.seeds import HELD_OUT
from assets.recipes.world.composer import compose
from assets.recipes.world.instances import Painted, random_group
from assets.recipes.world.scenery import make_scenery
from assets.recipes.world.views import sample_view
from tests.recipes.noise import noise_chunk

INSTANCES = 3


def chunk_of(number):
    """Return a chunk of noise in the grids of its step, with matches of every instance."""
    matches = [(i, k, 2, 3) for i in range(INSTANCES) for k in range(len(PAIRS))]
    return noise_chunk(number, np.arange(INSTANCES) + 100 * number, matches)


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


def test_a_descriptor_only_rival_leaves_the_language_model_alone():
    trainer = Trainer(seed=5, steps=10, pairs=False)
    before = {n: p.detach().clone() for n, p in trainer.state.model.named_parameters()}
    terms = take_steps(trainer, 2)
    for name, weight in trainer.tower_teacher.named_parameters():
        assert not torch.equal(weight, before[f"model.visual.{name}"]), "it follows the average"
    changed = {
        name
        for name, weight in trainer.state.model.named_parameters()
        if not torch.equal(weight, before[name])
    }
    assert set(terms[0]) == {"token", "image", "alone"}
    assert changed
    assert all(".visual." in name for name in changed)


def test_an_empty_folder_holds_no_checkpoint(tmp_path):
    trainer = Trainer(seed=5, steps=10)
    assert not load_state(trainer.state, tmp_path)
    assert trainer.state.step == 0


def test_the_rate_warms_up_and_falls_to_three_percent():
    assert learning_rate(0, 1000, 2.0) == pytest.approx(2.0 / WARM_UP)
    assert learning_rate(WARM_UP, 1000, 2.0) == pytest.approx(2.0)
    assert learning_rate(1000, 1000, 2.0) == pytest.approx(0.06)


def test_training_that_starts_from_a_folder_answers_like_the_folder(tmp_path):
    """The folder has fewer language layers: those that it lacks begin as identities."""
    tokenizer = train_tokenizer()
    small = build_model(tokenizer, seed=4)
    del small.model.language_model.layers[-1]
    small.config.text_config.num_hidden_layers -= 1
    small.config.text_config.layer_types = small.config.text_config.layer_types[:-1]
    small.save_pretrained(tmp_path)
    trainer = Trainer(seed=9, steps=10, start=tmp_path)
    rng = np.random.default_rng(0)
    ids = torch.from_numpy(rng.integers(10, 900, (1, 12)))
    with torch.no_grad():
        expected, actual = (m(input_ids=ids).logits for m in (small, trainer.state.model))
    assert torch.allclose(actual, expected, atol=1e-5)
    assert trainer.state.curriculum.level_at(0) == LEVELS[-1]
    assert trainer.peak == GOING_ON_RATE


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
