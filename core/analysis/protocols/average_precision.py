"""The two forms of average precision that protocols share beside AP@k: trapezoid and tied."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def trapezoid_ap(ranks: Sequence[int], recall_step: float) -> float:
    """Return the area under precision over recall by trapezoids.

    Formula: sum over the j-th found positive (j = 0, 1, ...) at rank r of
    (p0 + p1) / 2 * recall_step, with p0 = j / (r - 1), 1 at rank 1, and p1 = (j + 1) / r. Junk is
    the caller's: `ranks` count without it. Positives that are not listed add nothing.
    Source: filipradenovic/revisitop be39832, python/evaluate.py compute_ap.
    Trap: one positive at rank 2 has 0.25, not 0.50 as precision at the positive alone would say.

    Args:
        ranks: 1-based ranks of the found positives, rising.
        recall_step: What one positive adds to recall: 1 / number of positives.
    """
    area = 0.0
    for j, rank in enumerate(ranks):
        before = 1.0 if rank == 1 else j / (rank - 1)
        area += (before + (j + 1) / rank) * recall_step / 2.0
    return area


def tied_precision_sum(relevant: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Return the sum over positives of the precision at the end of their tie.

    Divided by the positives in the list it is scikit-learn's `average_precision_score`: images of
    equal score are taken jointly, whatever their order. Without ties it is the sum of AP@k.

    Args:
        relevant: (n,) in falling order of score.
        scores: (n,) falling.
    """
    if not len(relevant):
        return 0.0
    ends = np.flatnonzero(np.append(np.diff(scores) != 0, True))
    hits = np.cumsum(relevant)[ends]
    return float(np.sum(np.diff(hits, prepend=0) * hits / (ends + 1)))
