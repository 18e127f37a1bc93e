"""One training step: two chunks in, losses out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl import losses
from assets.recipes.pocket_vl.architecture import TOKEN_PX
from assets.recipes.pocket_vl.chunks import GRIDS, PAIRS, Chunk, Grid
from assets.recipes.pocket_vl.machine import mixed_precision, to_here
from assets.recipes.pocket_vl.pairs import Template, answers_and_places, keep_tokens, pack
from assets.recipes.pocket_vl.shown import MASK_PX
from assets.recipes.pocket_vl.squeeze import Squeeze, draw_squeeze, round_int8
from assets.recipes.pocket_vl.tower import encode, normalise

CANDIDATES = 9
"""Candidates per query and step; pairs cost less than images."""
OTHER_TOKENS = 768
HARDNESS = 0.05
"""How far a hard negative's descriptor cosine lies from that of the positive that it matches."""
WEIGHTS = {
    "token": 1.0, "image": 1.0, "alone": 1.0, "answer": 1.0, "order": 1.0, "place": 1.0,
    "teacher": 0.1,
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Tensors of one step; I instances, view 0 in one grid, views 1 and 2 in another.

    Attributes:
        first: (I, 3, H, W) normalised images.
        others: (2 I, 3, H', W') normalised images, instance by instance.
        alone: `others` with all but the instance painted grey.
        shares: (I, T) and (2 I, T'): of each token of `first` and `others` that is the instance.
        matches: (M, 4) int: instance, pair of views, token, token.
        owners: (I,) int: a number of each instance, the same in every step.
        grids: token grids (rows, columns) of `first` and `others`.
    """

    first: Tensor
    others: Tensor
    alone: Tensor
    shares: tuple[Tensor, Tensor]
    matches: Tensor
    owners: Tensor
    grids: tuple[Grid, Grid]


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Query tokens (R, Tq, C), candidate tokens (R, K, Tc, C), positives (R, K), their grids.

    `shares` (R, K, Tc) is how much of each candidate token is the query's instance.
    """

    query: Tensor
    candidates: Tensor
    shares: Tensor
    positive: Tensor
    grids: tuple[Grid, Grid]


def make_batch(chunks: tuple[Chunk, Chunk], step: int) -> Batch:
    """Join two chunks of the same grids."""
    moved = chunks[1].matches + np.array([len(chunks[0].first), 0, 0, 0])
    others = normalise(to_here(np.concatenate([c.others for c in chunks])))
    masks = to_here(np.concatenate([c.others_masks for c in chunks]))
    first_masks = to_here(np.concatenate([c.first_masks for c in chunks]))
    return Batch(
        first=normalise(to_here(np.concatenate([c.first for c in chunks]))),
        others=others,
        alone=others * functional.interpolate(masks[:, None].float(), scale_factor=MASK_PX),
        shares=(token_shares(first_masks), token_shares(masks)),
        matches=to_here(np.concatenate([chunks[0].matches, moved])),
        owners=to_here(np.concatenate([c.owners for c in chunks])),
        grids=GRIDS[step % len(GRIDS)],
    )


def token_shares(masks: Tensor) -> Tensor:
    """Return the share (N, T) of each token's pixels that coarse masks (N, h, w) cover."""
    return functional.avg_pool2d(masks[:, None].float(), TOKEN_PX // MASK_PX).flatten(1)


def draw_negatives(
    cosine: Tensor,
    right: Tensor,
    allowed: Tensor,
    generator: torch.Generator,
    *,
    n: int,
    hard: float,
) -> Tensor:
    """Draw n negatives per query (R, n): a share as like the query as its positives, others freely.

    The nearest of all, as hard negatives are often drawn, are more like it than its positives;
    that teaches the answers to prefer what is less like it.

    Args:
        cosine: (R, N) of the descriptors of queries and pool.
        right: (R, P) the positives' places in the pool; hard negatives match each in turn.
        allowed: (R, N) which of the pool are negatives.
        generator: source of randomness.
        n: how many to draw.
        hard: the share of them that match a positive.
    """
    noise = -torch.log(-torch.log(torch.rand(cosine.shape, generator=generator)))
    drawn: list[Tensor] = []
    for k in range(round(n * hard)):
        target = cosine.gather(1, right[:, k % right.shape[1], None])
        likeness = -(cosine - target).abs() / HARDNESS + noise
        drawn.append(likeness.masked_fill(~allowed, -1e9).argmax(1, keepdim=True))
        allowed = allowed.scatter(1, drawn[-1], False)
    drawn.append(noise.masked_fill(~allowed, -1e9).topk(n - len(drawn), dim=1).indices)
    return torch.cat(drawn, dim=1)


def make_rows(
    first: Tensor, others: Tensor, batch: Batch, step: int, hard: float, generator: torch.Generator
) -> Rows:
    """Choose queries and candidates; the kind of row changes from step to step.

    Kinds: view 0 against the others (twice in four), view 1 against the views 0, and view 1
    against the views 2 and itself. View 2, in which a rendered object may be small beside others,
    is never a query: nobody could say which of them is asked for. Every candidate belongs to this
    step: the answers would soon tell tokens of an older tower from fresh ones instead of looking
    at the objects.
    """
    n = len(first)
    index = torch.arange(n)
    kind, grids = step % 4, batch.grids
    own = torch.stack([2 * index, 2 * index + 1], dim=1)
    if kind == 1:
        query, pool, used, right = others[::2], first, (grids[1], grids[0]), index[:, None]
    elif kind == 3:
        query, pool, used, right = others[::2], others, (grids[1], grids[1]), own
    else:
        query, pool, used, right = first, others, grids, own
    shares = batch.shares[0] if kind == 1 else batch.shares[1]
    owners = batch.owners.repeat_interleave(len(pool) // n)
    allowed = owners[None] != batch.owners[:, None]
    with torch.no_grad():
        cosine = losses.descriptor(query) @ losses.descriptor(pool).T
        n_wrong = CANDIDATES - right.shape[1]
        wrong = draw_negatives(cosine, right, allowed, generator, n=n_wrong, hard=hard)
    chosen = torch.cat([right, wrong], dim=1)
    positive = torch.zeros(chosen.shape, dtype=torch.bool)
    positive[:, : right.shape[1]] = True
    return Rows(query, pool[chosen], shares[chosen] * positive[..., None], positive, used)


def squeeze_rows(rows: Rows, squeeze: Squeeze) -> Rows:
    """Drop and round tokens as drawn."""
    candidates = rows.candidates[:, :, squeeze.candidates]
    if squeeze.rounded:
        candidates = round_int8(candidates)
    shares = rows.shares[:, :, squeeze.candidates]
    return Rows(rows.query[:, squeeze.query], candidates, shares, rows.positive, rows.grids)


def _token_term(
    first: Tensor, others: Tensor, matches: Tensor, generator: torch.Generator
) -> Tensor:
    n, t_first = first.shape[:2]
    t_others = others.shape[1]
    flat = torch.cat([first.flatten(0, 1), others.flatten(0, 1)])
    owner = torch.cat(
        [
            torch.arange(n).repeat_interleave(t_first),
            torch.arange(n).repeat_interleave(2 * t_others),
        ]
    )
    instance, pair = matches[:, 0], matches[:, 1]
    starts = torch.stack(
        [instance * t_first, n * t_first + 2 * instance * t_others,
         n * t_first + (2 * instance + 1) * t_others], dim=1,
    )  # fmt: skip
    views = torch.tensor(PAIRS)[pair]
    one = flat[starts.gather(1, views[:, :1])[:, 0] + matches[:, 2]]
    two = flat[starts.gather(1, views[:, 1:])[:, 0] + matches[:, 3]]
    drawn = torch.randperm(len(flat), generator=generator)[:OTHER_TOKENS]
    return losses.token_loss(one, two, instance, flat[drawn], owner[drawn])


def compute_tower_losses(
    model: PocketVl, teacher: nn.Module, batch: Batch, generator: torch.Generator
) -> dict[str, Tensor]:
    """Return the loss terms by name that need no pair: those of tokens and of descriptors.

    `teacher` is a tower; it sees the instances alone.
    """
    with mixed_precision():
        first = encode(model.model.visual, batch.first)
        others = encode(model.model.visual, batch.others)
    return _tower_terms(first, others, teacher, batch, generator)


def _tower_terms(
    first: Tensor, others: Tensor, teacher: nn.Module, batch: Batch, generator: torch.Generator
) -> dict[str, Tensor]:
    n = len(first)
    with torch.no_grad(), mixed_precision():
        alone = encode(teacher, batch.alone)
    owner = torch.cat([torch.arange(n), torch.arange(n).repeat_interleave(2)])
    shown = torch.cat([shares.mean(1) for shares in batch.shares])
    return {
        "token": _token_term(first, others, batch.matches, generator),
        "image": losses.image_loss(losses.descriptor_all(first, others), owner, shown),
        "alone": losses.alone_loss(others, alone, batch.shares[1]),
    }


def compute_losses(
    model: PocketVl, teacher: nn.Module, batch: Batch, template: Template,
    answers: tuple[int, int], step: int, hard: float, generator: torch.Generator,
) -> dict[str, Tensor]:  # fmt: skip
    """Return the loss terms by name; `answers` are the token ids of yes and no."""
    with mixed_precision():
        first = encode(model.model.visual, batch.first)
        others = encode(model.model.visual, batch.others)
        rows = make_rows(first, others, batch, step, hard, generator)
        packing = pack(template, *rows.grids, CANDIDATES)
        squeeze = draw_squeeze(rows.query.shape[1], rows.candidates.shape[2], generator)
        rows = squeeze_rows(rows, squeeze)
        packing = keep_tokens(packing, squeeze.query, squeeze.candidates)
        logits, places = answers_and_places(model, packing, rows.query, rows.candidates, answers)
    margins = logits[..., answers[0]] - logits[..., answers[1]]
    similarity = losses.max_similarity(rows.query, rows.candidates)
    return _tower_terms(first, others, teacher, batch, generator) | {
        "answer": losses.answer_loss(logits, rows.positive, *answers),
        "order": losses.order_loss(margins, rows.positive),
        "place": losses.place_loss(places, rows.shares, rows.positive),
        "teacher": losses.teacher_loss(margins, similarity),
    }
