"""k-reciprocal encoding as a scorer: what a query's nearest images say of each of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.fingerprint import digest
from core.interfaces import LevelReader, Scorer, Shown
from core.reranking.built import BuiltStage
from core.reranking.kreciprocal import Reciprocal, reciprocal_distances
from core.reranking.pointwise import as_pair_score, stored_pairs
from core.retrieval.opened import OpenedIndex
from core.storage.scores import ScoreStore
from core.storage.tokens import DescriptorStore
from core.types.corpus import Corpus, ImageRecord
from core.types.scores import FailedPair, PairScore, PlainScore, Shortlist

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex

N_LISTED = 1000
"""Images nearest to the query that make up its graph, whatever depth a stage re-orders."""


@dataclass(frozen=True, slots=True)
class ReciprocalScorer(Scorer):
    """1 minus the k-reciprocal distance: higher is better, no model call.

    Args:
        constants: Of the encoding.
        descriptor: Name and fingerprint of the first stage's model.
        database: Hash of the database's readable images, in order.
    """

    constants: Reciprocal
    descriptor: tuple[str, str]
    database: str

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        k1, k2, lam = self.constants.k1, self.constants.k2, self.constants.lam
        return {
            "score": "k-reciprocal: 1 minus the distance over the query and its nearest images",
            "k-reciprocal": f"k1 {k1}, k2 {k2}, lambda {lam:g}, nearest {N_LISTED}",
            "described by": self.descriptor[0],
            "descriptor": self.descriptor[1],
            "database": self.database,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Neighbourhoods:
    """Compares descriptors with the images of the index that are nearest to them.

    Args:
        opened: Holds the index.
        vectors: Descriptors by image SHA-256.
        constants: Of the encoding.
    """

    opened: OpenedIndex
    vectors: DescriptorStore
    constants: Reciprocal

    def of_images(self, key: str, images: Sequence[ImageRecord]) -> dict[str, float]:
        """Return the scores of undamaged images against a query's descriptor, by SHA-256.

        An image that is not among the query's nearest joins its graph for its own score.

        Args:
            key: Address of the query's descriptor.
            images: Whose descriptors are stored.
        """
        index, query = self._index(), self._vector(key)
        rows = index.nearest(query, N_LISTED)
        listed = index.vectors(rows)
        scores = 1.0 - reciprocal_distances(query, listed, self.constants)
        known = {index.image_ids[row]: float(one) for row, one in zip(rows, scores, strict=True)}
        return {
            one.sha256: known[one.image_id]
            if one.image_id in known
            else self._beside(query, listed, self._vector(one.sha256)[None])
            for one in images
        }

    def of_damaged(self, query_key: str, key: str, original: str) -> float:
        """Return the score of a damaged image, which takes its original's place in the graph."""
        index, query = self._index(), self._vector(query_key)
        rows = index.nearest(query, N_LISTED + 1)
        listed = [row for row in rows if index.image_ids[row] != original][:N_LISTED]
        return self._beside(query, index.vectors(listed), self._vector(key)[None])

    def _beside(
        self, query: NDArray[np.float32], listed: NDArray[np.float32], own: NDArray[np.float32]
    ) -> float:
        graph = np.concatenate([listed, own])
        return float(1.0 - reciprocal_distances(query, graph, self.constants)[-1])

    def _vector(self, key: str) -> NDArray[np.float32]:
        return self.vectors.get([key])[0]

    def _index(self) -> "FlatIndex":
        index = self.opened.index
        assert index is not None, "a shortlist comes from the index"
        return index


@dataclass(frozen=True, slots=True, eq=False)
class ReciprocalReranker:
    """Scores a query's candidates from one graph, and keeps the scores.

    Args:
        scorer: Says what makes a score another one.
        graphs: Computes scores.
        scores: The score cache.
        database: Database images by id.
    """

    scorer: ReciprocalScorer
    graphs: Neighbourhoods
    scores: ScoreStore
    database: Mapping[str, ImageRecord]

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the stored scores of one query by image_id."""
        images = [self.database[image_id] for image_id in image_ids]
        return stored_pairs(self.scores, self.scorer.fingerprint, query, images)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the stored scores, then the others; one graph serves all of them."""
        head = shortlist.image_ids[:depth]
        known = self.cached(query, head)
        if known:
            yield list(known.values())
        missing = [image_id for image_id in head if image_id not in known]
        if missing:
            started = time.perf_counter()
            found = self.graphs.of_images(query.sha256, [self.database[i] for i in missing])
            each = (time.perf_counter() - started) / len(missing)
            new = {key: PlainScore(one, each) for key, one in found.items()}
            self.scores.put(self.scorer.fingerprint, query.sha256, new)
            yield list(self.cached(query, missing).values())


@dataclass(frozen=True, slots=True, eq=False)
class ReciprocalLevels:
    """Scores of damaged images; see `core.interfaces.LevelScorer`.

    Args:
        own: Of undamaged images.
    """

    own: ReciprocalReranker

    @property
    def query_readers(self) -> Mapping[str, LevelReader]:
        """Nothing: descriptors are stored with every damaged image."""
        return {}

    @property
    def candidate_readers(self) -> Mapping[str, LevelReader]:
        """Nothing: descriptors are stored with every damaged image."""
        return {}

    def is_stored(self, query_key: str, image_keys: Sequence[str]) -> bool:
        """Return whether all of these images have a score against a query."""
        stored = self.own.scores.get(self.own.scorer.fingerprint, query_key, image_keys)
        return not set(image_keys) - stored.keys()

    def of_candidate(
        self,
        query: ImageRecord,
        key: str,
        original: ImageRecord,
        shown: Shown,  # noqa: ARG002 - descriptors are stored
    ) -> PairScore:
        """Return the score of a damaged candidate, which takes its original's place."""
        fingerprint, scores = self.own.scorer.fingerprint, self.own.scores
        stored = scores.get(fingerprint, query.sha256, [key])
        if key not in stored:
            started = time.perf_counter()
            found = self.own.graphs.of_damaged(query.sha256, key, original.image_id)
            made = PlainScore(found, time.perf_counter() - started)
            stored = scores.put(fingerprint, query.sha256, {key: made})
        return as_pair_score(query.sha256, key, stored[key], fingerprint)

    def of_query(
        self,
        key: str,
        shown: Shown,  # noqa: ARG002 - descriptors are stored
        records: Sequence[ImageRecord],
    ) -> dict[str, PairScore]:
        """Return scores by image SHA-256 against a damaged query and its own nearest images."""
        fingerprint, scores = self.own.scorer.fingerprint, self.own.scores
        stored = scores.get(fingerprint, key, [record.sha256 for record in records])
        missing = [record for record in records if record.sha256 not in stored]
        if missing:
            started = time.perf_counter()
            found = self.own.graphs.of_images(key, missing)
            each = (time.perf_counter() - started) / len(missing)
            new = {sha: PlainScore(one, each) for sha, one in found.items()}
            stored |= scores.put(fingerprint, key, new)
        return {sha: as_pair_score(key, sha, one, fingerprint) for sha, one in stored.items()}


def built_reciprocal(
    constants: Reciprocal,
    opened: OpenedIndex,
    vectors: DescriptorStore,
    scores: ScoreStore,
    corpus: Corpus,
    descriptor: tuple[str, str],
) -> BuiltStage:
    """Return k-reciprocal encoding as a stage.

    Args:
        constants: Of the encoding.
        opened: Holds the index.
        vectors: Descriptors by image SHA-256.
        scores: The score cache.
        corpus: Whose readable database images the index holds.
        descriptor: Name and fingerprint of the first stage's model.
    """
    readable = [record for record in corpus.database if record.problem is None]
    content = digest({"database": " ".join(record.sha256 for record in readable)})
    scorer = ReciprocalScorer(constants, descriptor, content)
    graphs = Neighbourhoods(opened, vectors, constants)
    database = {record.image_id: record for record in corpus.database}
    reranker = ReciprocalReranker(scorer, graphs, scores, database)

    def time_query() -> None:
        known = [record for record in readable[:1] if record.sha256 in vectors]
        if known and opened.index is not None:
            graphs.of_images(known[0].sha256, known)

    return BuiltStage(
        scorer,
        reranker=reranker,
        facts={"device": "cpu", "dtype": "float64"},
        levels=ReciprocalLevels(reranker),
        time_query=time_query,
    )
