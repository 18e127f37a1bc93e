"""Score a shortlist pair by pair, from the cache where it can."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.errors import ImageError, ModelError
from core.interfaces import PairScorer, PairTokens
from core.storage.scores import ScoreStore, StoredScore
from core.types.corpus import ImageRecord
from core.types.scores import (
    FailedPair,
    PairScore,
    PlainScore,
    Shortlist,
    Unscored,
    VisualTokens,
    sigmoid,
)


@dataclass(frozen=True, slots=True, eq=False)
class PointwiseReranker:
    """One answer per pair; database images come as stored tokens, never as pixels.

    Args:
        scorer: The MLLM, or another scorer of stored tokens.
        tokens: Where the visual tokens of both sides come from.
        scores: The cache, addressed by content.
        database: Database images by id.
    """

    scorer: PairScorer
    tokens: PairTokens
    scores: ScoreStore
    database: Mapping[str, ImageRecord]

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the stored scores of one query by image_id; calls no model."""
        images = [self.database[image_id] for image_id in image_ids]
        return stored_pairs(self.scores, self.scorer.fingerprint, query, images)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield scores of the first `depth` candidates: the cached ones first, then each batch.

        Each computed batch is stored before it is yielded. A candidate whose tokens
        or score cannot be had is yielded as failed, with the reason.

        Raises:
            ImageError: The query itself cannot be decoded.
            ModelError: The model failed, or gave a NaN or infinite logit.
        """
        head = shortlist.image_ids[:depth]
        known = self.cached(query, head)
        if known:
            yield list(known.values())
        missing = [image_id for image_id in head if image_id not in known]
        if not missing:
            return
        ready, failed = self._candidates(query, missing)
        if failed:
            yield failed
        if ready:
            yield from self._compute(query, ready)

    def _candidates(
        self, query: ImageRecord, image_ids: Sequence[str]
    ) -> tuple[dict[str, "_Ready"], list[FailedPair]]:
        ready: dict[str, _Ready] = {}
        failed: list[FailedPair] = []
        for image_id in image_ids:
            started = time.perf_counter()
            try:
                tokens = self.tokens.candidates.tokens(self.database[image_id])
            except ImageError as error:
                failed.append(FailedPair(query.image_id, image_id, str(error)))
            else:
                ready[image_id] = _Ready(tokens, time.perf_counter() - started)
        return ready, failed

    def _compute(
        self, query: ImageRecord, ready: Mapping[str, "_Ready"]
    ) -> Iterator[list[PairScore | FailedPair]]:
        waiting = iter(ready)
        candidates = [one.tokens for one in ready.values()]
        for batch in self.scorer.score(self.tokens.queries.tokens(query), candidates):
            answers = {next(waiting): answer for answer in batch}
            stored = {
                self.database[image_id].sha256: as_stored(answer, ready[image_id].seconds)
                for image_id, answer in answers.items()
                if not isinstance(answer, Unscored)
            }
            kept = self.scores.put(self.scorer.fingerprint, query.asked_key, stored)
            yield [
                FailedPair(query.image_id, image_id, answer.reason)
                if isinstance(answer, Unscored)
                else self._pair(query, image_id, kept[self.database[image_id].sha256])
                for image_id, answer in answers.items()
            ]

    def _pair(self, query: ImageRecord, image_id: str, score: StoredScore) -> PairScore:
        return as_pair_score(query.image_id, image_id, score, self.scorer.fingerprint)


@dataclass(frozen=True, slots=True, eq=False)
class InPortions:
    """A re-ranker that is given a few candidates at a time; see `core.interfaces.Reranker`.

    Args:
        reranker: Scores pair by pair.
        size: How many candidates.
    """

    reranker: PointwiseReranker
    size: int

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the stored scores of one query by image_id."""
        return self.reranker.cached(query, image_ids)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the scores of the first `depth`, portion by portion."""
        n = min(depth, len(shortlist.image_ids))
        for start in range(0, n, self.size):
            stop = min(start + self.size, n)
            part = replace(
                shortlist,
                image_ids=shortlist.image_ids[start:stop],
                cosines=shortlist.cosines[start:stop],
            )
            yield from self.reranker.rerank(query, part, stop - start)


@dataclass(frozen=True, slots=True, eq=False)
class _Ready:
    """A candidate as the scorer is shown it, and the seconds of reading and decoding it.

    They count: of a stored picture they are those of the vision encoder.
    """

    tokens: VisualTokens
    seconds: float


def content_key(record: ImageRecord) -> str:
    """Return an image's address among scores that depend on its content and a query's text."""
    return record.asked_key


def stored_pairs(
    scores: ScoreStore,
    fingerprint: str,
    query: ImageRecord,
    images: Sequence[ImageRecord],
    address: Callable[[ImageRecord], str] = content_key,
) -> dict[str, PairScore]:
    """Return one scorer's stored scores of a query, by image_id, in the order of the images.

    Args:
        scores: The score cache.
        fingerprint: Of the scorer.
        query: Whose pairs are read.
        images: The candidates; those without a score are left out.
        address: Returns what an image's scores are stored under.
    """
    keys = {record.image_id: address(record) for record in images}
    stored = scores.get(fingerprint, address(query), list(keys.values()))
    return {
        image_id: as_pair_score(query.image_id, image_id, stored[key], fingerprint)
        for image_id, key in keys.items()
        if key in stored
    }


def as_stored(logits: StoredScore | Unscored, seconds: float = 0.0) -> StoredScore:
    """Return what the cache keeps of one answer; `seconds` went by before it was asked for.

    Raises:
        ModelError: The pair was not scored; the text is the scorer's reason.
    """
    if isinstance(logits, Unscored):
        raise ModelError(logits.reason)
    spent = None if logits.seconds is None else logits.seconds + seconds
    return replace(logits, seconds=spent)


def as_pair_score(query_id: str, image_id: str, score: StoredScore, fingerprint: str) -> PairScore:
    """Return a stored score with its margin and, where there are logits, its probability."""
    if isinstance(score, PlainScore):
        return PairScore(
            query_id=query_id,
            image_id=image_id,
            logit_yes=None,
            logit_no=None,
            margin=score.score,
            probability=None,
            answer_mass=None,
            receipt_id=fingerprint[:12],
            seconds=score.seconds,
        )
    return PairScore(
        query_id=query_id,
        image_id=image_id,
        logit_yes=score.logit_yes,
        logit_no=score.logit_no,
        margin=score.margin,
        probability=sigmoid(score.margin),
        answer_mass=score.answer_mass,
        receipt_id=fingerprint[:12],
        seconds=score.seconds,
    )
