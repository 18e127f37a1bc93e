"""Scores of damaged images, from the cache where they are stored."""

from collections.abc import Mapping, Sequence

from core.interfaces import LevelReader, PairScorer, PairTokens, Shown
from core.reranking.pointwise import as_pair_score, as_stored
from core.storage.scores import ScoreStore
from core.types.corpus import ImageRecord
from core.types.scores import PairScore

_NAME = "image"
"""A scorer of pairs is shown one thing of an image."""


def _only(reader: LevelReader) -> Mapping[str, LevelReader]:
    return {_NAME: reader}


class LevelScores:
    """One scorer's scores of pairs with a damaged image; what is computed is stored.

    A damaged image is addressed by its pixels, so a level that was scored before is read, whatever
    recipe led to the same pixels.

    Args:
        scorer: The MLLM, or another scorer of pairs.
        tokens: What the scorer is shown of an image on either side.
        scores: The score cache.
        from_tower: Whether what the scorer is shown is made of the tower's own tokens.
    """

    def __init__(
        self, scorer: PairScorer, tokens: PairTokens, scores: ScoreStore, *, from_tower: bool = True
    ) -> None:
        self._scorer = scorer
        self._tokens = tokens
        self._scores = scores
        self.query_readers = _only(LevelReader(tokens.queries, from_tower))
        self.candidate_readers = _only(LevelReader(tokens.candidates, from_tower))

    def is_stored(self, query_key: str, image_keys: Sequence[str]) -> bool:
        """Return whether all of these images have a score against a query."""
        stored = self._scores.get(self._scorer.fingerprint, query_key, image_keys)
        return not set(image_keys) - stored.keys()

    def of_candidate(
        self,
        query: ImageRecord,
        key: str,
        original: ImageRecord,  # noqa: ARG002 - a pair is scored from its two images alone
        shown: Shown,
    ) -> PairScore:
        """Return the score of a damaged candidate; `shown` may be empty where it is stored.

        Raises:
            ModelError: The model failed.
        """
        fingerprint = self._scorer.fingerprint
        stored = self._scores.get(fingerprint, query.asked_key, [key])
        if key not in stored:
            asked, damaged = self._tokens.queries.tokens(query), shown[_NAME]
            (answer,) = [one for batch in self._scorer.score(asked, [damaged], 0) for one in batch]
            stored = self._scores.put(fingerprint, query.asked_key, {key: as_stored(answer)})
        return as_pair_score(query.asked_key, key, stored[key], fingerprint)

    def of_query(
        self, key: str, shown: Shown, records: Sequence[ImageRecord]
    ) -> dict[str, PairScore]:
        """Return scores by image SHA-256 against a damaged query.

        Raises:
            ImageError: A candidate is not stored and cannot be decoded.
            ModelError: The model failed.
        """
        fingerprint = self._scorer.fingerprint
        keys = {record.sha256: record for record in records}
        stored = self._scores.get(fingerprint, key, list(keys))
        missing = [one for one in keys if one not in stored]
        if missing:
            candidates = [self._tokens.candidates.tokens(keys[one]) for one in missing]
            waiting = iter(missing)
            for batch in self._scorer.score(shown[_NAME], candidates, 0):
                new = {next(waiting): as_stored(answer) for answer in batch}
                stored |= self._scores.put(fingerprint, key, new)
        return {one: as_pair_score(key, one, score, fingerprint) for one, score in stored.items()}
