"""The Overview's pictures: the biggest rescues and harms, and the positives moved most."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.rankings import Candidate, QueryChange, QueryView
from core.types.scorers import MovedPositive, MovedPositives, ScorerEntry
from ui import messages
from ui.render.text import (
    RELATION_GLYPHS,
    ThumbnailUrls,
    ap_text,
    class_chip,
    esc,
    file_name,
    scored_in,
    signed,
)
from ui.render.third import options

N_CHANGES = 5
N_CARDS = 5
N_MOVED = 8


def render_changes(
    rescues: Sequence[QueryChange], harms: Sequence[QueryChange], urls: ThumbnailUrls, change: float
) -> Markup:
    """Return the biggest rescues and harms as small strips; pictures open their pairs.

    Args:
        rescues: Largest rise of AP first.
        harms: Largest fall of AP first.
        urls: Addresses of thumbnails.
        change: From which change of AP a query counts as either.
    """
    blocks = (
        ("Biggest rescues", rescues, messages.NO_RESCUE),
        ("Biggest harms", harms, messages.NO_HARM),
    )
    sections = "".join(
        f'<section class="sl-panel" aria-label="{title}"><h3>{title}'
        f'<span class="sl-unit">AP before → after; first {N_CARDS} of each order</span></h3>'
        f"{''.join(_change(one, urls) for one in found) or _empty(words.format(change=change))}"
        "</section>"
        for title, found, words in blocks
    )
    return Markup(f'<div class="sl-changes">{sections}</div>')


def render_moved(
    found: MovedPositives | None, entries: Sequence[ScorerEntry], urls: ThumbnailUrls
) -> Markup:
    """Return the positives whose negatives before them changed most between two scorers."""
    head = f'<h3>{messages.MOVES_HEADING}<span class="sl-unit">negatives before</span></h3>'
    if found is None:
        body = _empty(messages.NO_MOVES_YET)
    else:
        body = _choice(found, entries) + _moved(found, urls) + _reach(found)
    label = f'aria-label="{messages.MOVES_HEADING}"'
    return Markup(f'<section class="sl-panel sl-moves" {label}>{head}{body}</section>')


def _change(one: QueryChange, urls: ThumbnailUrls) -> Markup:
    outcome = one.outcome
    name = file_name(outcome.query_id)
    sign = "up" if outcome.delta > 0 else "down"
    query = (
        f'<button type="button" class="sl-change" data-query="{esc(outcome.query_id)}" '
        f'title="{esc(outcome.query_id)}: its whole ranking">'
        f'<img src="{urls.url(outcome.query_id, 160)}" alt="" width="104" height="78" '
        f'loading="lazy"><b>{esc(name)}</b>'
        f'<span class="sl-num">{ap_text(outcome.ap_before)} → {ap_text(outcome.ap_after)} '
        f'<span class="sl-{sign}">{signed(outcome.delta)}</span></span>'
        f"{class_chip(outcome.failure_class)}</button>"
    )
    strips = "".join(
        f'<div class="sl-mini-strip"><span class="sl-tag sl-tag-{side}">{side}</span>'
        f"<ol>{''.join(_mini(c, side, one.view, urls) for c in cards[:N_CARDS])}</ol></div>"
        for side, cards in (("before", one.view.before), ("after", one.view.after))
    )
    return Markup(f'<div class="sl-change-row">{query}<div>{strips}{_led_by(one)}</div></div>')


def _led_by(one: QueryChange) -> Markup:
    """Return who is above the first positive now, in words."""
    intruders = one.outcome.intruder_ids
    if not intruders:
        return Markup()
    first, *others = intruders
    more = f" and {len(others)} more" if others else ""
    return Markup(
        f'<p class="sl-led-by">intruder in front: <b title="{esc(first)}">'
        f"{esc(file_name(first))}</b>{more}</p>"
    )


def _mini(candidate: Candidate, side: str, view: QueryView, urls: ThumbnailUrls) -> Markup:
    rank = candidate.rank_before if side == "before" else candidate.rank_after
    score = (
        f"cosine {candidate.cosine:.3f}"
        if side == "before"
        else f"{view.kind.name} {scored_in(candidate.margin, view.kind)}"
    )
    kind = "intruder" if candidate.intruder else candidate.relation
    name = file_name(candidate.image_id)
    label = f"Rank {rank}, {kind}, {score}, {name}: open the pair"
    return Markup(
        f'<li><button type="button" class="sl-mini sl-{candidate.relation}" '
        f'data-open-pair="{esc(view.query.image_id)}" data-candidate="{esc(candidate.image_id)}" '
        f'aria-label="{esc(label)}" title="{esc(label)}"><span class="sl-frame">'
        f'<img src="{urls.url(candidate.image_id, 160)}" alt="" width="64" height="48" '
        f'loading="lazy" decoding="async"><span class="sl-glyph" aria-hidden="true">'
        f"{RELATION_GLYPHS[candidate.relation]}</span></span></button></li>"
    )


def _choice(found: MovedPositives, entries: Sequence[ScorerEntry]) -> Markup:
    lists = " → ".join(
        f'<select data-choice="{field}" data-unchosen="{chosen.scorer_id}" '
        f'aria-label="{label}">{options(entries, chosen.scorer_id)}</select>'
        for field, chosen, label in (
            ("a", found.a, "First scorer"),
            ("b", found.b, "Second scorer"),
        )
    )
    return Markup(f'<p class="sl-moves-choice">{lists}</p>')


def _moved(found: MovedPositives, urls: ThumbnailUrls) -> Markup:
    if found.pairs:
        return Markup("".join(_pair(pair, urls) for pair in found.pairs))
    return _empty(messages.NOTHING_MOVED if found.n_pairs else messages.NOTHING_SHARED)


def _pair(pair: MovedPositive, urls: ThumbnailUrls) -> Markup:
    sign = "up" if pair.change < 0 else "down"
    query, positive = file_name(pair.query_id), file_name(pair.image_id)
    label = f"{pair.before_a} negatives before, then {pair.before_b}: {positive} for {query}"
    pictures = "".join(
        f'<img class="{kind}" src="{urls.url(image_id, 160)}" alt="" width="44" height="36" '
        'loading="lazy">'
        for image_id, kind in ((pair.query_id, ""), (pair.image_id, "sl-move-positive"))
    )
    return Markup(
        f'<button type="button" class="sl-moved" data-open-pair="{esc(pair.query_id)}" '
        f'data-candidate="{esc(pair.image_id)}" aria-label="{esc(label)}" title="{esc(label)}">'
        f'{pictures}<span class="sl-names"><b>{esc(query)}</b><small>✓ {esc(positive)}</small>'
        f'</span><span class="sl-num sl-{sign}">{pair.before_a} → {pair.before_b}</span></button>'
    )


def _reach(found: MovedPositives) -> Markup:
    parts = [f"{found.n_pairs:,} pairs (query, positive) of {found.n_queries:,} queries"]
    if found.n_queries < found.n_total:
        parts[0] += f" of {found.n_total:,} so far"
    if found.n_unscored:
        parts.append(f"{found.n_unscored:,} pairs left out: not scored by both")
    if found.n_partial:
        parts.append(
            f"in {found.n_partial:,} queries other candidates are unscored and keep their places"
        )
    return Markup(f'<p class="sl-protocol">{esc(" · ".join(parts))}</p>')


def _empty(text: str) -> Markup:
    return Markup(f'<p class="sl-empty">{esc(text)}</p>')
