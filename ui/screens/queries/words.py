"""The Queries screen's words: the list in the order and under the filter chosen."""

from collections.abc import Sequence, Set

from core.types.rankings import FAILURE_CLASSES, QueryOutcome, QueryRow
from ui.selection import Sort, ViewState, names_of

MAX_ROWS = 400
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
    return needle in f"{row.query_id}\n{row.instance_id or ''}\n{row.name}".casefold()


def _key(outcome: QueryOutcome, sort: Sort) -> float:
    if sort == "before":
        return outcome.ap_before
    if sort == "after":
        return outcome.ap_after
    if sort == "class":
        return FAILURE_CLASSES.index(outcome.failure_class)
    return outcome.delta
