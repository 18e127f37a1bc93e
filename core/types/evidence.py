"""Joined evidence: what was fitted, on what, and what it reaches on instances held out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

LabelSource = Literal["corpus", "verdicts"]
LABELS: tuple[LabelSource, ...] = get_args(LabelSource)
"""Where a fit's labels come from: the corpus, or the corpus changed by agreed verdicts."""

_WORDS = {
    "mllm": "model",
    "geometric": "print",
    "kreciprocal": "neighbours",
    "maxsim": "tokens",
}


def term_word(stage: str) -> str:
    """Return a term of joined evidence in a plain word; an import by its name.

    Args:
        stage: As the shares of a `PairScore` name it, `OFFSET` included.
    """
    name, _, option = stage.partition(":")
    return option if name == "import" else _WORDS.get(name, name)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval; no interval where there are too few instances."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class EvidenceTerm:
    """One stage's part in the log-odds.

    `stage` is the stage as a pipeline writes it, without a compression. `weight` is in nats per
    unit of the feature: `log(1 + inliers)` for `geometric`, the score itself for all others; its
    interval is over resampled instances. `scored_by` says which scorer's scores the weight is for;
    what may differ between two machines, such as the number type, is left out.
    """

    stage: str
    weight: Estimate
    scored_by: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FittedOn:
    """The labelled pairs that weights were fitted on: the first `depth` of every query's shortlist.

    `n_left_out` counts pairs that a term could not score; junk is not counted anywhere.
    """

    corpus: str
    labels: str
    depth: int
    n_queries: int
    n_instances: int
    n_pairs: int
    n_matches: int
    n_left_out: int


@dataclass(frozen=True, slots=True)
class HeldOut:
    """What the fit reaches on instances that it was not fitted on, over `n_folds` folds.

    `before` is the descriptor's order. Each AP and R@1 is the mean over queries with its interval
    over instances; `map_gain` is the change of mAP. The calibration errors are over 15 bins of the
    fitted pairs: of the language model's own P(yes), None where no term is one, and of the fit.
    """

    n_folds: int
    map_before: float
    map_after: Estimate
    map_gain: Estimate
    r1_before: float
    r1_after: Estimate
    calibration_before: float | None
    calibration_after: float


@dataclass(frozen=True, slots=True)
class EvidenceFit:
    """Weights that join several stages' scores into log-odds, in nats.

    `fingerprint` hashes all the rest, so that a file changed by hand is noticed. `warnings` are
    sentences that must stand where the fit is offered.
    """

    name: str
    created_at: str
    terms: tuple[EvidenceTerm, ...]
    offset: float
    fitted_on: FittedOn
    held_out: HeldOut
    warnings: tuple[str, ...]
    fingerprint: str = ""
