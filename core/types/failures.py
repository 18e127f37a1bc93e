"""Where AP is lost: ledger, groups of positives, slices that are worse than the rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.types.rankings import FailureClass

RETRIEVAL, RERANKER, FUSION = "retrieval", "re-ranker", "fusion"
GroupBounds = Literal["corpus", "ilias"]
GROUP_BOUNDS: tuple[GroupBounds, ...] = get_args(GroupBounds)
"""Quartiles of this corpus's positives, or those that ILIAS publishes for its own."""
Measure = Literal["coverage", "clutter"]
MEASURES: tuple[Measure, ...] = get_args(Measure)
MeasureSource = Literal["manifest", "mask", "box", "estimate"]
QuerySliceKind = Literal["lost", "tag", "grid", "change", "map", "tipped"]
QUERY_SLICE_KINDS: tuple[QuerySliceKind, ...] = get_args(QuerySliceKind)


def ledger_parts(n_stages: int) -> tuple[str, ...]:
    """Return the names of a ledger's parts in order: one stage is the re-ranker."""
    stages = [f"stage {place}" for place in range(1, n_stages + 1)] if n_stages > 1 else [RERANKER]
    return (RETRIEVAL, *stages, FUSION)


@dataclass(frozen=True, slots=True)
class Ledger:
    """How 1 splits into the AP that is there and the AP that each part lost.

    `kept + retrieval + sum(stages) + fusion == 1`; stages and fusion are signed: below 0 they
    gained AP. Of one query, or the means over `n` queries.
    """

    n: int
    kept: float
    retrieval: float
    stages: tuple[float, ...]
    fusion: float

    @property
    def reranker(self) -> float:
        """AP that all stages lost together."""
        return sum(self.stages)


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One of `ledger_parts`: mean AP lost, and by how many queries (more than 1e-9).

    `stage` is what the stage is called in the pipeline, where the part is one of several.
    """

    part: str
    lost: float
    n_losing: int
    n_gaining: int
    stage: str = ""


@dataclass(frozen=True, slots=True)
class QuerySlice:
    """A set of queries, as the address names it (`kind:name`).

    `lost`: a part of the ledger takes AP from them. `tag`: `attribute=value` of the query. `grid`:
    `bounds:i,j`, queries with a positive in coverage quarter i and clutter quarter j (1 to 4, or
    `*`). `change`: `name=group`, queries with a positive in that group of appearance change.
    `map`: the id of a stored selection on the descriptor map. `tipped`: a term of joined evidence
    that put an intruder before the best positive.
    """

    kind: QuerySliceKind
    name: str


@dataclass(frozen=True, slots=True)
class GroupMean:
    """mAP@k of the positives of one group, the other groups' positives removed from the lists.

    `n_queries` have a positive in the group, the others are skipped; `n_positives` counts (query,
    positive) pairs. None = no query, or withheld.
    """

    label: str
    n_queries: int
    n_positives: int
    map_before: float | None
    map_after: float | None


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """Where a measure's numbers come from: images per source, of `n` positives in all.

    `bounds` are the three inner limits of the quarters, group [low, high), None without numbers.
    """

    measure: Measure
    unit: str
    n: int
    sources: Mapping[MeasureSource, int]
    bounds: tuple[float, float, float] | None

    @property
    def n_known(self) -> int:
        """Positives with a number."""
        return sum(self.sources.values())


@dataclass(frozen=True, slots=True)
class Grid:
    """Coverage (rows, smallest first) by clutter (columns, least first).

    `cells` is 4 x 4, None where one of the measures is not known for any positive; `coverage` and
    `clutter` are the marginals, empty where the measure is not known.
    """

    bounds: GroupBounds
    facts: tuple[MeasureFacts, MeasureFacts]
    cells: tuple[tuple[GroupMean, ...], ...] | None
    coverage: tuple[GroupMean, ...]
    clutter: tuple[GroupMean, ...]


@dataclass(frozen=True, slots=True)
class AppearanceChange:
    """Groups of (query, positive) pairs by how one attribute differs between the two."""

    name: str
    unit: str
    groups: tuple[GroupMean, ...]
    n_pairs: int
    n_unknown: int


@dataclass(frozen=True, slots=True)
class SliceFinding:
    """A slice held against all other queries.

    `effect` is mean AP after of its `n` queries minus that of the `n_rest` others. `p_value` and
    `bound`, the most that the effect can be at the search's level, come from the same shuffles and
    are corrected for all slices that were tried: `bound` < 0 exactly where p <= `level`.
    """

    attribute: str
    value: str
    n: int
    n_rest: int
    map_after: float
    effect: float
    bound: float | None
    p_value: float


@dataclass(frozen=True, slots=True)
class SliceSearch:
    """Every slice that was tried, worst first; findings are those with p <= `level`."""

    tried: tuple[SliceFinding, ...]
    level: float
    n_queries: int
    min_size: int

    @property
    def findings(self) -> tuple[SliceFinding, ...]:
        """The slices that are worse than chance allows."""
        return tuple(one for one in self.tried if one.p_value <= self.level)


@dataclass(frozen=True, slots=True)
class Tipped:
    """The term of joined evidence that put an intruder before a query's best positive.

    `nats` is by how much the intruder's share exceeds the positive's; no other term's does by more.
    """

    query_id: str
    image_id: str
    positive_id: str
    term: str
    nats: float


@dataclass(frozen=True, slots=True)
class TippedTerm:
    """How many intruders a term put first, of how many queries; `worst` has them by nats."""

    term: str
    n_intruders: int
    n_queries: int
    worst: tuple[Tipped, ...]


@dataclass(frozen=True, slots=True)
class FailureReport:
    """What the Failures screen shows; `withheld` says that too many pairs are unscored.

    `n_to_measure` positives have no coverage or clutter in the manifest or from a box, and no
    picture of theirs was measured yet. `tipped` has an entry per term of joined evidence, empty
    where nothing is joined; `n_intruders` are those of all evaluated queries.
    """

    n_evaluated: int
    n_queries: int
    withheld: bool
    ledger: Ledger | None
    lines: tuple[LedgerLine, ...]
    classes: Mapping[FailureClass, int]
    grid: Grid | None
    changes: tuple[AppearanceChange, ...]
    slices: SliceSearch | None
    n_to_measure: int
    tipped: tuple[TippedTerm, ...] = ()
    n_intruders: int = 0
