"""The pinned query: its picture and what re-ranking did to it."""

from markupsafe import Markup

from core.types.rankings import QueryOutcome, QueryView
from ui import messages
from ui.render.text import (
    ThumbnailUrls,
    ap_text,
    class_chip,
    esc,
    file_name,
    signed,
)

PICTURE_PX = 320


def render_query(view: QueryView, urls: ThumbnailUrls) -> Markup:
    """Return the query's picture, name and facts."""
    query = view.query
    uploaded = query.image_id.startswith("upload:")
    name = "pasted image" if uploaded else file_name(query.image_id)
    size = f"{query.width} × {query.height} px" if query.width else "size not known"
    return Markup(
        '<section class="sl-query" aria-label="Query">'
        f'<img class="sl-query-image" src="{urls.url(query.image_id, PICTURE_PX)}" '
        f'alt="Query {esc(name)}" width="{query.width or 4}" height="{query.height or 3}">'
        f'<h2 title="{esc(query.image_id)}">{esc(name)}</h2>'
        f'<p class="sl-sub">{esc(query.instance_id or "no instance")} · {size}</p>'
        f"{_facts(view)}</section>"
    )


def render_nothing(text: str, *, error: bool = False) -> Markup:
    """Return the panel's place holder: an invitation, or what went wrong."""
    kind = "sl-error" if error else "sl-empty"
    role = "alert" if error else "status"
    return Markup(f'<p class="{kind}" role="{role}">{esc(text)}</p>')


def _facts(view: QueryView) -> Markup:
    rows: list[tuple[str, str]] = []
    if view.outcome is not None:
        rows += _outcome_rows(view.outcome)
    elif view.n_positives is None:
        rows.append(("AP", '<span class="sl-muted">no labels</span>'))
    elif view.n_pending:
        rows.append(("AP after", f'<span class="sl-muted">{messages.UNSCORED}</span>'))
    if view.n_positives is not None:
        rows.append(("positives", f"{view.n_positives}"))
    n_failed = view.n_unscored - view.n_pending
    rows.append(("scored pairs", f"{view.n_pairs - view.n_unscored} of {view.n_pairs}"))
    if n_failed:
        rows.append(("failed pairs", f'<span class="sl-down">{n_failed}</span>'))
    chip = class_chip(view.outcome.failure_class) if view.outcome is not None else ""
    items = "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in rows)
    return Markup(f'{chip}<dl class="sl-facts">{items}</dl>')


def _outcome_rows(outcome: QueryOutcome) -> list[tuple[str, str]]:
    sign = "up" if outcome.delta > 0 else "down" if outcome.delta < 0 else "same"
    first = f"{_rank(outcome.first_positive_before)} → {_rank(outcome.first_positive_after)}"
    return [
        ("AP before", ap_text(outcome.ap_before)),
        ("AP after", f"<b>{ap_text(outcome.ap_after)}</b>"),
        ("change", f'<span class="sl-{sign}">{signed(outcome.delta)}</span>'),
        ("AP oracle", ap_text(outcome.ap_oracle)),
        ("first positive", f"{first}"),
        ("intruders", str(len(outcome.intruder_ids))),
    ]


def _rank(rank: int | None) -> str:
    return "none" if rank is None else f"#{rank}"
