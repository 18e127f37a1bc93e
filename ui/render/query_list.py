"""The query list: a row per query with its APs, in the order and under the filter chosen."""

from collections.abc import Sequence, Set

from markupsafe import Markup

from core.types.rankings import FAILURE_CLASSES, QueryOutcome, QueryRow
from ui import messages
from ui.render.slice_words import slice_words
from ui.render.text import CLASS_LOOKS, ThumbnailUrls, ap_text, esc, file_name, signed
from ui.selection import Sort, ViewState, names_of, slice_text

MAX_ROWS = 400
_HEADINGS: tuple[tuple[Sort, str, str], ...] = (
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

    Uploads lead, newest first, whatever the order; queries without an outcome come last.
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
        return uploads + sorted(known, key=lambda row: row.query_id, reverse=state.descending)
    done = [(row, row.outcome) for row in known if row.outcome is not None]
    done.sort(key=lambda pair: _key(pair[1], state.sort), reverse=state.descending)
    return uploads + [row for row, _ in done] + [row for row in known if row.outcome is None]


def render_list(
    rows: Sequence[QueryRow],
    state: ViewState,
    urls: ThumbnailUrls,
    members: Set[str] | None = None,
) -> Markup:
    """Return the list with its sortable headings and a line that counts what is shown."""
    chosen = select_rows(rows, state, members)
    head = _slice_line(state)
    if not chosen:
        text = messages.NO_MATCHING_QUERIES if rows else messages.NO_QUERIES
        return Markup(f'{head}<p class="sl-empty">{esc(text)}</p>')
    lines = "".join(_row(row, urls) for row in chosen[:MAX_ROWS])
    count = f"{len(chosen):,} of {len(rows):,} queries"
    if len(chosen) > MAX_ROWS:
        count += f", the first {MAX_ROWS} shown: narrow the filter"
    return Markup(
        f'{head}<div class="sl-list-head" role="group" aria-label="Sort">{_headings(state)}</div>'
        f'<div class="sl-rows" data-shows="{esc(shown_key(state))}">{lines}</div>'
        f'<p class="sl-count">{count}</p>'
    )


def shown_key(state: ViewState) -> str:
    """Return what decides which row is first; `assets/query-list.js` compares it."""
    fields = state.to_address_fields()
    return "|".join(fields.get(name, "") for name in names_of("list"))


def _slice_line(state: ViewState) -> Markup:
    if state.slice is None:
        return Markup()
    return Markup(
        f'<p class="sl-slice-line"><span class="sl-chip">{esc(slice_words(state.slice))}</span>'
        '<button type="button" class="sl-link" data-slice="" aria-label="Show all queries again">'
        "all queries</button>"
        f'<button type="button" class="sl-link" data-queue="set:{esc(slice_text(state.slice))}" '
        'aria-label="Judge the hard cases of these queries">judge its hard cases</button></p>'
    )


def _passes(row: QueryRow, state: ViewState, needle: str) -> bool:
    outcome = row.outcome
    if state.failure_class and (outcome is None or outcome.failure_class != state.failure_class):
        return False
    return needle in f"{row.query_id}\n{row.instance_id or ''}".casefold()


def _key(outcome: QueryOutcome, sort: Sort) -> float:
    if sort == "before":
        return outcome.ap_before
    if sort == "after":
        return outcome.ap_after
    if sort == "class":
        return FAILURE_CLASSES.index(outcome.failure_class)
    return outcome.delta


def _headings(state: ViewState) -> Markup:
    buttons: list[str] = []
    for sort, text, title in _HEADINGS:
        chosen = sort == state.sort
        arrow = ("▾" if state.descending else "▴") if chosen else ""
        buttons.append(
            f'<button type="button" data-sort="{sort}" title="{title}" class="sl-col-{sort}" '
            f'aria-label="{title}" aria-pressed="{str(chosen).lower()}">{text}'
            f'<span class="sl-arrow">{arrow}</span></button>'
        )
    return Markup("".join(buttons))


def _row(row: QueryRow, urls: ThumbnailUrls) -> Markup:
    name = "pasted image" if row.uploaded else file_name(row.query_id)
    under = row.query_id.removeprefix("upload:")[:8] if row.uploaded else row.instance_id or ""
    return Markup(
        f'<button type="button" class="sl-row" data-query="{esc(row.query_id)}" '
        f'title="{esc(row.query_id)}">'
        f'<img src="{urls.url(row.query_id, 160)}" alt="" width="44" height="36" loading="lazy">'
        f'<span class="sl-names"><b>{esc(name)}</b><small>{esc(under)}</small></span>'
        f"{_numbers(row)}</button>"
    )


def _numbers(row: QueryRow) -> Markup:
    outcome = row.outcome
    if outcome is None:
        text = row.problem or ("no labels" if row.uploaded else "waiting")
        return Markup(f'<span class="sl-waiting">{esc(text)}</span>')
    look = CLASS_LOOKS[outcome.failure_class]
    sign = "up" if outcome.delta > 0 else "down" if outcome.delta < 0 else "same"
    return Markup(
        f'<span class="sl-num" title="AP before">{ap_text(outcome.ap_before)}</span>'
        f'<span class="sl-num" title="AP after">{ap_text(outcome.ap_after)}</span>'
        f'<span class="sl-num sl-{sign}">{signed(outcome.delta)}</span>'
        f'<span class="sl-mark sl-class-{look.slug}" title="{esc(outcome.failure_class)}">'
        f'<span aria-hidden="true">{look.glyph}</span>'
        f'<i class="sl-hidden">{esc(outcome.failure_class)}</i></span>'
    )
