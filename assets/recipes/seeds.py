"""Declare which seeds belong to which use, so that no instance is both trained on and shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeedRange:
    """Half-open range of instance seeds reserved for one use."""

    name: str
    start: int
    stop: int

    def seed(self, offset: int) -> int:
        """Return the seed at `offset`, refusing to leave the range."""
        value = self.start + offset
        if not self.start <= value < self.stop:
            message = (
                f"seed offset {offset} leaves the range {self.name} [{self.start}, {self.stop})"
            )
            raise ValueError(message)
        return value

    def __contains__(self, seed: int) -> bool:
        return self.start <= seed < self.stop


DEMO = SeedRange("demo", 1_000_000, 1_010_000)
DEMO_DISTRACTORS = SeedRange("demo distractors", 1_010_000, 1_020_000)
CLUTTER = SeedRange("clutter of training views", 2_000_000, 2_100_000)
HELD_OUT = SeedRange("held out", 3_000_000, 3_100_000)
TRAINING = SeedRange("training", 10_000_000, 1_000_000_000)
ALL_RANGES = (DEMO, DEMO_DISTRACTORS, CLUTTER, HELD_OUT, TRAINING)
SEEDS_PER_GROUP = 16
"""Each group of look-alike siblings owns this many consecutive seeds."""
