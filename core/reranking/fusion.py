"""Re-order the first `depth` of a shortlist by margin or by margin and cosine fused."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.types.scores import Shortlist


def fused_scores(
    cosines: NDArray[np.float32], margins: NDArray[np.float64], lam: float, gamma: float
) -> NDArray[np.float64]:
    """Return lam * cosine + (1 - lam) * sigmoid(gamma * margin), NaN where the margin is NaN.

    lam = 0 is the margin itself: the sigmoid is monotonic but saturates, and would tie what the
    margin tells apart. Form of the fusion: AMES (github.com/pavelsuma/ames, c6af26e).

    Args:
        cosines: (n,) float32 first-stage scores.
        margins: (n,) float64 nats.
        lam: Weight of the cosine in [0, 1].
        gamma: Slope of the sigmoid, per nat, > 0.
    """
    if lam == 0.0:
        return margins
    # exp of a clipped argument: beyond 700 the sigmoid is 0 or 1 to the last bit
    similarity = 1.0 / (1.0 + np.exp(np.clip(-gamma * margins, -700.0, 700.0)))
    return lam * cosines.astype(np.float64) + (1.0 - lam) * similarity


def rank_after(
    shortlist: Shortlist, margins: Mapping[str, float], depth: int, lam: float, gamma: float
) -> tuple[str, ...]:
    """Return the shortlist's ids with the first `depth` re-ordered by fused score.

    Ties are broken by shortlist rank. Candidates without a margin keep their places; the scored
    ones permute among the other places. Everything after `depth` is kept.
    """
    n = min(depth, len(shortlist.image_ids))
    head = shortlist.image_ids[:n]
    known = np.array([margins.get(i, np.nan) for i in head], dtype=np.float64)
    fused = fused_scores(shortlist.cosines[:n], known, lam, gamma)
    scored = np.flatnonzero(~np.isnan(known))
    order = scored[np.argsort(-fused[scored], kind="stable")]
    rows = np.arange(n)
    rows[scored] = order
    return (*(head[row] for row in rows), *shortlist.image_ids[n:])
