"""How well the model orders a corpus, beside rivals that need no second stage or no learning."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.card.comparison import (
    BASE,
    Orders,
    aps_of,
    compare,
    is_odd,
    listed,
    oracle,
    reordered,
)
from assets.recipes.pocket_vl.card.handmade import handmade_shortlists
from assets.recipes.pocket_vl.card.keypoints import inlier_scores
from assets.recipes.pocket_vl.card.lab import K, Lab, Place, Ranked
from core.analysis.metrics import METRIC
from core.mllm.tokens import to_tensor
from core.types.scores import VisualTokens

logger = logging.getLogger(__name__)
HALF = (0.5, 1.0)
"""Equal weights, the product's own slope: a fusion that nothing was tuned for."""
LAMS = (0.1, 0.25, 0.5, 0.75, 0.9)
GAMMAS = (0.25, 0.5, 1.0)
SPLIT_TAG = "source"


def max_similarity(query: VisualTokens, candidate: VisualTokens) -> float:
    """Return MaxSim: the mean over the query's tokens of their largest cosine in the candidate.

    Late interaction of ColBERT (Khattab and Zaharia, SIGIR 2020), divided by the query's tokens.
    """
    one, other = (_unit(tokens) for tokens in (query, candidate))
    return float((one @ other.T).max(axis=1).mean())


def measure_demo(lab: Lab) -> dict[str, Any]:
    """Return the comparison on the demo and the fusion that suits these queries best."""
    ranked = lab.ranked("demo")
    fusion = tuned_fusion(ranked)
    found = compare(ranked, methods_of(lab, "demo", fusion))
    return _frame(ranked, fusion) | found


def measure_photos(lab: Lab) -> dict[str, Any]:
    """Return the comparison on the photos: all, both halves of the instances, each source.

    The tuned fusion is the demo's.
    """
    ranked = lab.ranked("photos")
    fusion = tuned_fusion(lab.ranked("demo"))
    methods = methods_of(lab, "photos", fusion)
    slices = {name: compare(ranked, methods, ids) for name, ids in slices_of(ranked).items()}
    return _frame(ranked, fusion) | compare(ranked, methods) | {"slices": slices}


def slices_of(ranked: Ranked) -> dict[str, list[str]]:
    """Return query ids by slice: the two halves by the instances' hash, then every source."""
    halves: dict[str, list[str]] = {"odd": [], "even": []}
    sources: dict[str, list[str]] = {}
    for query in ranked.queries:
        halves["odd" if is_odd(query.instance_id or "") else "even"].append(query.image_id)
        if query.tags.get(SPLIT_TAG):
            sources.setdefault(query.tags[SPLIT_TAG], []).append(query.image_id)
    by_source = {f"{SPLIT_TAG} {name}": ids for name, ids in sorted(sources.items())}
    return {name: ids for name, ids in (halves | by_source).items() if ids}


def tuned_fusion(ranked: Ranked) -> tuple[float, float]:
    """Return the (lam, gamma) of a small grid with the largest mAP; ties: the first."""
    queries = [query.image_id for query in ranked.queries]

    def value(setting: tuple[float, float]) -> float:
        return float(aps_of(ranked, reordered(ranked, ranked.margins, *setting), queries).mean())

    return max(itertools.product(LAMS, GAMMAS), key=value)


def methods_of(lab: Lab, place: Place, fusion: tuple[float, float]) -> dict[str, Orders]:
    """Return every method's orders of the same queries."""
    ranked, tokens, images = lab.ranked(place), lab.tokens(place), lab.images(place)
    heads = {
        query: shortlist.image_ids[: ranked.depth] for query, shortlist in ranked.shortlists.items()
    }
    late = {
        query: {i: max_similarity(tokens[query], tokens[i]) for i in head}
        for query, head in heads.items()
    }
    logger.info("%s: RootSIFT of %d pairs", place, sum(len(head) for head in heads.values()))
    methods = {
        BASE: listed(ranked.shortlists),
        "margin": reordered(ranked, ranked.margins),
        "fusion": reordered(ranked, ranked.margins, *HALF),
        "tuned fusion": reordered(ranked, ranked.margins, *fusion),
        "maxsim": reordered(ranked, late),
        "rootsift": reordered(ranked, inlier_scores(images, heads)),
        "oracle": oracle(ranked),
        "hsv hog": _of_queries(listed(handmade_shortlists(ranked.corpus, images)), heads),
    }
    if lab.asked.rival is not None:
        methods["rival"] = listed(lab.shortlists_of(lab.asked.rival, place))
    return methods


def _of_queries(orders: Orders, queries: Mapping[str, object]) -> Orders:
    return {query: orders[query] for query in queries}


def _frame(ranked: Ranked, fusion: tuple[float, float]) -> dict[str, Any]:
    return {
        "corpus": ranked.corpus.name,
        "n_database": len(ranked.corpus.database),
        "n_skipped": len(ranked.corpus.queries) - len(ranked.queries),
        "depth": ranked.depth,
        "k": K,
        "metric": METRIC,
        "fusion": {"lam": HALF[0], "gamma": HALF[1]},
        "tuned fusion": {"lam": fusion[0], "gamma": fusion[1]},
        "receipt": dict(ranked.receipt),
    }


def _unit(tokens: VisualTokens) -> NDArray[np.float32]:
    values: NDArray[np.float32] = to_tensor(tokens).float().numpy()
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)
