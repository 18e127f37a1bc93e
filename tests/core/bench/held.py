"""A scorer that a test can hold."""

import threading
from dataclasses import dataclass, field

from tests.core.bench.waiting import SECONDS
from tests.core.stand_ins import ColourScorer


@dataclass
class Held(ColourScorer):
    """Scores `free` batches, then sets `waits` and goes on once `may_score` is set."""

    free: int = 0
    may_score: threading.Event = field(default_factory=threading.Event)
    waits: threading.Event = field(default_factory=threading.Event)

    def score(self, query_tokens, candidates, mass_first=8):
        for batch in super().score(query_tokens, candidates, mass_first):
            self.free -= 1
            if self.free < 0:
                self.waits.set()
                assert self.may_score.wait(SECONDS)
            yield batch
