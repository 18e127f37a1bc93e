"""Feedback: the query expanded by what an earlier stage put first, searched for again.

Expansion by unverified neighbours drifts where there are few positives; the first candidates of a
model's order are nearly always right. Measured in tests/benchmarks/RESULTS.md, Second stages.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from core.interfaces import Scorer
from core.reranking.built import BuiltStage
from core.reranking.constants import Constant, read_constants, written
from core.reranking.expansion import expanded
from core.reranking.pointwise import as_pair_score
from core.retrieval.opened import OpenedIndex, QueryKey
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord
from core.types.scores import FailedPair, PairScore, PlainScore, Shortlist

if TYPE_CHECKING:
    from core.reranking.stage_spec import StageParts

CONSTANTS = (Constant("N", 2, 1, 1000), Constant("ALPHA", 3.0, 0.0, 100.0))


@dataclass(frozen=True, slots=True)
class FeedbackScorer(Scorer):
    """Says what makes a score another one, beside the order that the stage is given.

    Args:
        n: How many of the first candidates expand the query.
        alpha: Power of their cosines.
        descriptor: Name and fingerprint of the first stage's model.
    """

    n: int
    alpha: float
    descriptor: tuple[str, str]

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {
            "score": "cosine to the query expanded by the first of the order before",
            "feedback": written(CONSTANTS, (self.n, self.alpha)),
            "described by": self.descriptor[0],
            "descriptor": self.descriptor[1],
        }


@dataclass(frozen=True, slots=True, eq=False)
class FeedbackReranker:
    """Scores from the descriptors whenever asked, about a microsecond each; nothing is stored.

    Args:
        scorer: The constants.
        opened: Holds the index.
        vectors: Descriptors by image SHA-256.
        key_of: Returns the address of a query's vector.
    """

    scorer: FeedbackScorer
    opened: OpenedIndex
    vectors: DescriptorStore
    key_of: QueryKey

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the scores of candidates in the order that the stage is given, by image_id."""
        index = self.opened.index
        key = self.key_of(query)
        if index is None or not image_ids or key not in self.vectors:
            return {}
        started = time.perf_counter()
        rows = index.vectors([index.rows[image_id] for image_id in image_ids])
        vector = self.vectors.get([key])[0]
        scores = rows @ expanded(vector, rows[: self.scorer.n], self.scorer.alpha)
        each = (time.perf_counter() - started) / len(image_ids)
        pair = partial(as_pair_score, query.image_id, fingerprint=self.scorer.fingerprint)
        return {
            image_id: pair(image_id, PlainScore(float(score), each))
            for image_id, score in zip(image_ids, scores, strict=True)
        }

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the scores of the first `depth` at once."""
        yield list(self.cached(query, shortlist.image_ids[:depth]).values())


def feedback_constants(option: str) -> tuple[float, ...]:
    """Return the constants `N,ALPHA`.

    Raises:
        SettingsError: They cannot be read or used.
    """
    return read_constants("feedback", option, CONSTANTS)


def feedback(parts: "StageParts", option: str) -> BuiltStage:
    """Return the stage with the constants of an option."""
    n, alpha = feedback_constants(option)
    scorer = FeedbackScorer(int(n), alpha, parts.descriptor)
    reranker = FeedbackReranker(scorer, parts.opened, parts.vectors, parts.query_key)
    return BuiltStage(scorer, reranker=reranker, facts={"device": "cpu", "dtype": "float64"})
