"""The Overview's pictures: the biggest rescues and harms, and the positives moved most."""

from collections.abc import Sequence

from markupsafe import Markup

from core.types.number_text import ap_text, signed
from core.types.rankings import Candidate, QueryChange, QueryView
from core.types.scorers import MovedPositive, MovedPositives, ScorerEntry
from ui import messages
from ui.render.parts import (
    button,
    glyph,
    join,
    names,
    note,
    num,
    options,
    pair_button,
    panel,
    picture,
    span,
    tag,
)
from ui.shared.text import RELATION_GLYPHS, ThumbnailUrls, class_chip, file_name, scored_in

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
    rescued = ("Biggest rescues", rescues, messages.NO_RESCUE)
    blocks = (rescued, ("Biggest harms", harms, messages.NO_HARM))
    unit = f"AP before → after; first {N_CARDS} of each order"
    bodies = (
        join(_change(one, urls) for one in found) or _empty(words.format(change=change))
        for _, found, words in blocks
    )
    sections = (panel(one[0], body, unit=unit) for one, body in zip(blocks, bodies, strict=True))
    return tag("div", *sections, class_="sl-changes")


def render_moved(
    found: MovedPositives | None, entries: Sequence[ScorerEntry], urls: ThumbnailUrls
) -> Markup:
    """Return the positives whose negatives before them changed most between two scorers."""
    if found is None:
        body = _empty(messages.NO_MOVES_YET)
    else:
        body = _choice(found, entries) + _moved(found, urls) + _reach(found)
    return panel(messages.MOVES_HEADING, body, unit="negatives before", kind="sl-moves")


def _change(one: QueryChange, urls: ThumbnailUrls) -> Markup:
    outcome = one.outcome
    sign = "up" if outcome.delta > 0 else "down"
    means = f"{ap_text(outcome.ap_before)} → {ap_text(outcome.ap_after)} "
    query_id = outcome.query_id
    words = (
        picture(urls.url(query_id, 160), 104, 78),
        tag("b", file_name(query_id)),
        num(means, span(f"sl-{sign}", signed(outcome.delta))),
        class_chip(outcome.failure_class),
    )
    opens = {"data_query": query_id, "title": f"{query_id}: its whole ranking"}
    query = button(*words, kind="sl-change", **opens)
    strips = join(
        Markup(
            f'<div class="sl-mini-strip"><span class="sl-tag sl-tag-{side}">{side}</span>'
            f"<ol>{join(_mini(c, side, one.view, urls) for c in cards[:N_CARDS])}</ol></div>"
        )
        for side, cards in (("before", one.view.before), ("after", one.view.after))
    )
    return tag("div", query, tag("div", strips, _led_by(one)), class_="sl-change-row")


def _led_by(one: QueryChange) -> Markup:
    """Return who is above the first positive now, in words."""
    intruders = one.outcome.intruder_ids
    if not intruders:
        return Markup()
    first, *others = intruders
    more = f" and {len(others)} more" if others else ""
    name = tag("b", file_name(first), title=first)
    return note("intruder in front: ", name, more, kind="sl-led-by")


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
    image = picture(urls.url(candidate.image_id, 160), 64, 48, decoding="async")
    frame = span("sl-frame", image, glyph(RELATION_GLYPHS[candidate.relation], "sl-glyph"))
    pair = {"query": view.query.image_id, "candidate": candidate.image_id, "label": label}
    return tag("li", pair_button(frame, kind=f"sl-mini sl-{candidate.relation}", **pair))


def _choice(found: MovedPositives, entries: Sequence[ScorerEntry]) -> Markup:
    named = [(one.scorer_id, one.name, one.detail) for one in entries]
    a, b = found.a.scorer_id, found.b.scorer_id
    lists = (
        tag("select", options(named, i), data_choice=field, data_unchosen=i, aria_label=label)
        for field, i, label in (("a", a, "First scorer"), ("b", b, "Second scorer"))
    )
    return note(join(lists, " → "), kind="sl-moves-choice")


def _moved(found: MovedPositives, urls: ThumbnailUrls) -> Markup:
    if found.pairs:
        return join(_pair(pair, urls) for pair in found.pairs)
    return _empty(messages.NOTHING_MOVED if found.n_pairs else messages.NOTHING_SHARED)


def _pair(pair: MovedPositive, urls: ThumbnailUrls) -> Markup:
    sign = "up" if pair.change < 0 else "down"
    query, positive = file_name(pair.query_id), file_name(pair.image_id)
    label = f"{pair.before_a} negatives before, then {pair.before_b}: {positive} for {query}"
    words = (
        picture(urls.url(pair.query_id, 160), 44, 36, class_=""),
        picture(urls.url(pair.image_id, 160), 44, 36, class_="sl-move-positive"),
        names(query, f"✓ {positive}"),
        num(f"{pair.before_a} → {pair.before_b}", kind=f"sl-{sign}"),
    )
    both = {"query": pair.query_id, "candidate": pair.image_id, "label": label}
    return pair_button(*words, kind="sl-moved", **both)


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
    return note(" · ".join(parts), kind="sl-protocol")


def _empty(text: str) -> Markup:
    return note(text, kind="sl-empty")
