"""Models of colours that take their time, for pages that watch a bench at work."""

import threading
import time
from dataclasses import dataclass, field

from tests.core.stand_ins import ColourScorer, ColourTower

GATE_S = 60.0  # after which a test gives up


@dataclass
class SlowScorer(ColourScorer):
    """Takes `pace_s` seconds for every batch of two pairs after the first `free` ones.

    A test may change the pace.
    """

    pace_s: float = 0.0
    free: int = 0

    def score(self, query_tokens, candidates, mass_first=8):
        for batch in super().score(query_tokens, candidates, mass_first):
            self.free -= 1
            time.sleep(self.pace_s if self.free < 0 else 0.0)
            yield batch


@dataclass
class GatedTower(ColourTower):
    """Encodes nothing until `may_encode` is set."""

    may_encode: threading.Event = field(default_factory=threading.Event)

    def encode(self, images):
        assert self.may_encode.wait(GATE_S)
        return super().encode(images)
