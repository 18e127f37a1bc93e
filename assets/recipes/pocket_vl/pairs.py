"""Score many candidates per query in one packed sequence that shares the query's prefix.

The sequence is: prefix up to the candidate's image, then each candidate with its own closing
tokens. Candidates do not see each other, positions restart after the prefix, and so
every pair's answer equals that of the pair alone (tests/recipes/test_pairs.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from assets.recipes.pocket_vl.tower import norm


@dataclass(frozen=True, slots=True)
class Template:
    """Token ids around the two images: before the query, between the images, after."""

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Packing:
    """Where everything stands in a packed sequence of length S with K candidates.

    Attributes:
        ids: (S,) token ids; image places hold 0.
        positions: (3, 1, S) rotary positions.
        prefix_length: P, the tokens that all candidates share.
        causal: (L, L) zero up to the diagonal and -inf beyond, L the longest part.
        query_at: (Tq,) places of the query's tokens.
        candidates_at: (K, Tc) places of the candidates' tokens.
        answers_at: (K,) the last place of each candidate's closing tokens.
    """

    ids: Tensor
    positions: Tensor
    prefix_length: int
    causal: Tensor
    query_at: Tensor
    candidates_at: Tensor
    answers_at: Tensor


def keep_tokens(packing: Packing, query: Tensor, candidates: Tensor) -> Packing:
    """Return the layout without the dropped image tokens; the others keep their positions.

    Args:
        packing: a layout with every token.
        query: places (kept,) of the query's tokens that stay, ascending.
        candidates: places (kept,) of each candidate's tokens that stay, ascending.
    """
    length = len(packing.ids)
    stays = torch.ones(length, dtype=torch.bool)
    stays[packing.query_at] = False
    stays[packing.candidates_at] = False
    query_at, candidates_at = packing.query_at[query], packing.candidates_at[:, candidates]
    stays[query_at] = True
    stays[candidates_at] = True
    moved = stays.cumsum(0) - 1
    p = int(stays[: packing.prefix_length].sum())
    s = (int(stays.sum()) - p) // len(packing.answers_at)
    return Packing(
        ids=packing.ids[stays],
        positions=packing.positions[..., stays],
        prefix_length=p,
        causal=packing.causal[: max(p, s), : max(p, s)],
        query_at=moved[query_at],
        candidates_at=moved[candidates_at],
        answers_at=moved[packing.answers_at],
    )


def _text(start: int, n: int) -> Tensor:
    return torch.arange(start, start + n).expand(3, n)


def _image(start: int, grid: tuple[int, int]) -> Tensor:
    y, x = torch.meshgrid(torch.arange(grid[0]), torch.arange(grid[1]), indexing="ij")
    return torch.stack([torch.zeros_like(y), y, x]).reshape(3, -1) + start


@lru_cache(maxsize=512)
def pack(
    template: Template, query_grid: tuple[int, int], candidate_grid: tuple[int, int], k: int
) -> Packing:
    """Lay out one query and k candidates; grids are (rows, columns) of tokens."""
    n_query, n_candidate = query_grid[0] * query_grid[1], candidate_grid[0] * candidate_grid[1]
    head, middle, tail = len(template.before), len(template.between), len(template.after)
    after_query = head + max(query_grid)
    start = after_query + middle
    prefix = [_text(0, head), _image(head, query_grid), _text(after_query, middle)]
    part = torch.cat([_image(start, candidate_grid), _text(start + max(candidate_grid), tail)], 1)
    p, s = head + n_query + middle, n_candidate + tail
    positions = torch.cat([*prefix, part.repeat(1, k)], 1)[:, None]
    ids = [*template.before, *[0] * n_query, *template.between]
    ids += [*[0] * n_candidate, *template.after] * k
    starts = p + torch.arange(k) * s
    return Packing(
        ids=torch.tensor(ids),
        positions=positions,
        prefix_length=p,
        causal=torch.full((max(p, s), max(p, s)), -torch.inf).triu(1),
        query_at=head + torch.arange(n_query),
        candidates_at=starts[:, None] + torch.arange(n_candidate),
        answers_at=starts + s - 1,
    )


def _half_turned(x: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], dim=-1)


def _attend(
    x: Tensor, attention: nn.Module, turn: tuple[Tensor, Tensor], packing: Packing
) -> Tensor:
    """Attend within the prefix, and from each candidate's part to the prefix and to itself.

    Written out, this costs a fifth of masked attention over the whole packed sequence.
    """
    n, length, width = x.shape
    shape = (n, length, -1, attention.head_dim)
    query = _turn(attention.q_proj(x).view(shape), turn) * attention.scaling
    key = _turn(attention.k_proj(x).view(shape), turn)
    value = attention.v_proj(x).view(shape).transpose(1, 2)
    query, key = query.transpose(1, 2), key.transpose(1, 2)
    p, k = packing.prefix_length, len(packing.answers_at)
    part = (length - p) // k
    scores = query[:, :, :p] @ key[:, :, :p].transpose(-1, -2)
    scores = scores + packing.causal[:p, :p].to(x.dtype)
    front = scores.softmax(-1) @ value[:, :, :p]
    parts = [t[:, :, p:].unflatten(2, (k, part)) for t in (query, key, value)]
    to_prefix = (query[:, :, p:] @ key[:, :, :p].transpose(-1, -2)).unflatten(2, (k, part))
    to_self = parts[0] @ parts[1].transpose(-1, -2) + packing.causal[:part, :part].to(x.dtype)
    weight = torch.cat([to_prefix, to_self], dim=-1).softmax(-1)
    back = weight[..., :p].flatten(2, 3) @ value[:, :, :p]
    back = back + (weight[..., p:] @ parts[2]).flatten(2, 3)
    out = torch.cat([front, back], dim=2)
    return attention.o_proj(out.transpose(1, 2).reshape(n, length, width))


def _turn(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    return x * turn[0] + _half_turned(x) * turn[1]


def run_language_model(language: nn.Module, x: Tensor, packing: Packing) -> tuple[Tensor, Tensor]:
    """Run embedded rows (R, S, C) through all layers.

    Returns:
        The answer places' hidden states (R, K, C), and those that the candidates' tokens have
        before the last layer (R, K, Tc, C): what the answer can still read.
    """
    turn = tuple(part[:, :, None] for part in language.rotary_emb(x, packing.positions))
    tokens = x
    for layer in language.layers:
        tokens = x
        hidden = norm(x, layer.input_layernorm)
        x = x + _attend(hidden, layer.self_attn, turn, packing)
        hidden = norm(x, layer.post_attention_layernorm)
        gate = layer.mlp.act_fn(layer.mlp.gate_proj(hidden)) * layer.mlp.up_proj(hidden)
        x = x + layer.mlp.down_proj(gate)
    answers, tokens = x[:, packing.answers_at], tokens[:, packing.candidates_at]
    return norm(answers, language.norm), norm(tokens, language.norm)


def answer_logits(model: nn.Module, packing: Packing, query: Tensor, candidates: Tensor) -> Tensor:
    """Return (R, K, V) float32 logits after each pair.

    Args:
        model: the whole Qwen2.5-VL.
        packing: the layout of a row.
        query: (R, Tq, C) visual tokens.
        candidates: (R, K, Tc, C) visual tokens.
    """
    hidden, _ = _read_pairs(model, packing, query, candidates)
    return functional.linear(hidden, model.lm_head.weight).float()


def answers_and_places(
    model: nn.Module, packing: Packing, query: Tensor, candidates: Tensor, answers: tuple[int, int]
) -> tuple[Tensor, Tensor]:
    """Return `answer_logits` and the margin of yes over no (R, K, Tc) at each candidate's tokens.

    The margin of a token is what the answers' own words make of its state before the last layer.
    """
    hidden, tokens = _read_pairs(model, packing, query, candidates)
    yes, no = model.lm_head.weight[list(answers)]
    logits = functional.linear(hidden, model.lm_head.weight).float()
    return logits, functional.linear(tokens, (yes - no)[None])[..., 0].float()


def _read_pairs(
    model: nn.Module, packing: Packing, query: Tensor, candidates: Tensor
) -> tuple[Tensor, Tensor]:
    language = model.model.language_model
    x = language.embed_tokens(packing.ids).to(query.dtype).expand(len(query), -1, -1)
    x = x.index_copy(1, packing.query_at, query)
    x = x.index_copy(1, packing.candidates_at.flatten(), candidates.flatten(1, 2))
    return run_language_model(language, x, packing)
