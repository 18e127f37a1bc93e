"""Pairs of known kinds: positives, other families, and look-alike siblings by kind of edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from assets.recipes.pocket_vl.card.lab import Lab, Place
from assets.recipes.pocket_vl.scoring import auc
from core.mllm.tokens import mean_token
from core.types.corpus import ImageRecord, Relevance

OTHERS_PER_QUERY = 15
POSITIVE = "positive"
OTHER_FAMILY = "other family"
OTHER_INSTANCE = "other instance"
SIBLING = "sibling: "
ORIGINAL = "original"
EDITS = ("other art", "recoloured", "one detail changed")
"""How a sibling differs from the first of its group, the largest difference first."""
_SEED = 41


@dataclass(frozen=True, slots=True)
class Pair:
    """One scored pair: margin in nats, cosine of the descriptors."""

    kind: str
    query_id: str
    image_id: str
    margin: float
    cosine: float


def sibling_edit(kinship: str, other: str) -> str:
    """Return how two siblings differ, from how each differs from the first of their group.

    If one is the original, the other's kinship; else the larger of the two differences.

    Raises:
        ValueError: A kinship is not known, or both are the original.
    """
    named = {kinship, other}
    if named <= {ORIGINAL, *EDITS}:
        for edit in EDITS:
            if edit in named:
                return edit
    raise ValueError(f"siblings of kinship '{kinship}' and '{other}' have no known difference")


def kind_of(query: ImageRecord, record: ImageRecord, truth: Relevance) -> str | None:
    """Return the kind of a pair, None for one that no kind describes.

    Without families on both sides every negative that is no sibling is of another instance.
    """
    relation = truth.relation(record.image_id)
    if relation != "negative":
        return POSITIVE if relation == "positive" else None
    group, family = query.tags.get("group"), query.tags.get("family")
    if group and group == record.tags.get("group"):
        kinships = (query.tags.get("kinship", ""), record.tags.get("kinship", ""))
        return SIBLING + sibling_edit(*kinships)
    if family and record.tags.get("family"):
        return None if family == record.tags["family"] else OTHER_FAMILY
    return OTHER_INSTANCE


def sampled_pairs(lab: Lab, place: Place) -> list[Pair]:
    """Score all positives, all siblings, and a few images of other families of every query."""
    return lab.once(f"pairs of {place}", lambda: _score_pairs(lab, place))


def _score_pairs(lab: Lab, place: Place) -> list[Pair]:
    ranked, tokens = lab.ranked(place), lab.tokens(place)
    vectors = {image_id: mean_token(one) for image_id, one in tokens.items()}
    truth, rng = ranked.truth, np.random.default_rng(_SEED)
    pairs: list[Pair] = []
    for query in ranked.queries:
        chosen = _chosen(query, ranked.corpus.database, truth[query.image_id], rng)
        margins = lab.margins_of(tokens[query.image_id], [tokens[i] for i, _ in chosen])
        pairs += [
            Pair(kind, query.image_id, i, margin, float(vectors[query.image_id] @ vectors[i]))
            for (i, kind), margin in zip(chosen, margins, strict=True)
        ]
    return pairs


def measure_kinds(lab: Lab, place: Place) -> dict[str, Any]:
    """Return AUC against the positives and mean margin of every kind, of margin and cosine.

    Pairs of all queries are pooled; ties count one half.
    """
    pairs = sampled_pairs(lab, place)
    positives = [pair for pair in pairs if pair.kind == POSITIVE]
    names = sorted({pair.kind for pair in pairs}, key=lambda kind: (kind != POSITIVE, kind))
    kinds = {kind: _of_kind(pairs, kind) for kind in names}
    siblings = [pair for pair in pairs if pair.kind.startswith(SIBLING)]
    if siblings:
        kinds["all siblings"] = siblings
    return {
        "has_siblings": bool(siblings),
        "kinds": {name: _row(positives, some) for name, some in kinds.items()},
    }


def _of_kind(pairs: Sequence[Pair], kind: str) -> list[Pair]:
    return [pair for pair in pairs if pair.kind == kind]


def _row(positives: Sequence[Pair], some: Sequence[Pair]) -> dict[str, Any]:
    row: dict[str, Any] = {"n": len(some), "mean_margin": float(np.mean([p.margin for p in some]))}
    if some[0].kind == POSITIVE:
        return row
    columns = {
        name: [np.array([getattr(pair, name) for pair in group]) for group in (positives, some)]
        for name in ("margin", "cosine")
    }
    return row | {f"auc_{name}": auc(*both) for name, both in columns.items()}


def _chosen(
    query: ImageRecord, database: Sequence[ImageRecord], truth: Relevance, rng: Generator
) -> list[tuple[str, str]]:
    """Return (image_id, kind) of the pairs to score, kind by kind."""
    by_kind: Mapping[str, list[str]] = _grouped(query, database, truth)
    chosen: list[tuple[str, str]] = []
    for kind, ids in sorted(by_kind.items()):
        if kind in (OTHER_FAMILY, OTHER_INSTANCE):
            rows = rng.permutation(len(ids))[:OTHERS_PER_QUERY]
            ids = [ids[row] for row in sorted(rows)]
        chosen += [(i, kind) for i in ids]
    return chosen


def _grouped(
    query: ImageRecord, database: Sequence[ImageRecord], truth: Relevance
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for record in database:
        kind = kind_of(query, record, truth)
        if kind is not None:
            found.setdefault(kind, []).append(record.image_id)
    return found
