"""The order of one query's candidates, as every stage of a pipeline left it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.types.scores import ScoreKind, Shortlist


@dataclass(frozen=True, slots=True)
class Fusion:
    """What re-sorts stored scores: how many candidates, and how cosine and score are joined.

    `depth` is how many of the shortlist the first stage re-orders, `lam` the weight of the cosine
    in [0, 1], `gamma` the slope of the sigmoid per unit of the score.
    """

    depth: int
    lam: float
    gamma: float


@dataclass(frozen=True, slots=True)
class AnswerTally:
    """How many answers a model gave about several candidates, and how many were not as asked for.

    `nothing` counts answers that named no candidate, which leave their block as it was; `missing`,
    `outside` and `repeated` those in which a number was. Of answers that are no text none counts.
    """

    answers: int = 0
    nothing: int = 0
    missing: int = 0
    outside: int = 0
    repeated: int = 0

    def plus(self, other: "AnswerTally") -> "AnswerTally":
        """Return both together."""
        return AnswerTally(
            self.answers + other.answers,
            self.nothing + other.nothing,
            self.missing + other.missing,
            self.outside + other.outside,
            self.repeated + other.repeated,
        )


@dataclass(frozen=True, slots=True, eq=False)
class StageOrder:
    """One stage's order: its first `depth` places re-ordered, the tail as it was.

    `image_ids` is the whole order, best first. `scores` holds the scores of the candidates that
    the stage was given and could score, higher is better, in the unit of `kind`; `unscored` the
    others of its first `depth`, which keep their places. `seconds` is the computing time of the
    scores, None where it is not known. `shares` are what each term of joined evidence adds to the
    scores, as in `PairScore`; empty where nothing is joined.
    """

    stage: str
    kind: ScoreKind
    depth: int
    image_ids: tuple[str, ...]
    scores: Mapping[str, float]
    unscored: tuple[str, ...]
    seconds: float | None
    shares: Mapping[str, Mapping[str, float]] = field(
        default_factory=dict[str, Mapping[str, float]]
    )

    @property
    def asked(self) -> tuple[str, ...]:
        """The candidates that the stage was asked to score."""
        return (*self.scores, *self.unscored)

    @property
    def n_asked(self) -> int:
        """How many pairs the stage was asked to score."""
        return len(self.scores) + len(self.unscored)


@dataclass(frozen=True, slots=True, eq=False)
class Order:
    """One query's candidates before, after every stage, and after the fusion.

    `after` is the last stage's order with the cosine fused into its scores; with lam 0 it is that
    order. There is at least one stage.
    """

    query_id: str
    before: Shortlist
    stages: tuple[StageOrder, ...]
    fusion: Fusion
    after: tuple[str, ...]

    @property
    def last(self) -> StageOrder:
        """The stage whose scores order the first places."""
        return self.stages[-1]

    @property
    def head(self) -> tuple[str, ...]:
        """The candidates that a stage was given, in shortlist order."""
        return self.before.image_ids[: max(stage.depth for stage in self.stages)]

    @property
    def pending(self) -> tuple[str, ...]:
        """The candidates that a stage asked for and that have no score there, each once."""
        return tuple(dict.fromkeys(i for stage in self.stages for i in stage.unscored))

    @property
    def unscored(self) -> tuple[str, ...]:
        """The pending candidates that have no score of the last stage either."""
        return tuple(i for i in self.pending if i not in self.last.scores)

    @property
    def n_unscored(self) -> int:
        """How many candidates a stage could not score, without those that the last one did."""
        return len(self.unscored)

    @property
    def n_pairs(self) -> int:
        """How many candidates the last stage scored or should have come to score."""
        return len(self.last.scores) + self.n_unscored
