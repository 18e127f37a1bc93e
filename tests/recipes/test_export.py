"""The model folder is written from the averaged weights, with what it took to make them."""

import json

import pytest
import torch
from safetensors.torch import load_file

from assets.recipes.pocket_vl.export import average_with, export
from assets.recipes.pocket_vl.folder import save_folder
from assets.recipes.pocket_vl.state import save_state
from assets.recipes.pocket_vl.train import Trainer


def test_weights_are_averaged_by_their_shares_with_those_of_another_folder(tmp_path):
    mine, other = Trainer(seed=1, steps=1), Trainer(seed=2, steps=1)
    save_folder(other.state.model, other.tokenizer, tmp_path)
    others = dict(other.state.model.named_parameters())
    expected = {
        name: 0.75 * weight.detach() + 0.25 * others[name].detach()
        for name, weight in mine.state.model.named_parameters()
    }
    average_with(mine, tmp_path, 0.25)
    for name, weight in mine.state.model.named_parameters():
        assert torch.allclose(weight, expected[name], atol=4e-3), name  # the folder is in bfloat16
    assert any(not torch.equal(weight, others[name]) for name, weight in expected.items())


def test_an_export_says_what_it_took_and_what_it_was_averaged_with(tmp_path):
    trainer = Trainer(seed=1, steps=1)
    trainer.state.step, trainer.state.seconds = 7, 3.0
    save_state(trainer.state, tmp_path / "work")
    plain, half = tmp_path / "plain", tmp_path / "half"
    export(tmp_path / "work", None, plain, None)
    export(tmp_path / "work", None, half, "noise", (plain, 0.5), "itself")
    facts = json.loads((half / "facts.json").read_text())
    assert (facts["steps"], facts["seconds"]) == (7, 3)
    assert facts["started_from"] == "noise"
    assert facts["averaged_with"] == "itself, 50% of it"
    assert "held_out" not in facts
    one, two = (load_file(folder / "model.safetensors") for folder in (plain, half))
    for name, weight in one.items():
        assert two[name].float() == pytest.approx(weight.float(), abs=4e-3), name
