"""The Queries screen's words: the list in the order and under the filter chosen."""

from collections.abc import Sequence, Set

from core.types.composed import AskedOtherwise, TextReading
from core.types.number_text import MISSING, ap_text
from core.types.rankings import FAILURE_CLASSES, QueryOutcome, QueryRow, QueryView, StageStep
from ui.selection import Sort, ViewState, names_of
from ui.shared.strips import missing_text, unscored_text
from ui.shared.text import seconds_text

MAX_ROWS = 400
ASKED_UNIT = "the same query with another text, or with one of its halves"
HEADINGS: tuple[tuple[Sort, str, str], ...] = (
    ("name", "Query", "Sort by file name"),
    ("before", "before", "Sort by AP before"),
    ("after", "after", "Sort by AP after"),
    ("delta", "Δ", "Sort by change of AP"),
    ("class", "class", "Sort by failure class"),
)


def select_rows(
    rows: Sequence[QueryRow], state: ViewState, members: Set[str] | None = None
) -> list[QueryRow]:
    """Return the rows that pass the filter, in the chosen order; ties by query id.

    `members` are the queries of the chosen slice, None = no slice is chosen.

    Uploads close the list, newest first, whatever the order; before them are the queries without
    an outcome.
    """
    needle = state.text.casefold()
    kept = [
        row
        for row in rows
        if (members is None or row.query_id in members) and _passes(row, state, needle)
    ]
    uploads = [row for row in kept if row.uploaded]
    known = sorted((row for row in kept if not row.uploaded), key=lambda row: row.query_id)
    if state.sort == "name":
        return sorted(known, key=lambda row: row.query_id, reverse=state.descending) + uploads
    done = [(row, row.outcome) for row in known if row.outcome is not None]
    done.sort(key=lambda pair: _key(pair[1], state.sort), reverse=state.descending)
    return [row for row, _ in done] + [row for row in known if row.outcome is None] + uploads


def shown_key(state: ViewState) -> str:
    """Return what decides which row is first; `assets/js/queries.js` compares it."""
    fields = state.to_address_fields()
    return "|".join(fields.get(name, "") for name in names_of("list"))


def count_text(n_chosen: int, n_rows: int) -> str:
    """Return how many queries pass the filter, and how many of them are shown."""
    count = f"{n_chosen:,} of {n_rows:,} queries"
    if n_chosen > MAX_ROWS:
        count += f", the first {MAX_ROWS} shown: narrow the filter"
    return count


def between(view: QueryView) -> tuple[int, ...]:
    """Return the places of the stages whose order is neither before nor after, 0 = the first.

    The last stage's order is what stands after, unless the cosine is fused into its scores.
    """
    return tuple(range(len(view.stages) - (0 if view.lam else 1)))


def step_rows(view: QueryView) -> list[tuple[str, ...]]:
    """Return what each stage did and what it cost: a row per order."""
    outcome = view.outcome
    rows: list[tuple[str, ...]] = [
        ("descriptor order", ap_text(outcome.ap_before if outcome else None), *6 * ("",))
    ]
    rows += [(f"{step.stage}@{step.depth:,}", *_step_cells(step)) for step in view.stages]
    if view.lam:
        rows.append(("fused", ap_text(outcome.ap_after if outcome else None), *6 * ("",)))
    return rows


def step_notes(view: QueryView) -> list[str]:
    """Return a sentence for each stage that left no order, or pairs without a score."""
    notes: list[str] = []
    for step in view.stages:
        text = missing_text(step) if step.is_missing else unscored_text(step)
        if text:
            notes.append(f"{step.stage}@{step.depth:,}: {text}")
    return notes


def _step_cells(step: StageStep) -> tuple[str, ...]:
    moved = (MISSING, MISSING) if step.is_missing else (f"{step.n_up:,}", f"{step.n_down:,}")
    n_scored = step.n_pairs - step.n_pending - step.n_failed
    tokens = MISSING if step.n_tokens is None else f"{round(step.n_tokens):,}"
    seconds = " ".join(filter(None, seconds_text(step.seconds)))
    calls = f"{step.n_calls:,}"
    return ap_text(step.ap), *moved, f"{n_scored:,} of {step.n_pairs:,}", calls, tokens, seconds


def way_text(way: AskedOtherwise) -> str:
    """Return how a query was asked: its text in quotes, or what was left out."""
    if way.asked in (None, "other text"):
        return f"“{way.text}”" if way.text else "the image alone"
    return f"the {way.asked}"


def common_text(way: AskedOtherwise) -> str:
    """Return how much of the first images stays, and whether the first one does."""
    if way.common is None:
        return "as it is" if way.asked is None else MISSING
    return f"{way.common:.0%}, {'the same' if way.same_first else 'another'} first"


def reading_text(reading: TextReading) -> str:
    """Return which stages read the text, in one line."""
    first = "first stage: image and text" if reading.first_stage else "first stage: image alone"
    read = [name for name, reads in reading.stages if reads]
    blind = [name for name, reads in reading.stages if not reads]
    parts = [first, f"{', '.join(read)}: image and text" if read else ""]
    return "; ".join(filter(None, (*parts, f"{', '.join(blind)}: image alone" if blind else "")))


def sign_of(change: float) -> str:
    """Return the colour of a change: up, down or same."""
    return "up" if change > 0 else "down" if change < 0 else "same"


def rank_text(rank: int | None) -> str:
    """Return `#4`, or that there is none."""
    return "none" if rank is None else f"#{rank}"


def _passes(row: QueryRow, state: ViewState, needle: str) -> bool:
    outcome = row.outcome
    if state.failure_class and (outcome is None or outcome.failure_class != state.failure_class):
        return False
    return needle in f"{row.query_id}\n{row.instance_id or ''}\n{row.name}\n{row.text}".casefold()


def _key(outcome: QueryOutcome, sort: Sort) -> float:
    if sort == "before":
        return outcome.ap_before
    if sort == "after":
        return outcome.ap_after
    if sort == "class":
        return FAILURE_CLASSES.index(outcome.failure_class)
    return outcome.delta
