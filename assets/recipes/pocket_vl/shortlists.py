"""Choose queries and candidates from stored tokens as a search would: small made-up databases."""

from __future__ import annotations

from dataclasses import dataclass

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
NEAREST = 60
"""Length of the shortlists from which candidates are drawn."""
AT_RANDOM = 2
"""Candidates of each query from anywhere in the database."""
DRAWN = 2
"""Queries drawn for each that is used; those whose shortlist has no positive are left out."""
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


def _of_them(flags: Tensor, n: int, generator: torch.Generator) -> Tensor:
    """Return n random flagged columns (Q, n), the first one again where there are fewer."""
    noise = torch.rand(flags.shape, generator=generator).masked_fill(~flags, -1)
    chosen = noise.topk(n, dim=1).indices
    return torch.where(flags.gather(1, chosen), chosen, chosen[:, :1])


def draw_rows(store: Store, generator: torch.Generator) -> Rows:
    """Return queries of one grid with candidates of one grid, most of them from a shortlist.

    Positives count where the shortlist has them. Otherwise they would be less like the query than
    the negatives are, and the answers would learn to prefer what is not like it.

    Raises:
        ValueError: no query that was drawn finds a positive.
    """
    grids = list(store.shelves)
    sizes = torch.tensor([len(store.shelves[grid].owners) for grid in grids], dtype=torch.float32)
    one, two = torch.multinomial(sizes, 2, replacement=True, generator=generator).tolist()
    asked, shelf = store.shelves[grids[one]], store.shelves[grids[two]]
    large = asked.shares.float().mean(1) >= ASKED_SHARE
    eligible = torch.nonzero(torch.isin(asked.owners, shelf.owners) & large)[:, 0]
    queries = eligible[_draw(len(eligible), DRAWN * QUERIES, generator)]
    searched = _search(asked, shelf, queries, _database(shelf, asked.owners[queries], generator))
    taken = _draw_candidates(searched, generator)
    flags = torch.zeros(taken.shape, dtype=torch.bool)
    flags[:, :POSITIVES] = True
    shares = shelf.shares[taken].float() * flags[..., None]
    query = asked.tokens[searched.queries]
    return Rows(query, shelf.tokens[taken], shares, flags, (grids[one], grids[two]))


@dataclass(frozen=True, eq=False, slots=True)
class _Searched:
    """Q queries that have found a positive in a database of N images.

    Attributes:
        queries: (Q,) their places on their shelf.
        places: (N,) of the database's images on the other shelf.
        near: (Q, NEAREST) the shortlists, as places in the database.
        mine: (Q, N) which images are positives.
        allowed: (Q, N) which images may be asked about.
    """

    queries: Tensor
    places: Tensor
    near: Tensor
    mine: Tensor
    allowed: Tensor


def _search(asked: Shelf, shelf: Shelf, queries: Tensor, places: Tensor) -> _Searched:
    """Search the shelf's images at `places`; queries without a positive near are left out."""
    mine = shelf.owners[places][None] == asked.owners[queries][:, None]
    allowed = ~_may_show(shelf.owners[places], asked.owners[queries])
    if asked is shelf:
        allowed &= places[None] != queries[:, None]
    cosine = asked.vectors[queries] @ shelf.vectors[places].T
    near = cosine.masked_fill(~allowed, -2).topk(NEAREST, dim=1).indices
    found = torch.nonzero(mine.gather(1, near).any(1))[:QUERIES, 0]
    if not len(found):
        message = f"none of {len(queries)} queries has a positive among its {NEAREST} nearest"
        raise ValueError(f"{message}; train the first half longer")
    return _Searched(queries[found], places, near[found], mine[found], allowed[found])


def _draw_candidates(searched: _Searched, generator: torch.Generator) -> Tensor:
    """Return places (Q, CANDIDATES) on the shelf, positives first, random images last."""
    near, mine = searched.near, searched.mine
    listed = mine.gather(1, near)
    right = _of_them(listed, POSITIVES, generator)
    wrong = _of_them(~listed, CANDIDATES - POSITIVES - AT_RANDOM, generator)
    rest = _of_them(searched.allowed & ~mine, AT_RANDOM, generator)
    chosen = torch.cat([near.gather(1, right), near.gather(1, wrong), rest], dim=1)
    return searched.places[chosen]
