"""Find images that are alike by one descriptor and unlike by another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.annotation.mining import PER_QUERY, Found
from core.types.annotation import QueueItem
from core.types.corpus import ImageRecord, Relation, Relevance

N_ALIKE = 50
"""How many nearest images by the first descriptor are looked at, of the nearer half at most."""
LEAST_UNLIKE = 0.5
"""Share of the database that the second descriptor must find more like the query."""
SAME_PICTURE = 0.995
"""From this cosine by the first descriptor on, two images are the same picture again."""


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One query's cosines to some database images under one descriptor: (N,) float32."""

    name: str
    cosines: NDArray[np.float32]


def unlike(
    query: ImageRecord,
    image_ids: Sequence[str],
    first: Compared,
    second: Compared,
    relevance: Relevance | None,
) -> list[Found]:
    """Return a query's neighbours by one descriptor that are far away by another.

    Sorted by the share of the database that the second descriptor finds more like the query. The
    query's own picture, and copies of it, are left out.

    Args:
        query: Whose image is compared; a text is not read.
        image_ids: N database images.
        first: By which the pairs are alike.
        second: By which they are not.
        relevance: The query's ground truth, for the pair's label.
    """
    own = {query.image_id, query.picture_id}
    kept = np.array([image_id not in own for image_id in image_ids], bool)
    rows = np.flatnonzero(kept & (first.cosines < SAME_PICTURE))
    near, far = first.cosines[rows], second.cosines[rows]
    n, found = len(rows), list[Found]()
    alike = np.argsort(-near, kind="stable")[: min(N_ALIKE, n // 2)]
    for place, row in enumerate(alike.tolist(), start=1):
        n_nearer = int((far > far[row]).sum())
        share = n_nearer / max(1, n - 1)
        if share < LEAST_UNLIKE:
            continue
        reason = (
            f"rank {place} by {first.name} (cosine {near[row]:.3f}), {n_nearer + 1} of {n} by "
            f"{second.name} (cosine {far[row]:.3f})"
        )
        image_id = image_ids[int(rows[row])]
        relation: Relation = "unlabelled" if relevance is None else relevance.relation(image_id)
        found.append((share, QueueItem(query.image_id, image_id, relation, reason)))
    return sorted(found, key=lambda one: -one[0])[:PER_QUERY]
