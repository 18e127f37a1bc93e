"""The losses: of tokens, of images, of a pair's answers, and of where the object is seen."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

TOKEN_TEMPERATURE = 0.08
IMAGE_TEMPERATURE = 0.08
TEACHER_TEMPERATURE = 0.06
FILLING = 0.15
"""Share of a picture from which on an object has its full weight in the image loss."""


def descriptor(tokens: Tensor) -> Tensor:
    """Return unit rows (B, C) of visual tokens (B, T, C): their mean."""
    return functional.normalize(tokens.float().mean(1), dim=-1)


def token_loss(
    one: Tensor, two: Tensor, owner: Tensor, others: Tensor, other_owner: Tensor
) -> Tensor:
    """Return InfoNCE of corresponding tokens (N, C) against tokens of other instances.

    Args:
        one: tokens in the one view.
        two: tokens that show the same label points in the other view.
        owner: (N,) instance of each row.
        others: (M, C) further tokens as negatives.
        other_owner: (M,) instance of each of them.
    """
    one, two, others = (functional.normalize(x.float(), dim=-1) for x in (one, two, others))
    own = (one * two).sum(-1, keepdim=True)
    near = (one @ two.T).masked_fill(owner[:, None] == owner[None], -1e4)
    far = (one @ others.T).masked_fill(owner[:, None] == other_owner[None], -1e4)
    logits = torch.cat([own, near, far], dim=1) / TOKEN_TEMPERATURE
    return -functional.log_softmax(logits, dim=1)[:, 0].mean()


def image_loss(vectors: Tensor, owner: Tensor, shown: Tensor) -> Tensor:
    """Return InfoNCE of descriptors (B, C): views of one instance against all other images.

    Args:
        vectors: unit rows (B, C).
        owner: (B,) instance of each.
        shown: (B,) share of each picture that shows it, in [0, 1]. Where that is small a pair
            weighs less, since the mean of a picture cannot speak of what hardly fills it.
    """
    logits = (vectors @ vectors.T) / IMAGE_TEMPERATURE
    own = torch.eye(len(vectors), dtype=torch.bool)
    same = (owner[:, None] == owner[None]) & ~own
    negatives = logits.masked_fill(same | own, -1e4)
    total = torch.logsumexp(negatives, dim=1, keepdim=True)
    per_pair = functional.softplus(total - logits)[same]
    weight = (torch.minimum(shown[:, None], shown[None])[same] / FILLING).clamp_max(1)
    return (weight * per_pair).sum() / weight.sum().clamp_min(1)


def answer_loss(logits: Tensor, positive: Tensor, yes: int, no: int) -> Tensor:
    """Return cross-entropy over the whole vocabulary, both answers weighing the same.

    Args:
        logits: (R, K, V).
        positive: (R, K) bool.
        yes: token id of the answer to a positive pair.
        no: token id of the answer to a negative pair.
    """
    target = torch.where(positive, yes, no)
    each = functional.cross_entropy(logits.flatten(0, 1), target.flatten(), reduction="none")
    right = positive.flatten()
    return 0.5 * (each[right].mean() + each[~right].mean())


def order_loss(margins: Tensor, positive: Tensor) -> Tensor:
    """Return InfoNCE of margins (R, K): each positive against its row's negatives."""
    negatives = margins.masked_fill(positive, -1e4)
    total = torch.logsumexp(negatives, dim=1, keepdim=True)
    return functional.softplus(total - margins)[positive].mean()


def max_similarity(query: Tensor, candidates: Tensor) -> Tensor:
    """Return (R, K) mean over query tokens of the best cosine among a candidate's tokens.

    Args:
        query: (R, Tq, C).
        candidates: (R, K, Tc, C).
    """
    query = functional.normalize(query.float(), dim=-1)
    candidates = functional.normalize(candidates.float(), dim=-1)
    return torch.einsum("rqc,rktc->rkqt", query, candidates).amax(-1).mean(-1)


def teacher_loss(margins: Tensor, similarity: Tensor) -> Tensor:
    """Return the divergence of the margins' order from the tokens' own similarity (R, K)."""
    target = functional.softmax(similarity.detach() / TEACHER_TEMPERATURE, dim=1)
    return functional.kl_div(functional.log_softmax(margins, dim=1), target, reduction="batchmean")


def alone_loss(tokens: Tensor, alone: Tensor, shares: Tensor) -> Tensor:
    """Return how far an object's tokens turn when it stands alone: 1 - cosine, in [0, 2].

    Args:
        tokens: (B, T, C) of pictures.
        alone: (B, T, C) of the same pictures with all but the object painted grey; no gradient.
        shares: (B, T) of each token that is the object; those above one half count.
    """
    on = shares > 0.5
    cosine = functional.cosine_similarity(tokens.float(), alone.detach().float(), dim=-1)
    return (1 - cosine)[on].sum() / on.sum().clamp_min(1)


def place_loss(margins: Tensor, shares: Tensor, positive: Tensor) -> Tensor:
    """Return the cross-entropy of where in a candidate the query's object is seen.

    The object, what surrounds it, and pictures without it weigh 2 to 1 to 1.

    Args:
        margins: (R, K, T) yes against no at every token of the candidates.
        shares: (R, K, T) of each token that is the query's object, in [0, 1].
        positive: (R, K) bool.
    """
    each = functional.binary_cross_entropy_with_logits(margins, shares, reduction="none")
    own = positive[..., None].expand_as(each)
    kinds = ((shares > 0.5, 0.5), (own & (shares < 0.1), 0.25), (~own, 0.25))
    terms = [weight * each[kind].sum() / kind.sum().clamp_min(1) for kind, weight in kinds]
    return torch.stack(terms).sum()


def descriptor_all(first: Tensor, others: Tensor) -> Tensor:
    """Return the descriptors of both sets of images, one under the other."""
    return torch.cat([descriptor(first), descriptor(others)])
