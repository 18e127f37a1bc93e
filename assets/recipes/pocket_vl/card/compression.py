"""What re-ranking loses when stored visual tokens are pruned to half or rounded to bytes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.card.comparison import BASE, Orders, compare, listed, reordered
from assets.recipes.pocket_vl.card.lab import Lab
from core.mllm.tokens import to_tensor
from core.types import VisualTokens

logger = logging.getLogger(__name__)
KEPT_SHARE = 0.5
LEVELS = 127
"""Steps of a signed byte on either side of zero."""


def most_diverse(tokens: VisualTokens) -> VisualTokens:
    """Return half of the tokens, chosen so that the least distance among them is large.

    The greedy rule of DivPrune (Alvar et al., CVPR 2025): first the token farthest from its
    nearest other, then always the one farthest from those chosen; distance = 1 - cosine.
    """
    values = to_tensor(tokens).float().numpy()
    unit = values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
    distance = 1.0 - unit @ unit.T
    np.fill_diagonal(distance, np.inf)
    if len(values) == 1:
        return tokens
    chosen = [int(distance.min(axis=1).argmax())]
    np.fill_diagonal(distance, 0.0)
    nearest = distance[chosen[0]].copy()
    while len(chosen) < _n_kept(tokens):
        nearest[chosen] = -np.inf
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return _kept(tokens, np.array(sorted(chosen)))


def checkerboard(tokens: VisualTokens) -> VisualTokens:
    """Return the tokens whose row and column add up to an even number."""
    return _kept(tokens, np.flatnonzero(tokens.positions.sum(axis=1) % 2 == 0))


def in_bytes(tokens: VisualTokens) -> VisualTokens:
    """Return the tokens rounded to 255 steps, one scale per token, as float32 again."""
    values = to_tensor(tokens).float().numpy()
    scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-12) / LEVELS
    rounded = (np.rint(values / scales) * scales).astype(np.float32)
    return replace(tokens, tokens=rounded, dtype="float32")


METHODS: dict[str, Callable[[VisualTokens], VisualTokens]] = {
    "half, most diverse": most_diverse,
    "half, checkerboard": checkerboard,
    "int8 per token": in_bytes,
}


def measure_compression(lab: Lab) -> dict[str, Any]:
    """Return the demo's mAP after re-ranking with compressed candidates, and the loss.

    The shortlist and the query's tokens stay as they are; the loss is counted from the margin of
    the uncompressed tokens.
    """
    ranked, tokens = lab.ranked("demo"), lab.tokens("demo")
    plain = reordered(ranked, ranked.margins)
    methods: dict[str, Orders] = {BASE: plain}
    n_tokens: dict[str, float] = {"none": _mean_count(list(tokens.values()))}
    for name, change in METHODS.items():
        logger.info("demo: compression %s", name)
        changed = {one.image_id: change(tokens[one.image_id]) for one in ranked.corpus.database}
        n_tokens[name] = _mean_count(list(changed.values()))
        methods[name] = reordered(ranked, _scores(lab, changed))
    rows = compare(ranked, methods)["methods"]
    before = compare(ranked, {BASE: listed(ranked.shortlists)})["methods"][BASE]
    return {
        "depth": ranked.depth,
        "map_before": before["map"],
        "map_uncompressed": rows[BASE]["map"],
        "n_tokens": n_tokens,
        "methods": {name: rows[name] for name in METHODS},
    }


def _scores(lab: Lab, candidates: dict[str, VisualTokens]) -> dict[str, dict[str, float]]:
    ranked, tokens = lab.ranked("demo"), lab.tokens("demo")
    scores: dict[str, dict[str, float]] = {}
    for query, shortlist in ranked.shortlists.items():
        head = shortlist.image_ids[: ranked.depth]
        margins = lab.margins_of(tokens[query], [candidates[i] for i in head])
        scores[query] = dict(zip(head, margins, strict=True))
    return scores


def _n_kept(tokens: VisualTokens) -> int:
    return math.ceil(KEPT_SHARE * len(tokens.positions))


def _kept(tokens: VisualTokens, rows: NDArray[np.int64]) -> VisualTokens:
    """Return these tokens with the places they had in the full grid."""
    return replace(tokens, tokens=tokens.tokens[rows], positions=tokens.positions[rows])


def _mean_count(some: list[VisualTokens]) -> float:
    return float(np.mean([len(tokens.positions) for tokens in some]))
