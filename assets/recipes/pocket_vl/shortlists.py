"""Choose queries and candidates from stored tokens as a search would: small made-up databases."""

from __future__ import annotations

import torch
from torch import Tensor

from assets.recipes.pocket_vl.renders import gathering_of
from assets.recipes.pocket_vl.step import Rows
from assets.recipes.pocket_vl.store import Shelf, Store
from assets.recipes.seeds import SEEDS_PER_GROUP

QUERIES = 24
POSITIVES = 2
CANDIDATES = 12
DATABASE = 500
"""Images among which a step's negatives are searched; the queries' look-alikes come on top."""
NEAREST = 40
"""Negatives are drawn from this many nearest ones."""
AT_RANDOM = 2
ASKED_SHARE = 0.08
"""A query shows its object on at least this share of the picture; else others may be meant."""


def _draw(n: int, count: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(n, generator=generator)[:count]


def _database(shelf: Shelf, owners: Tensor, generator: torch.Generator) -> Tensor:
    """Return places of random images and of all look-alikes of the owners."""
    kin = torch.isin(shelf.owners // SEEDS_PER_GROUP, owners // SEEDS_PER_GROUP)
    some = torch.zeros(len(shelf.owners), dtype=torch.bool)
    some[_draw(len(some), DATABASE, generator)] = True
    return torch.nonzero(kin | some)[:, 0]


def _may_show(owners: Tensor, asked: Tensor) -> Tensor:
    """Return (Q, N) whether an image is of a stranger beside whom the query's object may stand."""
    one, other = (
        torch.from_numpy(gathering_of(seeds.cpu().numpy())).to(seeds.device)
        for seeds in (asked, owners)
    )
    kin = asked[:, None] // SEEDS_PER_GROUP == owners[None] // SEEDS_PER_GROUP
    return (one[:, None] == other[None]) & (one[:, None] >= 0) & ~kin


def _top(scores: Tensor, allowed: Tensor, n: int) -> Tensor:
    return scores.masked_fill(~allowed, -1e9).topk(n, dim=1).indices


def draw_rows(store: Store, generator: torch.Generator) -> Rows:
    """Return queries of one grid with positives and near negatives of one grid."""
    grids = list(store.shelves)
    sizes = torch.tensor([len(store.shelves[grid].owners) for grid in grids], dtype=torch.float32)
    one, two = torch.multinomial(sizes, 2, replacement=True, generator=generator).tolist()
    asked, shelf = store.shelves[grids[one]], store.shelves[grids[two]]
    same_shelf = one == two
    owned = torch.unique(shelf.owners, return_counts=True)
    enough = owned[0][owned[1] > (1 if same_shelf else 0)]
    large = asked.shares.float().mean(1) >= ASKED_SHARE
    eligible = torch.nonzero(torch.isin(asked.owners, enough) & large)[:, 0]
    queries = eligible[_draw(len(eligible), QUERIES, generator)]
    owners = asked.owners[queries]
    places = _database(shelf, owners, generator)
    noise = torch.rand((len(queries), len(places)), generator=generator)
    mine = shelf.owners[places][None] == owners[:, None]
    itself = (places[None] == queries[:, None]) if same_shelf else torch.zeros_like(mine)
    foreign = ~mine & ~_may_show(shelf.owners[places], owners)
    right = _top(noise, mine & ~itself, POSITIVES)
    found = (mine & ~itself).gather(1, right)
    right = torch.where(found, right, right[:, :1])
    cosine = asked.vectors[queries] @ shelf.vectors[places].T
    near = _top(cosine, foreign, NEAREST)
    order = torch.rand(near.shape, generator=generator).argsort(1)
    wrong = near.gather(1, order[:, : CANDIDATES - POSITIVES - AT_RANDOM])
    rest = _top(noise.flip(1), foreign, AT_RANDOM)
    chosen = torch.cat([right, wrong, rest], dim=1)
    flags = torch.zeros(chosen.shape, dtype=torch.bool)
    flags[:, :POSITIVES] = True
    taken = places[chosen]
    shares = shelf.shares[taken].float() * flags[..., None]
    return Rows(asked.tokens[queries], shelf.tokens[taken], shares, flags, (grids[one], grids[two]))
