"""Curves of scores that were made elsewhere: known at the neutral level, unavailable beyond."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from core.interfaces import Reranker
from core.robustness.breaking import with_breaking
from core.robustness.damaged import SweepPair
from core.robustness.sweeps import Ground, empty_curve, ground_of, rank_of
from core.types.corpus import ImageRecord
from core.types.robustness import ResponseCurve, ResponsePoint
from core.types.scores import PairScore, ScoreKind
from core.types.sweeps import SweepRequest


@dataclass(frozen=True, slots=True, eq=False)
class UndamagedSweeper:
    """Reads the neutral level from an import; no damaged image has a score there.

    Args:
        reranker: Reads the import.
        database: Database images by id.
        kind: What the imported scores are called.
    """

    reranker: Reranker
    database: Mapping[str, ImageRecord]
    kind: ScoreKind

    def sweep(self, request: SweepRequest, pair: SweepPair) -> Iterator[ResponseCurve]:
        """Yield the one curve there can be; every level but neutral says why it has no score."""
        ground = ground_of(self.reranker, replace(request.damage, full_depth=True), pair)
        curve = replace(
            empty_curve(request, pair, ground, self.kind), hard_negative_cosine=None, rival=None
        )
        score = self._score(pair)
        points = tuple(
            self._point(level, score if level == curve.spec.neutral else None, ground)
            for level in curve.spec.levels
        )
        yield with_breaking(replace(curve, points=points))

    def _score(self, pair: SweepPair) -> PairScore | None:
        image_id = pair.candidate.image_id
        if image_id not in self.database:
            return None
        return self.reranker.cached(pair.query, [image_id]).get(image_id)

    def _point(self, level: float, score: PairScore | None, ground: Ground) -> ResponsePoint:
        if score is None:
            problem = f"'{self.kind.name}' holds no score of this image"
            return ResponsePoint(level, None, None, None, None, None, problem=problem)
        return ResponsePoint(level, score.margin, None, None, rank_of(score.margin, ground), None)
