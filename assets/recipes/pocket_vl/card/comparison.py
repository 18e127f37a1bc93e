"""Mean AP and R@1 of several orders of the same queries, with paired bootstrap intervals."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.card.lab import K, Ranked
from core.analysis.metrics import ap_at_k, oracle_order, recall_at_1
from core.analysis.significance import bootstrap
from core.reranking.fusion import rank_after
from core.types.runs import Interval
from core.types.scores import Shortlist

Orders = Mapping[str, tuple[str, ...]]
"""Image ids, best first, by query id."""
BASE = "descriptor"
"""The order that gains are counted from."""


def listed(shortlists: Mapping[str, Shortlist]) -> Orders:
    """Return the orders of a first stage."""
    return {query: shortlist.image_ids for query, shortlist in shortlists.items()}


def reordered(
    ranked: Ranked,
    scores: Mapping[str, Mapping[str, float]],
    lam: float = 0.0,
    gamma: float = 1.0,
) -> Orders:
    """Return the shortlists with their first `depth` re-ordered by scores, or fused with cosines.

    Ties are broken by shortlist rank (`core.reranking.fusion`).
    """
    return {
        query: rank_after(shortlist, scores[query], ranked.depth, lam, gamma)
        for query, shortlist in ranked.shortlists.items()
    }


def oracle(ranked: Ranked) -> Orders:
    """Return the shortlists with the positives of their first `depth` put first."""
    truth = ranked.truth
    return {
        query: oracle_order(shortlist.image_ids, truth[query], ranked.depth)
        for query, shortlist in ranked.shortlists.items()
    }


def aps_of(ranked: Ranked, orders: Orders, queries: list[str]) -> NDArray[np.float64]:
    """Return AP@k of the queries, (n,) float64."""
    truth = ranked.truth
    return np.array([ap_at_k(orders[query], truth[query], K) for query in queries], np.float64)


def compare(
    ranked: Ranked, methods: Mapping[str, Orders], queries: list[str] | None = None
) -> dict[str, Any]:
    """Return mAP@k, R@1 and gains over the descriptor of every method, as plain values.

    Intervals are percentiles of 10,000 draws that resample instances; all methods share the
    draws, so a gain's interval is that of the paired difference. None where there is one instance.

    Args:
        ranked: Queries and ground truth.
        methods: Orders by name; `descriptor` must be among them.
        queries: The queries to average over; None takes all.
    """
    chosen = [query.image_id for query in ranked.queries] if queries is None else queries
    truth = ranked.truth
    instances = {q.image_id: q.instance_id or q.image_id for q in ranked.queries}
    names = list(methods)
    values = np.stack([aps_of(ranked, methods[name], chosen) for name in names], axis=1)
    draws = bootstrap(values, [instances[query] for query in chosen])
    base = names.index(BASE)
    rows: dict[str, dict[str, Any]] = {}
    for column, name in enumerate(names):
        firsts = [recall_at_1(methods[name][query], truth[query]) or 0.0 for query in chosen]
        rows[name] = {
            "map": float(values[:, column].mean()),
            "map_ci": plain(draws.interval(column) if draws else None),
            "r1": float(np.mean(firsts)),
            "gain": float((values[:, column] - values[:, base]).mean()),
            "gain_ci": plain(draws.difference(column, base) if draws else None),
        }
    return {
        "n_queries": len(chosen),
        "n_instances": len({instances[query] for query in chosen}),
        "methods": rows,
    }


def plain(interval: Interval | None) -> list[float] | None:
    """Return [low, high] for JSON."""
    return None if interval is None else [interval.low, interval.high]


def is_odd(instance_id: str) -> bool:
    """Return the parity of SHA-256 of the instance id: a split of instances that nobody chose."""
    return int(hashlib.sha256(instance_id.encode()).hexdigest(), 16) % 2 == 1
