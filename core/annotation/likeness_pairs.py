"""Find images that are alike by one descriptor and unlike by another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.annotation.mining import PER_QUERY, Found
from core.storage.tokens import DescriptorStore
from core.types.annotation import QueueItem
from core.types.corpus import ImageRecord, Relation, Relevance

N_ALIKE = 50
"""How many nearest images by the first descriptor are looked at, of the nearer half at most."""
LEAST_UNLIKE = 0.5
"""Share of the database that the second descriptor must find more like the query."""
SAME_PICTURE = 0.995
"""From this cosine by the first descriptor on, two images are the same picture again."""


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """The database under one descriptor: (N, D) float32 unit vectors in the order of `records`."""

    name: str
    records: Sequence[ImageRecord]
    vectors: NDArray[np.float32]
    store: DescriptorStore

    def cosines(self, query: ImageRecord) -> dict[str, float] | None:
        """Return the cosine of every database image by id; None where the query has no vector."""
        if query.sha256 not in self.store:
            return None
        found = (self.vectors @ self.store.get([query.sha256])[0]).tolist()
        return {one.image_id: cos for one, cos in zip(self.records, found, strict=True)}


def unlike(
    query: ImageRecord, first: Described, second: Described, relevance: Relevance | None
) -> list[Found]:
    """Return a query's neighbours by one descriptor that are far away by another.

    Sorted by the share of the database that the second descriptor finds more like the query. What
    one of the two has no vector of is left out.

    Args:
        query: Whose image is compared; a text is not read.
        first: By which the pairs are alike.
        second: By which they are not.
        relevance: The query's ground truth, for the pair's label.
    """
    near, far = first.cosines(query), second.cosines(query)
    if near is None or far is None:
        return []
    own = {query.image_id, query.picture_id}
    both = [i for i in near if i in far and i not in own and near[i] < SAME_PICTURE]
    n = len(both)
    ranks = _ranks(both, far)
    found: list[Found] = []
    alike = sorted(both, key=lambda i: -near[i])[: min(N_ALIKE, n // 2)]
    for place, image_id in enumerate(alike, start=1):
        share = (ranks[image_id] - 1) / max(1, n - 1)
        if share < LEAST_UNLIKE:
            continue
        reason = (
            f"rank {place} by {first.name} (cosine {near[image_id]:.3f}), {ranks[image_id]} of {n} "
            f"by {second.name} (cosine {far[image_id]:.3f})"
        )
        relation: Relation = "unlabelled" if relevance is None else relevance.relation(image_id)
        found.append((share, QueueItem(query.image_id, image_id, relation, reason)))
    return sorted(found, key=lambda one: -one[0])[:PER_QUERY]


def _ranks(image_ids: Sequence[str], scores: dict[str, float]) -> dict[str, int]:
    order = sorted(image_ids, key=lambda i: -scores[i])
    return {image_id: rank for rank, image_id in enumerate(order, start=1)}
