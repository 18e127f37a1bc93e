"""Stages whose scores stand in a table, for tests that need an order and no model."""

from collections.abc import Mapping, Sequence

from core.reranking.ordering import Known, Scored, StageScores
from core.types.scores import MARGIN


def known_in(scores: Mapping[str, float], seconds: float | None = None) -> Known:
    """Look up the scores of a table, as a store does."""

    def known(image_ids: Sequence[str]) -> dict[str, Scored]:
        return {i: Scored(scores[i], seconds) for i in image_ids if i in scores}

    return known


def stage(name: str, depth: int | None, scores: Mapping[str, float]) -> StageScores:
    """Return a stage of a pipeline with these scores."""
    return StageScores(name, MARGIN, depth, known_in(scores))
