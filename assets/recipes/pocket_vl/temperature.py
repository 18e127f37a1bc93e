"""Fit the temperature at which P(yes) is right as often as it says, and build it into a model."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.heldout import (
    PAIRS_PER_KIND,
    HeldOut,
    draw_pairs,
    encode_all,
    kinds_of_pairs,
    pair_margins,
)
from assets.recipes.pocket_vl.machine import mixed_precision
from assets.recipes.pocket_vl.pairs import Template

RANGE = (0.2, 8.0)


def fit_temperature(margins: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Return the T in RANGE that minimises the cross-entropy of sigmoid(margin / T).

    Args:
        margins: (N,) nats.
        positive: (N,); both answers weigh the same whatever their numbers.
    """
    x, y = torch.from_numpy(margins), torch.from_numpy(positive.astype(np.float64))
    weight = torch.where(y > 0, 0.5 / y.sum(), 0.5 / (1 - y).sum())
    candidates = np.geomspace(*RANGE, 400)
    losses = [
        float(functional.binary_cross_entropy_with_logits(x / t, y, weight, reduction="sum"))
        for t in candidates
    ]
    return float(candidates[int(np.argmin(losses))])


@torch.no_grad()
def temperature_of(
    model: PocketVl, held_out: HeldOut, template: Template, answers: tuple[int, int]
) -> float:
    """Return the temperature fitted on held-out positives, strangers and look-alikes."""
    with mixed_precision():
        tokens = encode_all(model, held_out)
        drawn = {
            name: draw_pairs(allowed, PAIRS_PER_KIND)
            for name, allowed in kinds_of_pairs(held_out).items()
        }
        found = [pair_margins(model, tokens, some, template, answers) for some in drawn.values()]
    labels = [np.full(len(pairs), name == "positive") for name, pairs in drawn.items()]
    return fit_temperature(np.concatenate(found), np.concatenate(labels))


@torch.no_grad()
def cool(model: PocketVl, temperature: float) -> None:
    """Divide every logit by the temperature: the last norm's weight scales them all."""
    model.model.language_model.norm.weight.div_(temperature)
