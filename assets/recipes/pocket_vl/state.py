"""All that training remembers between steps, and how it is written and read."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.chunks import LEVELS, Level
from assets.recipes.pocket_vl.machine import here

PREFETCH = 4
"""A new level holds from this many steps later, because those batches are already being made."""
LEAST_STEPS = 60
SMOOTHING = 0.95
AVERAGING = 0.997


@dataclass
class Curriculum:
    """Which level holds from which step, and how well the current one goes."""

    starts: list[int] = field(default_factory=lambda: [0])
    smooth: float = 4.0

    def level_at(self, step: int) -> Level:
        """Return the level of a step (negative steps have the first)."""
        number = sum(step >= start for start in self.starts)
        return LEVELS[max(0, number - 1)]

    def learn(self, step: int, image_loss: float) -> None:
        """Follow the image loss; when it is low enough for long enough, go up one level."""
        self.smooth = SMOOTHING * self.smooth + (1 - SMOOTHING) * image_loss
        current = LEVELS[len(self.starts) - 1]
        ripe = step - self.starts[-1] >= LEAST_STEPS and self.smooth < current.pass_below
        if ripe and len(self.starts) < len(LEVELS):
            self.starts.append(step + 1 + PREFETCH)
            self.smooth = 4.0


@dataclass
class TrainingState:
    """Model, optimiser, running average of the weights, curriculum, next step.

    `seconds` is the wall time of all steps so far.
    """

    model: PocketVl
    optimizer: torch.optim.Optimizer
    average: dict[str, torch.Tensor]
    curriculum: Curriculum
    step: int
    seconds: float = 0.0

    def follow(self) -> None:
        """Move the average towards the weights, faster at the beginning."""
        keep = min(AVERAGING, (1 + self.step) / (20 + self.step))
        with torch.no_grad():
            for name, weight in self.model.named_parameters():
                self.average[name].lerp_(weight, 1 - keep)


def start_from(state: TrainingState, folder: Path) -> None:
    """Take the weights of a model folder and begin with the hardest level.

    Language layers that the folder lacks begin as identities, behind those that it has.

    Raises:
        OSError: the folder holds no model.
        RuntimeError: the folder's model has other widths.
    """
    found = PocketVl.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    state.model.load_state_dict(found.state_dict(), strict=False)
    layers = state.model.model.language_model.layers
    with torch.no_grad():
        for layer in layers[len(found.model.language_model.layers) :]:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
    state.average = new_average(state.model)
    state.curriculum.starts = [0] * len(LEVELS)


def use_average(state: TrainingState) -> None:
    """Put the running average in the weights' place."""
    with torch.no_grad():
        for name, weight in state.model.named_parameters():
            weight.copy_(state.average[name])


def follow_tower(tower: nn.Module, state: TrainingState) -> None:
    """Give a tower the running average's weights."""
    with torch.no_grad():
        for name, weight in tower.named_parameters():
            weight.copy_(state.average[f"model.visual.{name}"])


def new_average(model: PocketVl) -> dict[str, torch.Tensor]:
    """Return a copy of the weights by name."""
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def save_state(state: TrainingState, folder: Path) -> None:
    """Write a checkpoint; the last rename makes it valid."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"average/{name}": value for name, value in state.average.items()}
    names = {id(weight): name for name, weight in state.model.named_parameters()}
    for weight, moments in state.optimizer.state.items():
        for key, value in moments.items():
            tensors[f"{key}/{names[id(weight)]}"] = value.clone()
    for name, weight in state.model.named_parameters():
        tensors[f"weight/{name}"] = weight.detach().clone()
    facts = {
        "step": state.step,
        "seconds": state.seconds,
        "starts": state.curriculum.starts,
        "smooth": state.curriculum.smooth,
    }
    partial = folder / "checkpoint.partial"
    save_file(tensors, partial, metadata={"facts": json.dumps(facts)})
    partial.replace(folder / "checkpoint.safetensors")


def load_state(state: TrainingState, folder: Path) -> bool:
    """Restore a checkpoint into a fresh state; return whether there was one."""
    path = folder / "checkpoint.safetensors"
    if not path.exists():
        return False
    tensors = load_file(path, device=str(here()))
    facts = read_facts(path)
    with torch.no_grad():
        for name, weight in state.model.named_parameters():
            weight.copy_(tensors[f"weight/{name}"])
            state.average[name] = tensors[f"average/{name}"]
            moments = {
                key: tensors.get(f"{key}/{name}") for key in ("step", "exp_avg", "exp_avg_sq")
            }
            if moments["step"] is not None:
                moments["step"] = moments["step"].cpu()  # where AdamW counts
                state.optimizer.state[weight] = moments
    state.step, state.seconds = int(facts["step"]), float(facts["seconds"])
    state.curriculum = Curriculum(list(facts["starts"]), float(facts["smooth"]))
    return True


def read_facts(path: Path) -> dict[str, object]:
    """Return what a checkpoint says of itself."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        return json.loads(file.metadata()["facts"])
