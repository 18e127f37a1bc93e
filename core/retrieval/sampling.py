"""An even sample of rows, where all of them are too many."""

import numpy as np


def spread_rows(total: int, most: int) -> tuple[int, ...]:
    """Return all rows, or `most` of them spread evenly, the first and the last included."""
    if total <= most:
        return tuple(range(total))
    if most <= 1:
        return tuple(range(max(0, most)))
    return tuple(int(row) for row in np.linspace(0, total - 1, most).round())
