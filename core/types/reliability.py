"""Whether a stated probability is found: of pairs that are said to match, how many do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Pairs of like probability: how many, their mean probability, and the share of matches."""

    n: int
    said: float
    found: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """A probability held against the ground truth, over `n` pairs of `n_queries` queries.

    `name` is what the probability is called, `bins` are those of 15 over [0, 1] that hold a pair,
    `error` is the expected calibration error. `held_out` is the error on instances held out where
    the probability was fitted on this corpus, so that `error` flatters it; else None.
    """

    name: str
    bins: tuple[ReliabilityBin, ...]
    error: float
    n: int
    n_matches: int
    n_queries: int
    held_out: float | None = None
