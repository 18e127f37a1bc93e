"""A re-ranker of your own: --scorer python:assets.examples.colour_reranker:Colours."""

import numpy as np


def histogram(image: np.ndarray) -> np.ndarray:
    """Return how often each of 4 x 4 x 4 colours occurs in an (H, W, 3) uint8 RGB image."""
    red, green, blue = (image.reshape(-1, 3) >> 6).astype(int).T
    counts = np.bincount(16 * red + 4 * green + blue, minlength=64)
    return counts / counts.sum()


class Colours:
    """Scores a candidate by the colours that it shares with the query."""

    name, unit = "colours", "share"

    def score(self, query: np.ndarray, candidates: list[np.ndarray]) -> list[float]:
        """Return one number per candidate; higher is better."""
        own = histogram(query)
        return [float(np.minimum(own, histogram(image)).sum()) for image in candidates]
