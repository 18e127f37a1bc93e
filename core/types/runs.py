"""Evaluations, where their numbers come from, and the state of long work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.types.benchmarks import ProtocolNumbers
from core.types.rankings import FailureClass, QueryOutcome

SettingValue = str | int | float | bool | list[int]
JobState = Literal["idle", "running", "done", "cancelled", "failed"]


@dataclass(frozen=True, slots=True)
class Receipt:
    """Every number's origin, as flat text fields in a fixed order (see `core.fingerprint`)."""

    receipt_id: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap percentile interval, low <= high, in the unit of the value that it is of.

    `level` is its confidence level: 0.95 = a 95 % interval.
    """

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class MetricChange:
    """One metric before and after re-ranking, as means over the same `n` queries.

    `change` is after minus before; `after`, `change`, `n_better` and `n_worse` are None where the
    numbers after are withheld. `interval` is of the change, at its level for this metric alone, and
    `p` two-sided, both from the paired bootstrap over `n_instances` instances; `p_corrected` is
    corrected for all metrics that were tested together. The three are None where nothing was
    tested, as with one instance. `n_better` and `n_worse` count the queries whose own value rose
    and fell.
    """

    name: str
    before: float
    after: float | None
    change: float | None
    interval: Interval | None
    p: float | None
    p_corrected: float | None
    n: int
    n_instances: int
    n_better: int | None
    n_worse: int | None


@dataclass(frozen=True, slots=True)
class SliceResult:
    """Mean AP@k of the queries with one value of one attribute."""

    n: int
    map_before: float
    map_after: float | None


@dataclass(frozen=True, slots=True)
class StageUse:
    """What one stage of the pipeline costs for one query, in the mean.

    Of the `n_pairs` pairs that it is asked to score, `n_unscored` have no score, and `n_calls`
    take a call of the language model. `n_tokens` counts the candidates' stored visual tokens that
    it reads. `seconds` is computing time, never cache reads. None = not known, or the stage reads
    no tokens.
    """

    stage: str
    n_pairs: float
    n_unscored: float
    n_calls: float
    n_tokens: float | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class StageMean:
    """mAP@k of one of the orders that a pipeline makes, over `n` queries; None = withheld.

    `order` is `before`, a stage as the pipeline writes it, or `fusion`.
    """

    order: str
    map_at_k: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Summary:
    """Means over queries with at least one positive; None = withheld or not computed.

    All after re-ranking is withheld when more than 1 % of the pairs are unscored.
    `changes` has an entry per reported metric, mAP first and R@1 second: its value before and
    after re-ranking, and the interval and p of the difference.
    `seconds_per_query` is computing time, never cache reads. `n_evaluated` of `n_queries` are in
    the means; they differ while an evaluation is still running.
    """

    n_queries: int
    n_evaluated: int
    n_database: int
    n_skipped: int
    n_unscored: int
    n_pairs: int
    cached_pairs: int
    shortlist: int
    depth: int
    k: int
    lam: float
    gamma: float
    metric: str
    map_before: float
    map_margin: float | None
    map_after: float | None
    map_oracle: float
    map_before_ci: Interval | None
    map_after_ci: Interval | None
    changes: tuple[MetricChange, ...]
    classes: Mapping[FailureClass, int]
    by: Mapping[str, Mapping[str, SliceResult]]
    seconds_per_query: float | None
    bytes_per_image: float
    stages: tuple[StageUse, ...] = ()

    @property
    def map_change(self) -> MetricChange:
        """The change of mAP."""
        return self.changes[0]

    @property
    def r1_change(self) -> MetricChange:
        """The change of R@1."""
        return self.changes[1]

    @property
    def r1_before(self) -> float:
        """R@1 of the shortlist's order."""
        return self.r1_change.before

    @property
    def r1_after(self) -> float | None:
        """R@1 after re-ranking."""
        return self.r1_change.after

    @property
    def delta_map(self) -> float | None:
        """MAP after minus mAP before; None where the mAP after is withheld."""
        return self.map_change.change

    @property
    def delta_ci(self) -> Interval | None:
        """The bootstrap interval of `delta_map`."""
        return self.map_change.interval


@dataclass(frozen=True, slots=True)
class RunReport:
    """One finished evaluation.

    `settings` are the dotted settings that evaluate the same again, secrets left out, and defaults
    but for depth, lam and gamma; None where a report was written before they were kept.
    `chosen_by_looking`: depth, lam or gamma was set on the screen, beside the numbers, so that p is
    not corrected for the choice. `protocol` holds the published numbers of the benchmark: None for
    any other corpus, and for reports from before they were measured.
    """

    run_id: str
    created_at: str
    receipt: Receipt
    summary: Summary
    outcomes: tuple[QueryOutcome, ...]
    settings: Mapping[str, SettingValue] | None = None
    chosen_by_looking: bool = False
    protocol: ProtocolNumbers | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of long work: `done` of `total` `unit`s in the stage named by `stage`."""

    stage: str
    done: int
    total: int
    unit: str


@dataclass(frozen=True, slots=True)
class JobStatus:
    """A snapshot of long work for a progress bar; `seconds_left` is None until it can be told."""

    state: JobState
    stage: str
    done: int
    total: int
    unit: str
    seconds: float
    seconds_left: float | None
    error: str | None
