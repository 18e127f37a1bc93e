"""Lose tokens and precision at random, so that compressed tokens still answer well."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

PRUNED = 0.35
"""Share of steps in which tokens are dropped, on either side."""
ROUNDED = 0.25
"""Share of steps in which candidates are rounded to int8."""
LEAST = 0.35


@dataclass(frozen=True, eq=False, slots=True)
class Squeeze:
    """Which tokens of the query and of the candidates stay, and whether those are rounded."""

    query: Tensor
    candidates: Tensor
    rounded: bool


def _kept(n: int, generator: torch.Generator) -> Tensor:
    share = LEAST + (1 - LEAST) * float(torch.rand(1, generator=generator))
    kept = torch.randperm(n, generator=generator)[: max(4, round(n * share))]
    return kept.sort().values


def draw_squeeze(n_query: int, n_candidate: int, generator: torch.Generator) -> Squeeze:
    """Draw what a step loses; the numbers are token counts."""
    pruned, both, rounded = torch.rand(3, generator=generator).tolist()
    query, candidates = torch.arange(n_query), torch.arange(n_candidate)
    if pruned < PRUNED:
        candidates = _kept(n_candidate, generator)
        query = _kept(n_query, generator) if both < 0.3 else query
    return Squeeze(query, candidates, rounded < ROUNDED)


def round_int8(tokens: Tensor) -> Tensor:
    """Return tokens (..., C) rounded to 255 levels each; gradients pass as if not rounded."""
    scale = tokens.detach().abs().amax(-1, keepdim=True).clamp_min(1e-6) / 127
    rounded = (tokens.detach() / scale).round() * scale
    return tokens + (rounded - tokens.detach())
