"""Controlled damage to an image and how a similarity answers to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.types.corpus import Box, Relation
from core.types.scores import MARGIN, ScoreKind

PerturbationName = Literal[
    "contrast",
    "brightness",
    "rotation",
    "scale",
    "background scaling",
    "blur",
    "tiling",
    "noise",
    "clutter",
    "occlusion",
]
PERTURBATION_NAMES: tuple[PerturbationName, ...] = get_args(PerturbationName)
"""The ten, in the order in which combinations are applied."""
Side = Literal["query", "candidate"]
PairKind = Literal["self", "positive"]
BoxSource = Literal["manifest", "drawn", "assumed"]
BreakingReason = Literal["crossed", "never", "below_at_neutral"]


@dataclass(frozen=True, slots=True)
class ObjectBox:
    """The object's box in pixels and where it came from."""

    box: Box
    source: BoxSource


@dataclass(frozen=True, slots=True)
class PerturbationSpec:
    """One of the ten: its unit, its neutral and strongest strengths, its default levels.

    `levels` holds at least 9 strengths in plotting order, the neutral one included.
    `log_axis` says that strengths are plotted and interpolated on a log2 axis.
    """

    name: PerturbationName
    unit: str
    neutral: float
    levels: tuple[float, ...]
    log_axis: bool = False


@dataclass(frozen=True, slots=True)
class Pasted:
    """One cut-out that clutter or occlusion put on the image: from where, to which box (pixels)."""

    image_id: str
    box: Box


@dataclass(frozen=True, slots=True)
class Damage:
    """Which image of which pair is damaged, and over which images a rank is counted.

    `box` None takes the manifest's or assumes one. `n_ranked` is how many of the unperturbed
    shortlist are re-scored on the query side; with `full_depth` it is the whole depth instead.
    `retrieve_again` takes them from a new shortlist of the damaged query at every level.
    """

    side: Side = "query"
    pair: PairKind = "self"
    box: Box | None = None
    seed: int = 0
    n_ranked: int = 20
    full_depth: bool = False
    retrieve_again: bool = False


USUAL_DAMAGE = Damage()
"""What one pair asks for where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Perturbation:
    """What is done to which side of a pair; `strength` is in the perturbation's own unit."""

    name: PerturbationName
    strength: float
    side: Side
    pair: PairKind
    box: ObjectBox
    seed: int


@dataclass(frozen=True, slots=True)
class Breaking:
    """Where a curve first falls under its dashed line, in the perturbation's unit.

    `value` is None unless the reason is `crossed`. For two-sided brightness the crossing nearest
    to neutral counts, and `both` holds the crossing below and above neutral (None where there is
    none); it is empty for one-sided perturbations.
    """

    value: float | None
    reason: BreakingReason
    both: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Rival:
    """The image whose score is followed beside the pair's, level by level.

    It is the undamaged query's highest-scoring negative; where the pair's own candidate is a
    negative, the highest-scoring positive.
    """

    image_id: str
    relation: Relation


@dataclass(frozen=True, slots=True)
class ResponsePoint:
    """One level: margin (see `ScoreKind`), probability, cosine, rank of the pair (1-based).

    `perturbed_negative_margin` is the mean margin of the hard negatives re-scored against the
    perturbed query (query side only), `rival_margin` the rival's score at this level: against the
    perturbed query, or unchanged where the candidate is damaged. None = not computed; `problem`
    says why where it failed. `shares` is what each term of joined evidence adds to the margin.
    """

    strength: float
    margin: float | None
    probability: float | None
    cosine: float | None
    rank: int | None
    perturbed_negative_margin: float | None
    pasted: tuple[Pasted, ...] = ()
    problem: str | None = None
    rival_margin: float | None = None
    shares: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class TermFall:
    """What damage does to one term of joined evidence.

    `change` is its share at the end minus at neutral, in nats; `alone` is where the log-odds would
    fall below the hard negatives if this term alone changed, None where there is nothing to break.
    """

    stage: str
    change: float
    alone: Breaking | None


@dataclass(frozen=True, slots=True)
class TermFalls:
    """The terms from neutral to the strength `until`, in the order of their fit.

    `until` is the breaking strength of the log-odds, or the last level where they do not break.
    `first` is the term that alone would break the pair nearest to neutral; None where none would.
    """

    until: float
    falls: tuple[TermFall, ...]
    first: TermFall | None


@dataclass(frozen=True, slots=True)
class ResponseCurve:
    """One perturbation's answers; the points are in the order of the spec's levels.

    `damage` is what was asked; `box` is the one that was used, and `n_ranked` is how many images
    there were to count a rank over. `hard_negative_margin` and `hard_negative_cosine` are the
    dashed lines: mean score of the query's hard negatives, unperturbed. `kind` says what the
    margins are. `relation` is what the candidate is to the query (None without labels, and for the
    pair `self`), and `lead_lost` where the positive of candidate and rival first falls below the
    negative; None where no rival is known or the curve is not finished. `term_falls` is None where
    nothing is joined or the curve is not finished.
    """

    query_id: str
    candidate_id: str
    spec: PerturbationSpec
    damage: Damage
    box: ObjectBox
    points: tuple[ResponsePoint, ...]
    hard_negative_margin: float | None
    hard_negative_cosine: float | None
    n_ranked: int
    breaking_margin: Breaking | None
    breaking_cosine: Breaking | None
    kind: ScoreKind = MARGIN
    relation: Relation | None = None
    rival: Rival | None = None
    lead_lost: Breaking | None = None
    term_falls: TermFalls | None = None
