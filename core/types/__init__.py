"""Frozen dataclasses that cross a border of the house; numpy and the standard library only."""

from core.types.corpus import Box, Corpus, ImageRecord, Relation, Relevance, Role
from core.types.rankings import (
    FAILURE_CLASSES,
    Candidate,
    FailureClass,
    QueryOutcome,
    QueryRow,
    QueryView,
    Ranking,
    Stage,
)
from core.types.runs import (
    Interval,
    JobState,
    JobStatus,
    Progress,
    Receipt,
    RunReport,
    SliceResult,
    Summary,
)
from core.types.scores import Descriptors, FailedPair, PairScore, Shortlist, VisualTokens

__all__ = [
    "FAILURE_CLASSES",
    "Box",
    "Candidate",
    "Corpus",
    "Descriptors",
    "FailedPair",
    "FailureClass",
    "ImageRecord",
    "Interval",
    "JobState",
    "JobStatus",
    "PairScore",
    "Progress",
    "QueryOutcome",
    "QueryRow",
    "QueryView",
    "Ranking",
    "Receipt",
    "Relation",
    "Relevance",
    "Role",
    "RunReport",
    "Shortlist",
    "SliceResult",
    "Stage",
    "Summary",
    "VisualTokens",
]
