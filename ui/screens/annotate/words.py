"""The Annotate screen's words: its keys, what a queue is called, what verdicts do to labels."""

from collections.abc import Sequence

from core.types.annotation import (
    MINED_KINDS,
    VERDICTS,
    Agreement,
    Queue,
    QueueSpec,
    RelabellingEffect,
    Verdict,
)
from core.types.number_text import MISSING, ap_text, signed
from ui import messages
from ui.address_values import parse_slice
from ui.shared.slice_words import slice_words
from ui.shared.text import file_name

GLYPHS: dict[Verdict, str] = {
    "match": "✓",
    "no match": "✕",
    "unsure": "?",
    "near duplicate": "≈",
    "label error": "!",
}
MOVES = (
    ("back", "k", "K", "previous"),
    ("next", "j", "J", "next"),
    ("undo", "u", "U", "undo"),
    ("redo", "r", "R", "redo"),
    ("blind", "l", "L", "hide label"),
    ("overlay", " ", "Space", "blink"),
    ("whole", "f", "F", "full screen"),
    ("pair", "p", "P", "look inside"),
)
"""Each button's action, its key as a browser names it and as it is written, and its text."""
MAX_CHANGES = 5
MAX_AUTHORS = 6
"""Rows that are shown of label changes, and of pairs of authors."""
_ABOUT = {
    "hard": ("Hard cases", "intruders and the positives below them, worst AP first"),
    "suspect": ("Suspect labels", "labels that the queries' scores contradict, worst first"),
    "disputed": ("Disputed", "pairs on which authors differ"),
    "selection": ("My own selection", "pairs added with A on the Queries screen"),
}
_MINED = {
    "duplicates": ("Look-alikes", "different instances whose descriptors are alike"),
    "background": ("Same background", "another object on the same background"),
}
_SCORERS = {"own": "second stage", "scorer": "second stage", "cosine": "descriptor"}
_NEEDS_TRUTH = ("hard", "suspect")
_FIRST_PAIR = "own vs descriptor"
"""The two scorers that every workspace has."""


def general_queues(query_id: str | None, *, with_truth: bool) -> list[QueueSpec]:
    """Return the queues that are not made of a class, a slice or mined pairs."""
    kinds = [QueueSpec(kind) for kind in _ABOUT if with_truth or kind not in _NEEDS_TRUTH]  # pyright: ignore[reportArgumentType]
    return kinds + ([] if query_id is None else [QueueSpec("query", query_id)])


def invited_queues(query_id: str | None, *, with_truth: bool) -> list[QueueSpec]:
    """Return the queues to begin with."""
    general = general_queues(None, with_truth=with_truth)
    mined = [QueueSpec("disagreement", _FIRST_PAIR)]
    mined += [QueueSpec("duplicates"), QueueSpec("background")] if with_truth else []
    return general + mined + ([] if query_id is None else [QueueSpec("query", query_id)])


def queue_words(spec: QueueSpec) -> tuple[str, str]:
    """Return what a queue is called, and what is in it."""
    if spec.kind == "query":
        return "One query", f"candidates of {file_name(spec.name)}, best first"
    chosen = parse_slice(spec.name) if spec.kind == "set" else None
    if chosen is not None:
        return "Hard cases of a slice", slice_words(chosen)
    if spec.kind == "disagreement":
        both = (_SCORERS.get(one, one.removeprefix("import:")) for one in spec.name.split(" vs "))
        return "Disagreement", f"{' against '.join(both)}, largest first"
    if spec.kind == "unlike":
        alike, far = spec.name.split(" but not ", 1)
        return "Alike and unlike", f"alike by {alike}, unlike by {far}, the least alike first"
    return _MINED.get(spec.kind) or _ABOUT.get(spec.kind) or (spec.kind, spec.name)


def queue_title(spec: QueueSpec, n: int | None = None) -> str:
    """Return a queue's line in the list; of a class or a slice, with its number of queries."""
    if n is not None and spec.kind in ("class", "slice"):
        unit = "query" if n == 1 else "queries"
        return f"{spec.name.replace('=', ': ', 1)} ({n} {unit})"
    return ": ".join(queue_words(spec))


def why_empty(queue: Queue, *, with_truth: bool) -> str:
    """Return why a queue has no pair."""
    kind = queue.spec.kind
    if kind == "unlike":
        return messages.NO_MINED
    if kind in MINED_KINDS:
        return messages.NO_MINED if queue.n_evaluated else messages.NOTHING_EVALUATED
    always = {
        "selection": messages.NO_SELECTION,
        "disputed": messages.NO_DISPUTED,
        "query": messages.NO_CANDIDATES,
    }
    if kind in always:
        return always[kind]
    if not with_truth:
        return messages.NO_QUEUE_WITHOUT_TRUTH
    if not queue.n_evaluated:
        return messages.NOTHING_EVALUATED
    return messages.NO_SUSPECT if kind == "suspect" else messages.NO_HARD


def source_parts(queue: Queue) -> tuple[str, ...]:
    """Return what a queue was made of, where that is not everything."""
    parts: list[str] = []
    if queue.rule:
        parts.append(f"n = {queue.n_found:,} pairs")
    if queue.n_found > len(queue.items):
        parts.append(f"the first {len(queue.items):,} of {queue.n_found:,} pairs")
    is_whole = queue.n_evaluated >= queue.n_queries
    if queue.spec.kind not in ("selection", "query", "disputed") and not is_whole:
        parts.append(f"from {queue.n_evaluated:,} of {queue.n_queries:,} queries evaluated so far")
    return tuple(parts)


def share(found: Agreement) -> str:
    """Return the share of equal verdicts of two authors."""
    return MISSING if found.share is None else f"{100 * found.share:.0f} %"


def kappa(value: float) -> str:
    """Return Cohen's kappa with two decimals."""
    return signed(value, 2) if value < 0 else f"{value:.2f}"


def used(found: Agreement) -> list[tuple[int, Verdict]]:
    """Return the verdicts that one of two authors gave, with their places in the table."""
    table = found.table
    given = (i for i in range(len(VERDICTS)) if any(table[i]) or any(row[i] for row in table))
    return [(i, VERDICTS[i]) for i in given]


def map_rows(effect: RelabellingEffect) -> tuple[tuple[object, ...], ...]:
    """Return mAP as filed, with the verdicts, and its change; each with its number of queries."""
    filed = (effect.map_before_filed, effect.map_after_filed)
    now = (effect.map_before_relabelled, effect.map_after_relabelled)
    n = effect.n_relabelled - effect.n_filed
    return (
        ("as filed", *map(ap_text, filed), effect.n_filed),
        ("with verdicts", *map(ap_text, now), effect.n_relabelled),
        ("change", *map(_change, filed, now), signed(n, 0) if n else 0),
    )


def counts(effect: RelabellingEffect) -> str:
    """Return what the verdicts say of the labels, in counts."""
    found = effect.relabelling
    parts = (
        (found.n_confirmed, "confirmed"),
        (found.n_unsure, "unsure"),
        (found.n_disputed, "disputed"),
        (found.n_unclear, "called wrong without an opposite label"),
        (found.n_unknown, "not in this corpus"),
    )
    return ", ".join([f"{len(found.changes)} changed", *(f"{n} {text}" for n, text in parts if n)])


def author_choices(authors: Sequence[str]) -> list[tuple[str, str]]:
    """Return whose verdicts may count as labels."""
    return [("", "everyone, where all agree"), *((name, f"{name} alone") for name in authors)]


def _change(filed: float | None, now: float | None) -> str:
    return signed(None if filed is None or now is None else now - filed)
