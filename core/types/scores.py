"""What models say about images and pairs; arrays are read-only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Shortlist:
    """First-stage order of one query: (S,) float32 cosines, non-increasing; ties by row."""

    query_id: str
    image_ids: tuple[str, ...]
    cosines: NDArray[np.float32]
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class VisualTokens:
    """Vision encoder + merger output of one image.

    `tokens` is (T, C) in the tower's own dtype; bfloat16, which numpy lacks, is held as its
    uint16 bit pattern and named by `dtype`. `positions` is (T, 2) int16, row and column in the
    full grid; `grid` is that grid (h, w) in tokens; `full_count` is the number of tokens before
    any pruning: h * w, and one more where a token ends the image (row h, column 0). `extra` is
    (L, T, C) like `tokens`: what some families add inside the language model, None elsewhere.
    `text` is what a composed query says beside this image, empty everywhere else.
    """

    tokens: NDArray[np.generic]
    dtype: str
    positions: NDArray[np.int16]
    grid: tuple[int, int]
    full_count: int
    extra: NDArray[np.generic] | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """What the second stage's score is called, and what may be said of it.

    Wherever a field is named margin, it holds the score that orders: the MLLM's margin in nats, or
    the score of the scorer chosen in its place, in this `unit`. `meaning` is one sentence.
    `probability` is what the sigmoid of a log-odds is called; every other kind has none: empty.
    `is_order` says that the number only counts places of an order that holds for one list: it is
    neither fused nor swept.
    """

    name: str
    unit: str
    meaning: str
    probability: str = ""
    is_order: bool = False

    @property
    def has_probability(self) -> bool:
        """Whether the score is a log-odds, so that it has a probability."""
        return bool(self.probability)

    @property
    def is_margin(self) -> bool:
        """Whether it is the MLLM's margin."""
        return self.probability == P_YES


P_YES = "P(yes)"
"""The MLLM's own probability, which is not calibrated."""
MARGIN = ScoreKind(
    "margin", "nats", "logit of yes minus logit of no; its sigmoid is the probability", P_YES
)
MAXSIM = ScoreKind(
    "MaxSim",
    "cosine",
    "mean over the query's visual tokens of the best cosine among the candidate's; "
    "no probability and no model call",
)
GEOMETRIC = ScoreKind(
    "geometric",
    "inliers",
    "RootSIFT matches that agree on one homography; no probability and no model call",
)
RECIPROCAL = ScoreKind(
    "k-reciprocal",
    "similarity",
    "1 minus the k-reciprocal distance over the query and its nearest images; no probability and "
    "no model call",
)

SUPERGLOBAL = ScoreKind(
    "SuperGlobal",
    "cosine",
    "mean cosine of the query and of its best candidates to a candidate refined by its neighbours; "
    "no probability and no model call",
)
AQE = ScoreKind(
    "alpha-QE",
    "cosine",
    "cosine to the query expanded by its nearest images; no probability and no model call",
)
DBA = ScoreKind(
    "alpha-DBA",
    "cosine",
    "cosine of the query to a candidate joined by its own nearest images; no probability and no "
    "model call",
)
DIFFUSION = ScoreKind(
    "diffusion",
    "similarity",
    "how much of the query's similarity reaches a candidate over images that name each other as "
    "near; no probability and no model call",
)

FEEDBACK = ScoreKind(
    "feedback",
    "cosine",
    "cosine to the query expanded by what the stage before put first; no probability and no model "
    "call",
)

SET = ScoreKind(
    "set",
    "nats",
    "mean log-probability of the candidate's number as the next token, among the candidates that "
    "it was shown with; no probability of a pair",
)


def order_kind(name: str) -> ScoreKind:
    """Return the kind of an order that a model wrote, as places counted from the end."""
    return ScoreKind(
        name,
        "places from the end",
        "how many candidates stand behind this one in the order that the model wrote; no score of "
        "a pair and no probability",
        is_order=True,
    )


def evidence_kind(stage: str) -> ScoreKind:
    """Return the kind of log-odds that a fit joins; `stage` is as a pipeline writes it."""
    return ScoreKind(
        "evidence",
        "nats",
        "log-odds that both show the same instance, joined from several stages' scores by weights "
        "fitted on labelled pairs; its sigmoid is a calibrated probability",
        f"calibrated probability ({stage})",
    )


def imported_kind(name: str) -> ScoreKind:
    """Return the kind of scores that were made elsewhere and imported under a name."""
    return ScoreKind(
        name, "as imported", f"imported scores '{name}', as they were made; no probability"
    )


def python_kind(name: str, unit: str) -> ScoreKind:
    """Return the kind of a user's own scores, by what the plug-in says of itself."""
    return ScoreKind(name, unit or "as scored", f"scores of plug-in '{name}'; no probability")


@dataclass(frozen=True, slots=True)
class PlainScore:
    """One pair's score by a scorer that gives no logits: higher is better, finite.

    `seconds` is computing time, None where it is not known.
    """

    score: float
    seconds: float | None


@dataclass(frozen=True, slots=True)
class PairLogits:
    """One pair's answer by an MLLM, logits in nats.

    `answer_mass` is the probability in [0, 1] of all accepted yes and no variants, None where it
    was not computed or is not told. `seconds` is this pair's share of the computing time, or of
    the waiting for a server, so that a query's seconds add up to what it took.
    """

    logit_yes: float
    logit_no: float
    answer_mass: float | None
    seconds: float

    @property
    def margin(self) -> float:
        """Logit of yes minus logit of no, in nats."""
        return self.logit_yes - self.logit_no


@dataclass(frozen=True, slots=True)
class PairScore:
    """One pair's score: of the MLLM, logits in nats from two fp32 rows of the head.

    `margin` is what orders, in the unit of the scorer's `ScoreKind`; logits and probability are
    None where the scorer has none. `answer_mass` is the total probability of all accepted yes/no
    variants, or None where it was not computed. `seconds` is computing time, None where it is not
    known; a cached score keeps the time it once took. `shares` is what each term of joined evidence
    adds, in nats, by term and `OFFSET`, and the margin their sum; None where nothing is joined.
    """

    query_id: str
    image_id: str
    logit_yes: float | None
    logit_no: float | None
    margin: float
    probability: float | None
    answer_mass: float | None
    receipt_id: str
    seconds: float | None
    shares: Mapping[str, float] | None = None


OFFSET = "offset"
"""The share of no term: what is believed of a pair before anything is seen of it."""


@dataclass(frozen=True, slots=True)
class Unscored:
    """What a scorer says instead of a score, such as a server's fault; `reason` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class FailedPair:
    """A pair without a score, with the reason; it keeps its place in every ranking."""

    query_id: str
    image_id: str
    reason: str


def sigmoid(margin: float) -> float:
    """Return the probability of a log-odds in nats, without overflow."""
    if margin >= 0:
        return 1.0 / (1.0 + math.exp(-margin))
    return math.exp(margin) / (1.0 + math.exp(margin))
