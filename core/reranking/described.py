"""A stage that reads descriptors alone: a method's scores of a query's images, kept and swept."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.fingerprint import digest
from core.interfaces import LevelReader, Scorer, Shown
from core.reranking.built import BuiltStage
from core.reranking.descriptor_method import DescriptorMethod
from core.reranking.pointwise import as_pair_score, stored_pairs
from core.retrieval.opened import OpenedIndex, QueryKey
from core.storage.scores import ScoreStore
from core.storage.tokens import DescriptorStore
from core.types.corpus import Corpus, ImageRecord
from core.types.runs import Progress
from core.types.scores import FailedPair, PairScore, PlainScore, Shortlist

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex

_ON_CPU = {"device": "cpu", "dtype": "float64"}


@dataclass(frozen=True, slots=True)
class DescriptorScorer(Scorer):
    """Says what makes a score another one: the method, the descriptor, the database.

    Args:
        method: Of the stage, in words.
        descriptor: Name and fingerprint of the first stage's model.
        database: Hash of the database's readable images, in order.
    """

    method: Mapping[str, str]
    descriptor: tuple[str, str]
    database: str

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {
            **self.method,
            "described by": self.descriptor[0],
            "descriptor": self.descriptor[1],
            "database": self.database,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """Scores images by the addresses of their descriptors.

    Args:
        opened: Holds the index.
        vectors: Descriptors by image SHA-256.
        method: Scores them.
        key_of: Returns the address of a query's vector.
    """

    opened: OpenedIndex
    vectors: DescriptorStore
    method: DescriptorMethod
    key_of: QueryKey

    def of_images(self, key: str, images: Sequence[ImageRecord]) -> dict[str, float]:
        """Return the scores of undamaged images against a query's descriptor, by SHA-256.

        Args:
            key: Address of the query's descriptor.
            images: Whose descriptors are stored.
        """
        index, query = self.index(), self.vector(key)
        indexed = [one for one in images if one.image_id in index.rows]
        known: dict[str, float] = {}
        if indexed:
            scores = self.method.of_rows(index, query, [index.rows[i.image_id] for i in indexed])
            known = {one.sha256: float(s) for one, s in zip(indexed, scores, strict=True)}
        for one in images:
            if one.sha256 not in known:
                known[one.sha256] = self.method.of_other(
                    index, query, self.vector(one.sha256), None
                )
        return known

    def of_query(self, query: ImageRecord, images: Sequence[ImageRecord]) -> dict[str, float]:
        """Return the scores of undamaged images against a query, by SHA-256."""
        return self.of_images(self.key_of(query), images)

    def of_damaged(self, query_key: str, key: str, original: str) -> float:
        """Return the score of a damaged image, which takes its original's place."""
        index = self.index()
        replaced = index.rows.get(original)
        return self.method.of_other(index, self.vector(query_key), self.vector(key), replaced)

    def vector(self, key: str) -> NDArray[np.float32]:
        """Return the (D,) descriptor of an image by its address."""
        return self.vectors.get([key])[0]

    def index(self) -> "FlatIndex":
        """Return the index."""
        index = self.opened.index
        assert index is not None, "a shortlist comes from the index"
        return index


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorReranker:
    """Scores a query's candidates at once, and keeps the scores.

    Args:
        scorer: Says what makes a score another one.
        described: Computes scores.
        scores: The score cache.
        database: Database images by id.
    """

    scorer: DescriptorScorer
    described: Described
    scores: ScoreStore
    database: Mapping[str, ImageRecord]

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the stored scores of one query by image_id."""
        images = [self.database[image_id] for image_id in image_ids]
        return stored_pairs(self.scores, self.scorer.fingerprint, query, images)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the stored scores, then the others, computed together."""
        head = shortlist.image_ids[:depth]
        known = self.cached(query, head)
        if known:
            yield list(known.values())
        missing = [image_id for image_id in head if image_id not in known]
        if missing:
            started = time.perf_counter()
            found = self.described.of_query(query, [self.database[i] for i in missing])
            each = (time.perf_counter() - started) / len(missing)
            new = {key: PlainScore(one, each) for key, one in found.items()}
            self.scores.put(self.scorer.fingerprint, query.asked_key, new)
            yield list(self.cached(query, missing).values())


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorLevels:
    """Scores of damaged images; see `core.interfaces.LevelScorer`.

    Args:
        own: Of undamaged images.
    """

    own: DescriptorReranker

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
        stored = scores.get(fingerprint, query.asked_key, [key])
        if key not in stored:
            started = time.perf_counter()
            found = self.own.described.of_damaged(
                self.own.described.key_of(query), key, original.image_id
            )
            made = PlainScore(found, time.perf_counter() - started)
            stored = scores.put(fingerprint, query.asked_key, {key: made})
        return as_pair_score(query.asked_key, key, stored[key], fingerprint)

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
            found = self.own.described.of_images(key, missing)
            each = (time.perf_counter() - started) / len(missing)
            new = {sha: PlainScore(one, each) for sha, one in found.items()}
            stored |= scores.put(fingerprint, key, new)
        return {sha: as_pair_score(key, sha, one, fingerprint) for sha, one in stored.items()}


@dataclass(frozen=True, slots=True)
class DescriptorBench:
    """What a bench has that a stage of descriptors is built from.

    Args:
        opened: Holds the index.
        vectors: Descriptors by image SHA-256.
        scores: The score cache.
        corpus: Whose readable database images the index holds.
        descriptor: Name and fingerprint of the first stage's model.
        key_of: Returns the address of a query's vector.
    """

    opened: OpenedIndex
    vectors: DescriptorStore
    scores: ScoreStore
    corpus: Corpus
    descriptor: tuple[str, str]
    key_of: QueryKey

    def stage(self, method: DescriptorMethod) -> BuiltStage:
        """Return a method as a stage."""
        readable = [record for record in self.corpus.database if record.problem is None]
        content = digest({"database": " ".join(record.sha256 for record in readable)})
        scorer = DescriptorScorer(method.fields, self.descriptor, content)
        described = Described(self.opened, self.vectors, method, self.key_of)
        database = {record.image_id: record for record in self.corpus.database}
        reranker = DescriptorReranker(scorer, described, self.scores, database)

        def time_query() -> None:
            known = [record for record in readable[:1] if record.sha256 in self.vectors]
            if known and self.opened.index is not None:
                described.of_images(known[0].sha256, known)

        def prepare() -> Iterator[Progress]:
            return iter(()) if self.opened.index is None else method.prepare(self.opened.index)

        return BuiltStage(
            scorer,
            reranker=reranker,
            facts=_ON_CPU,
            levels=DescriptorLevels(reranker),
            time_query=time_query,
            prepare=prepare,
        )
