"""Vary stored tokens, so that answers hold for cameras and worlds that were never encoded."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from assets.recipes.pocket_vl.step import Rows

SHIFTED = 0.6
"""Share of steps in which every image's channels are scaled and moved alike, row by row."""
SHIFT = 0.15
NOISE = 0.2
"""Most noise per token, in standard deviations of the channel."""
CLUTTERED = 0.4
"""Share of steps in which some of the candidates' tokens come from other images."""
MOST_CLUTTER = 0.4


def _normal(shape: tuple[int, ...], generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator)


def _clutter(
    candidates: Tensor, shares: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Replace a share of each candidate's tokens by those of another row's, place by place."""
    share = MOST_CLUTTER * float(torch.rand(1, generator=generator))
    taken = torch.rand(candidates.shape[:3], generator=generator) < share
    mixed = torch.where(taken[..., None], candidates.roll(1, dims=0), candidates)
    return mixed, shares.masked_fill(taken, 0)


def shake(rows: Rows, generator: torch.Generator) -> Rows:
    """Return the rows with channels shifted, noise added and foreign tokens mixed in.

    A shift is common to a query and its candidates: another camera sees both.
    """
    query, candidates, shares = rows.query.float(), rows.candidates.float(), rows.shares
    n, channels = len(query), query.shape[-1]
    spread = query.flatten(0, 1).std(0)
    shifted, cluttered, noise = torch.rand(3, generator=generator).tolist()
    if cluttered < CLUTTERED:
        candidates, shares = _clutter(candidates, shares, generator)
    if shifted < SHIFTED:
        scale = 1 + SHIFT * _normal((n, 1, channels), generator)
        move = SHIFT * spread * _normal((n, 1, channels), generator)
        query = query * scale + move
        candidates = candidates * scale[:, None] + move[:, None]
    level = NOISE * noise * spread
    query = query + level * _normal(query.shape, generator)
    candidates = candidates + level * _normal(candidates.shape, generator)
    dtype = rows.query.dtype
    return replace(rows, query=query.to(dtype), candidates=candidates.to(dtype), shares=shares)
