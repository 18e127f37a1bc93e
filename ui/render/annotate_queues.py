"""The list of annotation queues, the invitation to choose one, and what an empty one says."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.annotation import MINED_KINDS, Queue, QueueSpec
from ui import messages
from ui.render.parts import button, join, options, tag
from ui.render.query_panel import render_nothing
from ui.selection import ViewState, parse_slice, queue_text
from ui.shared.slice_words import slice_words
from ui.shared.text import file_name, with_code

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


def render_chooser(
    choices: Sequence[tuple[QueueSpec, int]], state: ViewState, *, with_truth: bool
) -> Markup:
    """Return the select of queues; the chosen one is always in it."""
    general = [QueueSpec(kind) for kind in _ABOUT if with_truth or kind not in _NEEDS_TRUTH]  # pyright: ignore[reportArgumentType]
    if state.query is not None:
        general.append(QueueSpec("query", state.query))
    listed = {*general, *(spec for spec, _ in choices)}
    if state.queue is not None and state.queue not in listed:
        general.append(state.queue)
    groups = [
        ("Queues", [(spec, _title(spec)) for spec in general]),
        ("Hard-case mining", [(s, _title(s)) for s, _ in choices if s.kind in MINED_KINDS]),
        ("Failure classes", _counted(choices, "class")),
        ("Slices", _counted(choices, "slice")),
    ]
    chosen = None if state.queue is None else queue_text(state.queue)
    keyed = ((name, [(queue_text(spec), text) for spec, text in found]) for name, found in groups)
    grouped = join(
        tag("optgroup", options(found, chosen), label=name) for name, found in keyed if found
    )
    return Markup(
        '<label class="sl-an-choose"><span>Queue</span><select data-an-queue>'
        f'<option value="">choose a queue</option>{grouped}</select></label>'
    )


def render_invitation(*, with_truth: bool, query_id: str | None) -> Markup:
    """Return what stands in the pair's place while no queue is chosen."""
    kinds = [QueueSpec(kind) for kind in _ABOUT if with_truth or kind not in _NEEDS_TRUTH]  # pyright: ignore[reportArgumentType]
    kinds.append(QueueSpec("disagreement", _FIRST_PAIR))
    kinds += [QueueSpec("duplicates"), QueueSpec("background")] if with_truth else []
    if query_id is not None:
        kinds.append(QueueSpec("query", query_id))
    buttons = join(
        button(tag("b", name), tag("small", about), kind="sl-button sl-an-tile", data_an_choose=key)
        for key, (name, about) in ((queue_text(spec), _words(spec)) for spec in kinds)
    )
    text = messages.NO_QUEUE if with_truth else messages.NO_QUEUE_WITHOUT_TRUTH
    return Markup(f'<div class="sl-empty sl-an-invitation"><p>{text}</p><div>{buttons}</div></div>')


def render_empty_queue(queue: Queue, *, with_truth: bool) -> Markup:
    """Return why a queue has no pair."""
    kind = queue.spec.kind
    if kind in MINED_KINDS:
        text = messages.NO_MINED if queue.n_evaluated else messages.NOTHING_EVALUATED
    elif kind == "selection":
        text = messages.NO_SELECTION
    elif kind == "disputed":
        text = messages.NO_DISPUTED
    elif kind == "query":
        text = messages.NO_CANDIDATES
    elif not with_truth:
        text = messages.NO_QUEUE_WITHOUT_TRUTH
    elif not queue.n_evaluated:
        text = messages.NOTHING_EVALUATED
    else:
        text = messages.NO_SUSPECT if kind == "suspect" else messages.NO_HARD
    return render_nothing(text)


def render_source(queue: Queue) -> Markup:
    """Return what a queue was made of, where that is not everything."""
    parts: list[str] = []
    if queue.rule:
        parts.append(f"n = {queue.n_found:,} pairs")
    if queue.n_found > len(queue.items):
        parts.append(f"the first {len(queue.items):,} of {queue.n_found:,} pairs")
    is_whole = queue.n_evaluated >= queue.n_queries
    if queue.spec.kind not in ("selection", "query", "disputed") and not is_whole:
        parts.append(f"from {queue.n_evaluated:,} of {queue.n_queries:,} queries evaluated so far")
    if not parts:
        return Markup()
    reload = '<button type="button" class="sl-link" data-an-reload>make it again</button>'
    rule = f"{with_code(queue.rule)} " if queue.rule else ""
    return Markup(f"{rule}{', '.join(parts)}, {reload}")


def _counted(choices: Sequence[tuple[QueueSpec, int]], kind: str) -> list[tuple[QueueSpec, str]]:
    return [
        (spec, f"{spec.name.replace('=', ': ', 1)} ({n} {'query' if n == 1 else 'queries'})")
        for spec, n in choices
        if spec.kind == kind
    ]


def _title(spec: QueueSpec) -> str:
    name, about = _words(spec)
    return f"{name}: {about}"


def _words(spec: QueueSpec) -> tuple[str, str]:
    if spec.kind == "query":
        return "One query", f"candidates of {file_name(spec.name)}, best first"
    chosen = parse_slice(spec.name) if spec.kind == "set" else None
    if chosen is not None:
        return "Hard cases of a slice", slice_words(chosen)
    if spec.kind == "disagreement":
        both = (_SCORERS.get(one, one.removeprefix("import:")) for one in spec.name.split(" vs "))
        return "Disagreement", f"{' against '.join(both)}, largest first"
    return _MINED.get(spec.kind) or _ABOUT.get(spec.kind) or (spec.kind, spec.name)
