"""Scores made elsewhere, as a scorer: nothing is computed, a pair without a score is unscored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.fingerprint import digest
from core.reranking.pointwise import stored_pairs
from core.storage.imports import ImportRecord
from core.storage.scores import ScoreStore
from core.types.corpus import ImageRecord
from core.types.scores import FailedPair, PairScore, Shortlist


@dataclass(frozen=True, slots=True)
class ImportedScorer:
    """The fingerprint and receipt of one import.

    Args:
        record: What was imported.
    """

    record: ImportRecord

    @property
    def fingerprint(self) -> str:
        """Hash of the imported file's content."""
        return self.record.fingerprint

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """Where the scores come from, in words."""
        record = self.record
        return {
            "imported file": record.file,
            "imported file sha256": record.sha256,
            "imported format": record.format,
            "imported pairs": str(record.n_pairs),
            "imported at": record.created_at,
        }


@dataclass(frozen=True, slots=True, eq=False)
class ImportedReranker:
    """Reads the pairs of a shortlist from an import.

    Args:
        scorer: The import.
        scores: Where `core.exchange.importing` put its pairs.
        database: Database images by id.
    """

    scorer: ImportedScorer
    scores: ScoreStore
    database: Mapping[str, ImageRecord]

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the imported scores of one query by image_id."""
        images = [self.database[image_id] for image_id in image_ids]
        return stored_pairs(self.scores, self.scorer.fingerprint, query, images, import_key)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the imported scores of the first `depth`, then the pairs that have none."""
        head = shortlist.image_ids[:depth]
        known = self.cached(query, head)
        if known:
            yield list(known.values())
        reason = f"Import '{self.scorer.record.name}' holds no score for this pair."
        missing = [FailedPair(query.image_id, i, reason) for i in head if i not in known]
        if missing:
            yield missing


def import_key(record: ImageRecord) -> str:
    """Return an image's address among imported scores, which name ids and not content.

    Its content is in the address too: once a file changes, what was imported for it no longer
    counts.
    """
    return digest({"image": record.image_id, "sha256": record.sha256})
