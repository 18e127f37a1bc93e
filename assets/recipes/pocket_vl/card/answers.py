"""What the answers are like: ties, symmetry, the self-test, and how far the question matters."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.card.lab import DEPTHS, GAMMA, Lab, follow
from assets.recipes.pocket_vl.card.pairs import Pair, sampled_pairs
from assets.recipes.pocket_vl.vocabulary import PLAIN_PRESETS
from core.types.orders import Fusion

logger = logging.getLogger(__name__)
SWAPS_PER_KIND = 80
LAYOUTS = ("images_then_question", "question_first")
_SEED = 43


def measure_answers(lab: Lab) -> dict[str, Any]:
    """Return ties within shortlists, the two orders of a pair compared, and the self-test."""
    ranked = lab.ranked("demo")
    with lab.bench("demo") as bench:
        self_test = bench.runs.self_test()
    return {
        "ties": count_ties(list(ranked.margins.values())),
        "swap": compare_swapped(*_swapped(lab, sampled_pairs(lab, "demo"))),
        "self_test": self_test,
    }


def measure_prompts(lab: Lab) -> dict[str, Any]:
    """Return mAP before, after and the gain on the demo for every preset in both layouts."""
    depth = DEPTHS["demo"]
    rows: list[dict[str, Any]] = []
    for preset in PLAIN_PRESETS:
        for layout in LAYOUTS:
            logger.info("demo: prompt %s, %s", preset, layout)
            with lab.bench("demo", prompt=f"{preset}:{layout}") as bench:
                follow(bench.runs.evaluate(depth), "demo")
                summary = bench.runs.summary(Fusion(depth, 0.0, GAMMA))
            assert summary is not None, "the demo has ground truth"
            interval = summary.delta_ci
            rows.append(
                {
                    "preset": preset,
                    "layout": layout,
                    "map_before": summary.map_before,
                    "map_after": summary.map_after,
                    "gain": summary.delta_map,
                    "gain_ci": None if interval is None else [interval.low, interval.high],
                }
            )
    return {"depth": depth, "rows": rows}


def count_ties(shortlists: Sequence[Mapping[str, float]]) -> dict[str, Any]:
    """Return how many scored pairs share their margin with another candidate of their query."""
    shared = sum(
        count for margins in shortlists for count in Counter(margins.values()).values() if count > 1
    )
    n_pairs = sum(len(margins) for margins in shortlists)
    distinct = len({margin for margins in shortlists for margin in margins.values()})
    return {
        "n_pairs": n_pairs,
        "n_shared": shared,
        "share": shared / n_pairs,
        "n_distinct": distinct,
    }


def compare_swapped(pairs: Sequence[Pair], swapped: Sequence[Pair]) -> dict[str, Any]:
    """Return the correlation of margins in both orders: of all pairs, and within each kind."""
    kinds = sorted({pair.kind for pair in pairs})
    there, back = (np.array([pair.margin for pair in some]) for some in (pairs, swapped))
    inside = {kind: np.array([pair.kind == kind for pair in pairs]) for kind in kinds}
    return {
        "n": len(pairs),
        "correlation": correlation(there, back),
        "within": {kind: correlation(there[rows], back[rows]) for kind, rows in inside.items()},
        "mean_difference": float(np.mean(np.abs(there - back))),
        "sign_flips": float(np.mean((there > 0) != (back > 0))),
    }


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    """Return Pearson's correlation, None where one side does not vary or there are under three."""
    if len(one) < 3 or one.std() == 0 or other.std() == 0:
        return None
    return float(np.corrcoef(one, other)[0, 1])


def _swapped(lab: Lab, pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return some pairs of every kind, and the same with query and candidate exchanged."""
    rng = np.random.default_rng(_SEED)
    tokens = lab.tokens("demo")
    chosen: list[Pair] = []
    for kind in sorted({pair.kind for pair in pairs}):
        of_kind = [pair for pair in pairs if pair.kind == kind]
        rows = rng.permutation(len(of_kind))[:SWAPS_PER_KIND]
        chosen += [of_kind[row] for row in sorted(rows)]
    back = [
        replace(pair, margin=lab.margins_of(tokens[pair.image_id], [tokens[pair.query_id]])[0])
        for pair in chosen
    ]
    return chosen, back
