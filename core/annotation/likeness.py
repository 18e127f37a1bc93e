"""How like an image's descriptor is to those of an instance's other images."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from core.sampling import even_rows

SAMPLE = 512
"""Images, evenly chosen, that say what an image's cosines usually are."""

Vectors = Callable[[Sequence[int]], NDArray[np.float32]]


class Likeness:
    """Cosines in standard deviations: (cosine - mean) / deviation, averaged over both images.

    Mean and deviation are those of an image's cosines to the sample, itself left out, so that an
    image that is like everything is like nothing in particular.

    Args:
        image_ids: The images of an index, at least two.
        vectors: Returns the unit descriptors (n, d) of the index's rows.
    """

    def __init__(self, image_ids: Sequence[str], vectors: Vectors) -> None:
        self._vectors = vectors
        self._rows = {image_id: row for row, image_id in enumerate(image_ids)}
        sample = even_rows(len(image_ids), SAMPLE)
        self._place = {image_ids[row]: place for place, row in enumerate(sample)}
        self._sample = vectors(sample)
        self._usual: dict[str, tuple[float, float]] = {}

    def of(self, images: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
        """Return the mean standardised cosine of each image to the others but itself, (n,).

        0, like a stranger's, for an image without a descriptor and where there is no other.
        """
        places = [place for place, one in enumerate(images) if one in self._rows]
        others = [one for one in others if one in self._rows]
        found = np.zeros(len(images))
        if not places or not others:
            return found
        mine = [images[place] for place in places]
        one, two = (self._vectors([self._rows[i] for i in ids]) for ids in (mine, others))
        (mean, spread), (mean2, spread2) = self._usually(mine, one), self._usually(others, two)
        cosine = (one @ two.T).astype(np.float64)
        standard = (cosine - mean[:, None]) / spread[:, None] + (cosine - mean2) / spread2
        counts = np.array([[a != b for b in others] for a in mine], dtype=np.float64)
        n = counts.sum(1)
        found[places] = (standard / 2 * counts).sum(1) / np.maximum(n, 1.0)
        return found

    def _usually(
        self, images: Sequence[str], vectors: NDArray[np.float32]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return mean and deviation of each image's cosines to the sample."""
        new = [place for place, one in enumerate(images) if one not in self._usual]
        cosines = (vectors[new] @ self._sample.T).astype(np.float64)
        for place, row in zip(new, cosines, strict=True):
            itself = self._place.get(images[place])
            rest = row if itself is None else np.delete(row, itself)
            self._usual[images[place]] = (float(rest.mean()), float(rest.std()) or 1.0)
        mean, spread = zip(*(self._usual[one] for one in images), strict=True)
        return np.array(mean), np.array(spread)
