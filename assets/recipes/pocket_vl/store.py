"""Encode many training views once with the finished tower, to learn answers from stored tokens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from assets.recipes.pocket_vl import losses
from assets.recipes.pocket_vl.chunks import GRIDS, INSTANCES, Chunk, Grid
from assets.recipes.pocket_vl.machine import here, mixed_precision, to_here
from assets.recipes.pocket_vl.step import token_shares
from assets.recipes.pocket_vl.tower import encode, normalise

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class Shelf:
    """All images of one token grid.

    Attributes:
        tokens: (N, T, C) bfloat16.
        shares: (N, T) bfloat16, of each token that is the instance.
        vectors: (N, C) unit descriptors.
        owners: (N,) instances.
    """

    tokens: Tensor
    shares: Tensor
    vectors: Tensor
    owners: Tensor


class Store:
    """Stored tokens by grid, and which instances are look-alikes of each other."""

    def __init__(self, shelves: dict[Grid, Shelf]) -> None:
        self.shelves = shelves

    def save(self, path: Path) -> None:
        """Write everything to a safetensors file; the last rename makes it valid."""
        tensors = {}
        for (rows, columns), shelf in self.shelves.items():
            tensors[f"{rows}x{columns}/tokens"] = shelf.tokens
            tensors[f"{rows}x{columns}/shares"] = shelf.shares
            tensors[f"{rows}x{columns}/owners"] = shelf.owners
        partial = path.with_suffix(".partial")
        save_file(tensors, partial)
        partial.replace(path)

    @classmethod
    def load(cls, path: Path) -> Store:
        """Return what `save` wrote."""
        tensors, shelves = load_file(path, device=str(here())), {}
        for name in sorted({key.partition("/")[0] for key in tensors}):
            rows, columns = (int(n) for n in name.split("x"))
            parts = (tensors[f"{name}/{part}"] for part in ("tokens", "shares", "owners"))
            shelves[rows, columns] = _shelf([tuple(parts)])
        return cls(shelves)

    @property
    def n_images(self) -> int:
        """Return how many images are stored."""
        return sum(len(shelf.owners) for shelf in self.shelves.values())


@torch.no_grad()
def _encoded(visual: nn.Module, pictures: np.ndarray) -> Tensor:
    with mixed_precision():
        return encode(visual, normalise(to_here(pictures))).bfloat16()


def fill_store(
    visual: nn.Module, chunks: Iterable[tuple[int, Chunk]], progress: Callable[[int], None]
) -> Store:
    """Encode numbered chunks; a chunk's number decides its grids.

    Args:
        visual: the tower, which is not changed.
        chunks: (number, chunk) pairs.
        progress: told the number of images after each chunk.
    """
    parts: dict[Grid, list[tuple[Tensor, ...]]] = {}
    n = 0
    for number, chunk in chunks:
        grid_a, grid_b = GRIDS[number % len(GRIDS)]
        owners = to_here(chunk.owners)
        shares = [
            token_shares(to_here(masks)).bfloat16()
            for masks in (chunk.first_masks, chunk.others_masks)
        ]
        parts.setdefault(grid_a, []).append((_encoded(visual, chunk.first), shares[0], owners))
        twice = owners.repeat_interleave(len(chunk.others) // INSTANCES)
        parts.setdefault(grid_b, []).append((_encoded(visual, chunk.others), shares[1], twice))
        n += len(chunk.first) + len(chunk.others)
        progress(n)
    return Store({grid: _shelf(parts[grid]) for grid in sorted(parts)})


def _shelf(parts: list[tuple[Tensor, ...]]) -> Shelf:
    vectors = torch.cat([losses.descriptor(tokens) for tokens, _, _ in parts])
    tokens, shares, owners = (torch.cat(column) for column in zip(*parts, strict=True))
    return Shelf(tokens, shares, vectors, owners)
