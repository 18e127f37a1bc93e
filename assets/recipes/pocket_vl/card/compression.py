"""What re-ranking loses when stored visual tokens are pruned to half or rounded to bytes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from assets.recipes.pocket_vl.card.comparison import BASE, Orders, compare, listed, reordered
from assets.recipes.pocket_vl.card.lab import Lab
from core.interfaces import TokenEncoder
from core.mllm.compression.coding import Int8Coder
from core.mllm.compression.grammar import Compression, Part
from core.mllm.compression.keeping import keep
from core.mllm.compression.packing import TokenPacker
from core.types.scores import VisualTokens

logger = logging.getLogger(__name__)
KEPT_SHARE = 0.5


def half(name: str, tokens: VisualTokens) -> VisualTokens:
    """Return half of the tokens, chosen by a part of the grammar such as `divprune`."""
    return keep(Part(name, math.ceil(KEPT_SHARE * len(tokens.positions))), tokens)


def in_bytes(encoder: TokenEncoder, tokens: VisualTokens) -> VisualTokens:
    """Return the tokens after a round trip through int8."""
    tower = (tokens.dtype, tokens.tokens.shape[1])
    packer = TokenPacker(encoder, Compression(coded=Part("int8")), Int8Coder(), tower)
    return packer.unpack(packer.pack((), [tokens])[0])


def methods(encoder: TokenEncoder) -> dict[str, Callable[[VisualTokens], VisualTokens]]:
    """Return what is measured, by the name that the card gives it."""
    return {
        "half, most diverse": partial(half, "divprune"),
        "half, evenly spread": partial(half, "grid"),
        "int8 per token": partial(in_bytes, encoder),
    }


def measure_compression(lab: Lab) -> dict[str, Any]:
    """Return the demo's mAP after re-ranking with compressed candidates, and the loss.

    The shortlist and the query's tokens stay as they are; the loss is counted from the margin of
    the uncompressed tokens.
    """
    ranked, tokens = lab.ranked("demo"), lab.tokens("demo")
    plain = reordered(ranked, ranked.margins)
    orders: dict[str, Orders] = {BASE: plain}
    n_tokens: dict[str, float] = {"none": _mean_count(list(tokens.values()))}
    changes = methods(lab.encoder)
    for name, change in changes.items():
        logger.info("demo: compression %s", name)
        changed = {one.image_id: change(tokens[one.image_id]) for one in ranked.corpus.database}
        n_tokens[name] = _mean_count(list(changed.values()))
        orders[name] = reordered(ranked, _scores(lab, changed))
    rows = compare(ranked, orders)["methods"]
    before = compare(ranked, {BASE: listed(ranked.shortlists)})["methods"][BASE]
    return {
        "depth": ranked.depth,
        "map_before": before["map"],
        "map_uncompressed": rows[BASE]["map"],
        "n_tokens": n_tokens,
        "methods": {name: rows[name] for name in changes},
    }


def _scores(lab: Lab, candidates: dict[str, VisualTokens]) -> dict[str, dict[str, float]]:
    ranked, tokens = lab.ranked("demo"), lab.tokens("demo")
    scores: dict[str, dict[str, float]] = {}
    for query, shortlist in ranked.shortlists.items():
        head = shortlist.image_ids[: ranked.depth]
        margins = lab.margins_of(tokens[query], [candidates[i] for i in head])
        scores[query] = dict(zip(head, margins, strict=True))
    return scores


def _mean_count(some: list[VisualTokens]) -> float:
    return float(np.mean([len(tokens.positions) for tokens in some]))
