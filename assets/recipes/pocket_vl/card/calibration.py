"""Does a probability of yes mean what it says, on the demo's positives and nearest negatives?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from assets.recipes.pocket_vl.card.lab import Lab
from assets.recipes.pocket_vl.card.pairs import POSITIVE, sampled_pairs

N_BINS = 10


def measure_calibration(lab: Lab) -> dict[str, Any]:
    """Return bins of P(yes) and the expected calibration error.

    The pairs are all positives of the demo and the negatives of every query's first `depth`: the
    share of positives among them is an outcome of this choice, and the error depends on it.
    """
    ranked, truth = lab.ranked("demo"), lab.ranked("demo").truth
    positives = [p.margin for p in sampled_pairs(lab, "demo") if p.kind == POSITIVE]
    negatives = [
        margin
        for query, margins in ranked.margins.items()
        for image_id, margin in margins.items()
        if truth[query].relation(image_id) == "negative"
    ]
    margins = np.array(positives + negatives, np.float64)
    labels = np.arange(len(margins)) < len(positives)
    return {
        "depth": ranked.depth,
        "n_positives": len(positives),
        "n_negatives": len(negatives),
    } | reliability(1 / (1 + np.exp(-np.clip(margins, -700, 700))), labels)


def reliability(probabilities: NDArray[np.float64], labels: NDArray[np.bool_]) -> dict[str, Any]:
    """Return equally wide bins and their mean |share of positives - mean P|, weighted by size.

    A bin is low <= P < high, the last one closed; a bin without pairs has None.
    """
    rows = np.minimum((probabilities * N_BINS).astype(np.int64), N_BINS - 1)
    bins: list[dict[str, Any]] = []
    error = 0.0
    for number in range(N_BINS):
        inside = rows == number
        n = int(inside.sum())
        mean = float(probabilities[inside].mean()) if n else None
        share = float(labels[inside].mean()) if n else None
        if mean is not None and share is not None:
            error += n / len(labels) * abs(share - mean)
        bins.append(
            {
                "low": number / N_BINS,
                "high": (number + 1) / N_BINS,
                "n": n,
                "mean_probability": mean,
                "share_positive": share,
            }
        )
    return {"bins": bins, "expected_calibration_error": error}
