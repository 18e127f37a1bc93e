"""What people say about pairs of a query and a database image."""

from dataclasses import dataclass
from typing import Literal, get_args

from core.types.corpus import Relation
from core.types.scores import MARGIN, ScoreKind

Verdict = Literal["match", "no match", "unsure", "near duplicate", "label error"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""The five, in the order of the keys 1 to 5."""
ChangeOp = Literal["verdict", "tags", "note"]
CHANGE_OPS: tuple[ChangeOp, ...] = get_args(ChangeOp)
EventOp = Literal["verdict", "tags", "note", "undo", "redo", "import"]
QueueKind = Literal[
    "hard", "suspect", "class", "slice", "selection", "query", "disputed", "set",
    "disagreement", "duplicates", "background", "unlike",
]  # fmt: skip
QUEUE_KINDS: tuple[QueueKind, ...] = get_args(QueueKind)
MINED_KINDS: tuple[QueueKind, ...] = ("disagreement", "duplicates", "background")
"""Those that look across all evaluated queries (see `core.annotation.mining`)."""
SuspectKind = Literal["positive", "unclaimed", "swap"]
"""A positive that others claim; a negative positive to nobody; a negative of another instance."""


@dataclass(frozen=True, slots=True)
class Content:
    """What one author says about one pair; everything empty = nothing said."""

    verdict: Verdict | None = None
    tags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Annotation:
    """One author's current word on one pair.

    `version` counts the changes of this author's word on this pair, undo and redo included; 0 =
    never touched. `id` is the event that made it so, None at version 0. `updated_at` is UTC.
    """

    author: str
    query_id: str
    image_id: str
    content: Content = Content()
    version: int = 0
    id: int | None = None
    updated_at: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One asked-for change of one pair.

    `action_id` is the caller's own name of the action: one that is sent again is done once.
    `value` is a verdict or None, a tuple of tags, or a note. `expected` is the version at which
    the author saw the pair.
    """

    action_id: str
    author: str
    query_id: str
    image_id: str
    op: ChangeOp
    value: str | tuple[str, ...] | None
    expected: int


@dataclass(frozen=True, slots=True)
class Step:
    """The answer to an action that is on disk.

    `undoable` and `redoable` are the events that the author's next undo and redo would take,
    None where there is none.
    """

    annotation: Annotation
    undoable: int | None
    redoable: int | None


@dataclass(frozen=True, slots=True)
class AnnotationEvent:
    """One line of the log; ids grow, and nothing is ever changed or removed.

    `target` is the event that an undo or redo refers to; `imported_by` is who imported it.
    """

    id: int
    action_id: str
    created_at: str
    author: str
    query_id: str
    image_id: str
    op: EventOp
    before: Content
    after: Content
    version: int
    target: int | None
    imported_by: str | None


@dataclass(frozen=True, slots=True)
class QueueSpec:
    """Which pairs are to be judged, and in which order.

    `name` is the failure class, the slice as `attribute=value`, the query id, or the set of queries
    as the address names it (`map:ID`, `grid:corpus:1,4`; see `QuerySlice`), or the two scorers of a
    disagreement (`own vs descriptor`), or two descriptors of which the first finds a pair alike
    (`mllm but not import:colours`); else empty.
    """

    kind: QueueKind
    name: str = ""


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One pair to judge and why it is in the queue; ranks 1-based, None = not had.

    `margin` is in the unit of the queue's `ScoreKind`, and so is `suspicion`, which suspect labels
    are sorted by. `suspect` is what kind of label it is (see `core.annotation.suspects`); both are
    None in other queues.
    """

    query_id: str
    image_id: str
    relation: Relation
    reason: str
    rank_before: int | None = None
    rank_after: int | None = None
    margin: float | None = None
    suspicion: float | None = None
    suspect: SuspectKind | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """An ordered list of pairs; `token` names exactly this list for as long as it is kept.

    `n_found` exceeds the number of items where the list was cut. `n_evaluated` of `n_queries`
    queries were scored when it was made. `rule` says how its pairs were chosen, where the kind
    alone does not. `score_kind` is that of the items' margins, in whose unit suspicions are too.
    """

    spec: QueueSpec
    token: str
    items: tuple[QueueItem, ...]
    n_found: int
    n_evaluated: int
    n_queries: int
    rule: str = ""
    score_kind: ScoreKind = MARGIN


@dataclass(frozen=True, slots=True)
class QueueWindow:
    """Some of a queue's pairs with one author's words on them.

    `start` is the place (0-based) of the first item, `at` that of the pair to show. `n_judged` of
    all items have this author's verdict.
    """

    queue: Queue
    start: int
    at: int
    items: tuple[tuple[QueueItem, Annotation], ...]
    n_judged: int
    undoable: int | None
    redoable: int | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two authors agree on the `n` pairs on which both gave a verdict.

    `share` is the raw share of equal verdicts, `kappa` Cohen's; None = not defined. `table[i][j]`
    counts the pairs with verdict i of `first` and j of `second`, in the order of `VERDICTS`.
    """

    first: str
    second: str
    n: int
    share: float | None
    kappa: float | None
    table: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class LabelChange:
    """One pair whose label the verdicts change."""

    query_id: str
    image_id: str
    old: Relation
    new: Relation


@dataclass(frozen=True, slots=True)
class Relabelling:
    """What the verdicts of one author, or of all who agree, do to the ground truth.

    Of `n_judged` pairs with a verdict: `changes` change the label, `n_confirmed` confirm it,
    `n_unsure` leave it open, `n_disputed` have authors who differ, `n_unclear` call a label wrong
    that has no opposite (junk, unlabelled), `n_unknown` are not in this corpus.
    """

    author: str | None
    n_judged: int
    n_confirmed: int
    n_unsure: int
    n_disputed: int
    n_unclear: int
    n_unknown: int
    changes: tuple[LabelChange, ...]


@dataclass(frozen=True, slots=True)
class RelabellingEffect:
    """mAP@k in [0, 1] under the ground truth as filed and with the verdicts applied.

    None = not computed: no query evaluated, no positive, or withheld because of unscored pairs.
    `n_unscored_queries` have positives only with the verdicts and no scores yet.
    """

    relabelling: Relabelling
    k: int
    n_filed: int
    map_before_filed: float | None
    map_after_filed: float | None
    n_relabelled: int
    map_before_relabelled: float | None
    map_after_relabelled: float | None
    n_unscored_queries: int
