"""Orders of database images for one query and what they are worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.types.corpus import ImageRecord, Relation
from core.types.scores import MARGIN, ScoreKind
from core.types.states import State

FailureClass = Literal[
    "missed", "easy", "rescued", "harmed by an intruder", "harmed, demoted", "unmoved"
]
FAILURE_CLASSES: tuple[FailureClass, ...] = get_args(FailureClass)


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """One query's result; APs are AP@k in [0, 1], ranks are 1-based, None = no positive found.

    `ap_margin` is the AP of the last stage's order, before the fusion. `ap_ideals` are, of every
    stage before the last, the APs that an ideal next stage could still make; empty for one stage.
    """

    query_id: str
    instance_id: str | None
    n_positives: int
    ap_before: float
    ap_margin: float
    ap_after: float
    ap_oracle: float
    first_positive_before: int | None
    first_positive_after: int | None
    failure_class: FailureClass
    hard_negative_ids: tuple[str, ...]
    intruder_ids: tuple[str, ...]
    n_unscored: int
    ap_ideals: tuple[float, ...] = ()

    @property
    def cluster(self) -> str:
        """What a bootstrap resamples: the instance, the query itself where it has none."""
        return self.instance_id or self.query_id

    @property
    def delta(self) -> float:
        """AP after minus AP before."""
        return self.ap_after - self.ap_before


@dataclass(frozen=True, slots=True)
class Candidate:
    """One database image in a query's two strips; ranks are 1-based.

    `margin` (in the unit of the view's `ScoreKind`) is None where the pair is not scored (beyond
    the depth, thinned away, not yet, or failed: then `problem` says why), `probability` also where
    the scorer has none. `tie_size` counts the scored candidates of this query that share the
    margin, itself included. `intruder`: a negative above the first positive after. `middle` is the
    score of the last stage before that scored it, in the unit of `middle_kind`, and `is_thinned`
    says that the last stage was not asked about it. `shares` is what each term of joined evidence
    adds to the margin, in nats, as in `PairScore`.
    """

    image_id: str
    relation: Relation
    instance_id: str | None
    cosine: float
    rank_before: int
    rank_after: int
    margin: float | None
    probability: float | None
    tie_size: int
    intruder: bool
    problem: str | None
    middle: float | None = None
    middle_kind: ScoreKind | None = None
    is_thinned: bool = False
    shares: Mapping[str, float] | None = None

    @property
    def movement(self) -> int:
        """Places gained by re-ranking; positive is up."""
        return self.rank_before - self.rank_after


@dataclass(frozen=True, slots=True)
class StageStep:
    """What one stage did to one query's order, and what that cost.

    Of `n_pairs` pairs that it was asked for, `n_pending` are still to be scored and `n_failed`
    cannot be. `ranks` are the 1-based ranks that it left of the view's `moved`, by image_id, and
    `n_up` and `n_down` of them gained or lost places. A stage without a single score left no order:
    then `ranks` is empty, and `problem` says why, or is empty while its pairs are pending. `ap` is
    None where there is no order, no ground truth or no positive, and while pairs are pending;
    `n_calls`, `n_tokens` and `seconds` are those of `StageUse`.
    """

    stage: str
    kind: ScoreKind
    depth: int
    n_pairs: int
    n_pending: int
    n_failed: int
    n_up: int
    n_down: int
    ranks: Mapping[str, int]
    ap: float | None
    n_calls: int
    n_tokens: float | None
    seconds: float | None
    problem: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether it left no order."""
        return not self.ranks


@dataclass(frozen=True, slots=True)
class QueryView:
    """Everything the Queries screen shows about one query.

    `before` and `after` hold the same candidates in the two orders, as many as were asked for.
    `moved` are the candidates of the first `depth` in before order, for the rank flow.
    `outcome` is None without ground truth or while `n_pending` pairs are still to be scored.
    `exact` is False when the index is approximate. `kind` says what the margins are. `stages` are
    the bench's own in order; empty where another scorer re-ranked.
    """

    query: ImageRecord
    before: tuple[Candidate, ...]
    after: tuple[Candidate, ...]
    moved: tuple[Candidate, ...]
    depth: int
    lam: float
    gamma: float
    n_shortlist: int
    n_positives: int | None
    n_pending: int
    n_unscored: int
    outcome: QueryOutcome | None
    exact: bool
    kind: ScoreKind = MARGIN
    stages: tuple[StageStep, ...] = ()

    @property
    def n_pairs(self) -> int:
        """How many pairs the last stage scored or is still to come to score."""
        return sum(candidate.margin is not None for candidate in self.moved) + self.n_unscored


@dataclass(frozen=True, slots=True)
class QueryChange:
    """What re-ranking did to one query, with the first cards of its two strips."""

    outcome: QueryOutcome
    view: QueryView


@dataclass(frozen=True, slots=True)
class QueryRow:
    """One line of the query list.

    `outcome` is None where the query is not evaluated, and `state` says why, and whether it will
    be. `name` is the file name that an upload came with, empty for a query of the corpus. `text` is
    what a composed query says.
    """

    query_id: str
    instance_id: str | None
    uploaded: bool
    problem: str | None
    outcome: QueryOutcome | None
    state: State
    name: str = ""
    text: str = ""
