"""Why a number is there or missing: one word per reason, and a sentence where it is missing."""

from dataclasses import dataclass
from typing import Literal

StateName = Literal[
    "scored",
    "partly scored",
    "waiting",
    "stopped",
    "not started",
    "no positive",
    "not labelled",
    "unreadable",
]
NO_LABELS = (
    "This corpus has no ground truth, so there is no AP and no failure class. Rankings, scores "
    "and uploads work; a manifest.csv with instances, or a relevance.csv, adds the metrics."
)


@dataclass(frozen=True, slots=True)
class State:
    """How the numbers of one query, or of a whole bench, stand.

    Args:
        name: `waiting` only while work that brings more is planned or runs; `stopped` where it
            ended before its end; `partly scored` where pairs are left without a score; the last
            three say why there will never be a number.
        text: A sentence for the place of the number; empty for a scored query.
    """

    name: StateName
    text: str

    @property
    def is_measurable(self) -> bool:
        """Whether there are numbers, or can be."""
        return self.name not in ("no positive", "not labelled", "unreadable")

    @property
    def is_complete(self) -> bool:
        """Whether every number is there."""
        return self.name == "scored"
