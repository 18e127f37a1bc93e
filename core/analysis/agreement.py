"""How far two orders of the same images agree."""

from collections.abc import Sequence

import numpy as np


def kendall_tau(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Return Kendall's tau of two orders without ties, in [-1, 1].

    tau = (concordant pairs - discordant pairs) / (n (n - 1) / 2), Kendall, Biometrika 30 (1938).
    Ties of score are no ties here: the tie rule has broken them. Cost grows with n squared.

    Args:
        first: n distinct ids.
        second: The same ids.

    Returns:
        None for fewer than two ids, where no pair can agree.
    """
    n = len(first)
    if n < 2:
        return None
    place = {image_id: row for row, image_id in enumerate(second)}
    rows = np.array([place[image_id] for image_id in first])
    signs = np.sign(rows[None, :] - rows[:, None])
    return float(np.triu(signs, k=1).sum() / (n * (n - 1) / 2))
