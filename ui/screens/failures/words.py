"""The Failures screen's words: parts of the ledger, groups, suspicions, what the map draws."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.types.annotation import Queue, QueueItem, SuspectKind
from core.types.confidence import COMBINED, ConfidenceReport, ConfidenceSignal, FirstOf, Trusted
from core.types.evidence import term_word
from core.types.failures import (
    GROUP_BOUNDS,
    FailureReport,
    GroupBounds,
    LedgerLine,
    MeasureFacts,
    MeasureSource,
    QuerySlice,
    SliceFinding,
    SliceSearch,
    Tipped,
    TippedTerm,
)
from core.types.maps import PROJECTIONS, DescriptorMap, Projection, SelectionMeans
from core.types.number_text import MISSING, ap_text, p_text, signed
from core.types.scores import MARGIN
from ui import messages
from ui.address_values import slice_text as slice_text
from ui.screens.failures.parts_words import parts_button as parts_button
from ui.screens.failures.parts_words import parts_rows as parts_rows
from ui.screens.failures.parts_words import parts_shares as parts_shares
from ui.screens.failures.parts_words import parts_text as parts_text
from ui.shared.slice_words import slice_words as slice_words
from ui.shared.terms import colour_of
from ui.shared.text import file_name

PRECISION = 0.95
"""Share of trusted first results that should be right, from which thresholds are told."""
FIRSTS = (("after", "After re-ranking"), ("before", "Before"))
N_SLICES, N_SUSPECTS, N_TIPPED = 8, 6, 6
MODES = (("lasso", "Lasso"), ("select", "Box"), ("zoom", "Zoom"))
"""What dragging on the map can do, as Plotly calls it."""
_PARTS: dict[str, tuple[str, str]] = {
    "retrieval": ("retrieval", "positives that no order of the first candidates brings back"),
    "re-ranker": ("reranker", "positives that stand below negatives in the order by score"),
    "fusion": ("fusion", "what mixing in the cosine costs, or gives back"),
}
_SUSPECTS: dict[SuspectKind, str] = {
    "positive": "positives that other queries claim, or nobody does",
    "unclaimed": "negatives of no instance that these queries claim",
    "swap": "positives of another instance (look-alikes; listed last)",
}
_BOUNDS: dict[GroupBounds, str] = {"corpus": "quartiles of this corpus", "ilias": "ILIAS limits"}
_SOURCES: dict[MeasureSource, str] = {
    "manifest": "manifest",
    "mask": "masks",
    "box": "boxes",
    "estimate": "estimated from pixels",
}
_PROJECTIONS: dict[Projection, str] = {"pca": "PCA", "umap": "UMAP"}
_COLUMN = "column:"
_COLOURS = {"class": "failure class", "instance": "instance"}


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A signal, and from where on it is right as often as wished; None = never."""

    signal: ConfidenceSignal
    trusted: Trusted | None


@dataclass(frozen=True, slots=True)
class TippedRow:
    """A term, its word and colour, and its bar in [0, 1]."""

    found: TippedTerm
    word: str
    colour: str
    share: float


def losses(report: FailureReport) -> list[tuple[LedgerLine, float]]:
    """Return the parts that lose AP, each with its share of the bar.

    A part that gained AP is left out, since its segment would be below 0.
    """
    assert report.ledger is not None, "only a ledger is drawn"
    lost = [line for line in report.lines if line.lost > 0]
    total = report.ledger.kept + sum(line.lost for line in lost)
    return [(line, line.lost / total) for line in lost]


def part(line: LedgerLine) -> tuple[str, str]:
    """Return the colour's name of a part of the ledger and what it is, in words."""
    if line.part in _PARTS:
        return _PARTS[line.part]
    return "reranker", f"what the order by {line.stage} loses, or lets the next stage win back"


def lost(line: LedgerLine) -> str:
    """Return the AP lost as a change: below 0 where it is lost."""
    return signed(-line.lost) if line.lost else ap_text(0.0)


def queries(line: LedgerLine, n: int) -> str:
    """Return how many queries lose AP by a part, and how many gain."""
    gaining = f", {line.n_gaining:,} gain" if line.n_gaining else ""
    return f"{line.n_losing:,} of {n:,} queries lose{gaining}"


def bounds() -> list[tuple[str, str]]:
    """Return whose limits of the quarters can be chosen."""
    return [(name, _BOUNDS[name]) for name in GROUP_BOUNDS]


def ranges(facts: MeasureFacts) -> tuple[str, ...]:
    """Return the four quarters of a measure in words."""
    if facts.bounds is None:
        return ("1st quarter", "2nd quarter", "3rd quarter", "4th quarter")
    low, middle, high = (f"{bound:.3g}" for bound in facts.bounds)
    return (f"< {low}", f"{low} to {middle}", f"{middle} to {high}", f"≥ {high}")


def facts_line(facts: MeasureFacts) -> str:
    """Return where a measure's numbers come from."""
    if not facts.n_known:
        return f"{facts.measure}: not known for any of {facts.n:,} positives"
    sources = ", ".join(f"{_SOURCES[name]} {n:,}" for name, n in facts.sources.items())
    missing = facts.n - facts.n_known
    text = f"{facts.measure}: {facts.unit}; {sources} of {facts.n:,} positives"
    return text + (f", {missing:,} not known and left out" if missing else "")


def is_rough(facts: MeasureFacts) -> bool:
    """Return whether a measure's numbers are missing or estimates."""
    return not facts.n_known or "estimate" in facts.sources


def worst(search: SliceSearch) -> list[SliceFinding]:
    """Return the slices that are worse than the rest, worst first."""
    return [one for one in search.tried if one.effect < 0][:N_SLICES]


def most(one: SliceFinding) -> str:
    """Return the most that a slice's effect can be."""
    return MISSING if one.bound is None else f"at most {signed(one.bound)}"


def p_number(one: SliceFinding) -> str:
    """Return a slice's corrected p without its name."""
    return p_text(one.p_value).removeprefix("p = ").removeprefix("p ")


def slices_note(search: SliceSearch) -> str:
    """Return what effect, bound and p of slices are."""
    return (
        "effect: mean AP after of the slice minus that of all other queries, "
        f"and below it the most that it can be (one-sided {100 * (1 - search.level):g} % bound). "
        "Bound and p are one test, the largest effect of any slice under shuffled instances, "
        "corrected for all tried: the bound is below 0 exactly where p ≤ "
        f"{search.level:g} (▼). Slices of {search.min_size} queries or more."
    )


def suspect_kinds(queue: Queue) -> list[tuple[int, str]]:
    """Return of each kind of suspicion how many labels it has, and what it is."""
    counts = Counter(item.suspect for item in queue.items)
    return [(counts.get(kind, 0), text) for kind, text in _SUSPECTS.items()]


def scale(queue: Queue) -> str:
    """Return in what suspicions are counted."""
    kind = queue.score_kind
    return kind.unit if kind == MARGIN else f"the scale of {kind.name}"


def suspicion(item: QueueItem) -> str:
    """Return how suspect a label is."""
    return MISSING if item.suspicion is None else f"{item.suspicion:.2f}"


def tipped_rows(report: FailureReport) -> list[TippedRow]:
    """Return the terms of evidence by how many intruders each put first."""
    most = max((one.n_intruders for one in report.tipped), default=0)
    terms = [one.term for one in report.tipped]
    return [
        TippedRow(
            one,
            term_word(one.term),
            colour_of(one.term, terms),
            one.n_intruders / max(1, most),
        )
        for one in report.tipped
    ]


def tipped_count(report: FailureReport) -> str:
    """Return of how many intruders it is told what tipped it."""
    n = sum(one.n_intruders for one in report.tipped)
    return f"intruders, n = {n:,} of {report.n_intruders:,}"


def tipped_note(report: FailureReport) -> str:
    """Return what counts as tipping, and why some intruders are left out where some are."""
    n = sum(one.n_intruders for one in report.tipped)
    rest = f" {messages.TIPPED_REST}" if n < report.n_intruders else ""
    return messages.TIPPED_NOTE + rest


def tipped_examples(report: FailureReport) -> list[Tipped]:
    """Return the intruders that one term put farthest ahead, at most one of a query."""
    found = sorted((one for term in report.tipped for one in term.worst), key=lambda one: -one.nats)
    first = {one.query_id: one for one in reversed(found)}
    return [one for one in found if first[one.query_id] is one][:N_TIPPED]


def tipped_text(one: Tipped) -> str:
    """Return by how much a term speaks more for an intruder than for the best positive."""
    return f"{term_word(one.term)} {signed(one.nats, 2)} nats over {file_name(one.positive_id)}"


def projections() -> list[tuple[str, str]]:
    """Return the map's projections."""
    return [(name, _PROJECTIONS[name]) for name in PROJECTIONS]


def colours(names: Sequence[str]) -> list[tuple[str, str]]:
    """Return by what points can be coloured, in words."""
    return [(name, _COLOURS.get(name, name.removeprefix(_COLUMN))) for name in names]


def map_note(drawn: DescriptorMap) -> str:
    """Return what the axes are, and how many points are drawn of how many."""
    if drawn.shares is None:
        how = messages.UMAP_NOTE
    else:
        first, second = (f"{100 * share:.1f} %" for share in drawn.shares)
        how = (
            f"PCA of the {drawn.n_images:,} drawn database images (D = {drawn.dimension:,}): the "
            f"axes carry {first} and {second} of their variance; what they do not carry can part "
            "images that lie together here."
        )
    images = _count(drawn.n_images, drawn.n_images_all, "database images")
    n_queries = _count(drawn.n_queries, drawn.n_queries_all, "queries")
    missing = f" {drawn.n_missing:,} without a descriptor." if drawn.n_missing else ""
    return f"{how} Drawn: {images}, {n_queries}.{missing}"


def _count(n: int, total: int, what: str) -> str:
    if n == total:
        return f"all {n:,} {what}"
    return f"{n:,} of {total:,} {what}, evenly chosen by their ids"


def selection_slice(one: SelectionMeans) -> QuerySlice:
    """Return a selection on the map as a set of queries."""
    return QuerySlice("map", one.selection.selection_id)


def selection_count(one: SelectionMeans) -> str:
    """Return how many queries a selection has, and how many of them are evaluated."""
    n = len(one.selection.query_ids)
    return f"{n:,}" if one.n_evaluated == n else f"{one.n_evaluated:,} of {n:,}"


def selection_origin(one: SelectionMeans) -> str:
    """Return what else lies inside a selection, when and where it was made."""
    chosen = one.selection
    made = f"made {chosen.created_at} on {_PROJECTIONS[chosen.projection]}"
    return f"{chosen.n_images:,} database images inside, {made}"


def right_text(report: ConfidenceReport | None) -> str:
    """Return how many first results are right."""
    if report is None:
        return ""
    n, n_right = len(report.right), report.n_right
    return f"{n_right:,} of {n:,} right, {n_right / n:.3f}"


def ask_text(n_missing: int) -> str:
    """Return what the button does that scores first results."""
    return f"Ask {n_missing} {'stage' if n_missing == 1 else 'stages'} about them"


def precision_head() -> str:
    """Return the heading of the thresholds."""
    return f"{PRECISION:.0%} right from"


def signal_name(one: ConfidenceSignal) -> str:
    """Return what a signal is called."""
    return "combined, fitted on these queries" if one.name == COMBINED else one.name


def area_text(one: ConfidenceSignal) -> str:
    """Return the area under precision against recall, with its interval."""
    if one.auprc is None:
        return MISSING
    ends = "" if one.auprc.low is None else f" [{one.auprc.low:.3f}, {one.auprc.high:.3f}]"
    return f"{one.auprc.value:.3f}{ends}"


def trusted_text(row: SignalRow) -> str:
    """Return from which threshold on a signal can be trusted, and how much that lets through."""
    at = row.trusted
    if at is None:
        return "never"
    ends = "" if at.threshold.low is None else f" [{at.threshold.low:.3g}, {at.threshold.high:.3g}]"
    return f"{at.threshold.value:.3g}{ends}, {at.point.coverage:.0%} of queries"


def confidence_note(report: ConfidenceReport) -> str:
    """Return what the numbers are."""
    text = (
        "Right = the first image is a positive. AUPRC: area under precision against recall as the "
        "threshold falls, with its 95 % interval over instances; AURC: mean share wrong over "
        "coverage, less is better."
    )
    if report.combined is not None:
        return f"{text} Combined: logistic regression on these queries, instances held out."
    return f"{text} Not combined: {report.note}" if report.note else text


def no_confidence(first_of: FirstOf) -> str:
    """Return why there is no signal yet."""
    if first_of == "after":
        return "No query is wholly scored yet; evaluate, or look at the results before re-ranking."
    return "There is no index yet."
