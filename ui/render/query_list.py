"""The query list: a row per query with its APs, in the order and under the filter chosen."""

from collections.abc import Sequence, Set

from markupsafe import Markup

from core.types.number_text import ap_text, signed
from core.types.rankings import FAILURE_CLASSES, QueryOutcome, QueryRow
from ui import messages
from ui.render.parts import button, glyph, join, link, names, note, num, picture, pressed, span, tag
from ui.render.slice_words import slice_words
from ui.selection import Sort, ViewState, names_of, slice_text
from ui.shared.text import CLASS_LOOKS, ThumbnailUrls, file_name

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
    rows: Sequence[QueryRow], state: ViewState, urls: ThumbnailUrls, members: Set[str] | None = None
) -> Markup:
    """Return the list with its sortable headings and a line that counts what is shown."""
    chosen = select_rows(rows, state, members)
    head = _slice_line(state)
    if not chosen:
        text = messages.NO_MATCHING_QUERIES if rows else messages.NO_QUERIES
        return head + note(text, kind="sl-empty")
    lines = (_row(row, urls) for row in chosen[:MAX_ROWS])
    count = f"{len(chosen):,} of {len(rows):,} queries"
    if len(chosen) > MAX_ROWS:
        count += f", the first {MAX_ROWS} shown: narrow the filter"
    head += tag("div", _headings(state), class_="sl-list-head", role="group", aria_label="Sort")
    listed = tag("div", *lines, class_="sl-rows", data_shows=shown_key(state))
    return head + listed + note(count, kind="sl-count")


def shown_key(state: ViewState) -> str:
    """Return what decides which row is first; `assets/query-list.js` compares it."""
    fields = state.to_address_fields()
    return "|".join(fields.get(name, "") for name in names_of("list"))


def _slice_line(state: ViewState) -> Markup:
    if state.slice is None:
        return Markup()
    every = link("all queries", data_slice="", aria_label="Show all queries again")
    judge = link(
        "judge its hard cases",
        data_queue=f"set:{slice_text(state.slice)}",
        aria_label="Judge the hard cases of these queries",
    )
    return note(span("sl-chip", slice_words(state.slice)), every, judge, kind="sl-slice-line")


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
    arrow = "▾" if state.descending else "▴"
    return join(
        pressed(
            *(text, span("sl-arrow", arrow if sort == state.sort else "")),
            on=sort == state.sort,
            kind=f"sl-col-{sort}",
            data_sort=sort,
            title=title,
            aria_label=title,
        )
        for sort, text, title in _HEADINGS
    )


def _row(row: QueryRow, urls: ThumbnailUrls) -> Markup:
    name = "pasted image" if row.uploaded else file_name(row.query_id)
    under = row.query_id.removeprefix("upload:")[:8] if row.uploaded else row.instance_id or ""
    words = (picture(urls.url(row.query_id, 160), 44, 36), names(name, under), _numbers(row))
    return button(*words, kind="sl-row", data_query=row.query_id, title=row.query_id)


def _numbers(row: QueryRow) -> Markup:
    outcome = row.outcome
    if outcome is None:
        return span("sl-waiting", row.problem or row.state.name, title=row.state.text)
    look = CLASS_LOOKS[outcome.failure_class]
    sign = "up" if outcome.delta > 0 else "down" if outcome.delta < 0 else "same"
    name = outcome.failure_class
    mark = glyph(look.glyph) + tag("i", name, class_="sl-hidden")
    return (
        num(ap_text(outcome.ap_before), title="AP before")
        + num(ap_text(outcome.ap_after), title="AP after")
        + num(signed(outcome.delta), kind=f"sl-{sign}")
        + span(f"sl-mark sl-class-{look.slug}", mark, title=name)
    )
