"""Pairs that one descriptor finds alike and another does not: mined for what differs between them.

Pair mining as MegaPairs does it (arXiv 2412.14475): neighbours by one similarity that are neither
the same picture nor alike in every way, so that a sentence can say what differs.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from core.annotation.likeness_pairs import N_ALIKE, Compared, unlike
from core.annotation.mining import PER_QUERY, Found, merged
from core.bench.annotation.mined import MAX_QUERIES
from core.bench.session import Session
from core.errors import AnnotationError
from core.sampling import even_rows
from core.storage.descriptor_cards import described_by
from core.storage.imports import VectorImports
from core.storage.tokens import DescriptorStore
from core.types.annotation import QueueItem, QueueSpec
from core.types.corpus import ImageRecord

BUT_NOT = " but not "
_ROWS = 4_096


class UnlikeQueues:
    """Makes the queues "alike by A but not B" from stored vectors; no image is encoded."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def choices(self) -> tuple[tuple[QueueSpec, int], ...]:
        """Return the queues that can be made, with the queries that are looked through."""
        n = min(MAX_QUERIES, len({query.sha256 for query in self._session.corpus.queries}))
        pairs = permutations(self._descriptors(), 2)
        return tuple((QueueSpec("unlike", BUT_NOT.join(pair)), n) for pair in pairs)

    def make(self, name: str) -> tuple[tuple[QueueItem, ...], str]:
        """Return a queue's pairs, the least alike by the second descriptor first, and its rule.

        Args:
            name: `A but not B`, of descriptors whose vectors this workspace holds.

        Raises:
            AnnotationError: There are no two such descriptors.
        """
        known = self._descriptors()
        chosen = name.split(BUT_NOT)
        if len(chosen) != 2 or chosen[0] == chosen[1] or not set(chosen) <= known.keys():
            raise AnnotationError(
                f"There are no two descriptors '{name[:80]}' with vectors here; choose two of: "
                f"{', '.join(known) or 'none yet'}, joined by '{BUT_NOT.strip()}'. Index with "
                "another --descriptor, or import vectors, to have more."
            )
        stores = [self._store(known[one]) for one in chosen]
        records = [
            one
            for one in self._session.corpus.database
            if all(one.sha256 in store for store in stores)
        ]
        ids, keys = [one.image_id for one in records], [one.sha256 for one in records]
        tables = [_rows(store, keys) for store in stores]
        found: list[Found] = []
        for query in self._queries(stores) if ids else ():
            own = (store.get([query.sha256])[0] for store in stores)
            first, second = (
                Compared(name, table @ vector)
                for name, table, vector in zip(chosen, tables, own, strict=True)
            )
            relevance = self._session.relevance(query.image_id)
            found += unlike(query, ids, first, second, relevance)
        return (
            merged(found),
            f"Of each query's {N_ALIKE} nearest images by {chosen[0]}, of the nearer half at most, "
            f"those that {chosen[1]} ranks in the farther half, farthest first, at most "
            f"{PER_QUERY} per query; the query's own picture and copies of it are left out.",
        )

    def _queries(self, stores: Sequence[DescriptorStore]) -> Iterator[ImageRecord]:
        """Yield the queries that both descriptors know; of one picture's texts the first alone."""
        pictures = {query.sha256: query for query in reversed(self._session.corpus.queries)}
        known = [
            query
            for key, query in reversed(pictures.items())
            if query.problem is None and all(key in store for store in stores)
        ]
        return (known[row] for row in even_rows(len(known), MAX_QUERIES))

    def _descriptors(self) -> dict[str, str]:
        """Return fingerprints by name: what was used, and what was imported."""
        workspace = self._session.workspace
        imports = VectorImports(workspace.vector_imports).readable()
        imported = {f"import:{one.name}": one.fingerprint for one in imports}
        return {**described_by(workspace.folder), **imported}

    def _store(self, fingerprint: str) -> DescriptorStore:
        return DescriptorStore(self._session.workspace.descriptors(fingerprint), fingerprint)


def _rows(store: DescriptorStore, keys: list[str]) -> NDArray[np.float32]:
    parts = [store.get(keys[start : start + _ROWS]) for start in range(0, len(keys), _ROWS)]
    return np.concatenate(parts) if parts else np.zeros((0, 1), np.float32)
