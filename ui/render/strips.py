"""A query's ranking as a strip of cards: frame and glyph, rank, movement, score, file name."""

from typing import Literal, get_args

from markupsafe import Markup

from core.types.number_text import ap_text
from core.types.rankings import Candidate, QueryView
from ui import messages
from ui.render.parts import button, glyph, join, picture, span, tag
from ui.shared.text import (
    RELATION_GLYPHS,
    ThumbnailUrls,
    file_name,
    movement_text,
    probability_text,
    scored,
    scored_in,
)

Side = Literal["before", "after", "third"]
SIDES: tuple[Side, ...] = get_args(Side)
THUMBNAIL_PX = 160
MORE_CARDS = 40


def render_strip(
    view: QueryView, side: Side, urls: ThumbnailUrls, name: str = "", *, grows: bool = True
) -> Markup:
    """Return one strip with its heading; cards are in rank order, the first on the left.

    Args:
        view: The query, of which the strip's first cards are shown.
        side: Which strip; `third` is the order after re-ranking by the scorer called `name`.
        urls: Addresses of thumbnails.
        name: Of the third strip's scorer.
        grows: Whether a button brings the cards that are not shown.
    """
    order = f"by {name}" if side == "third" else f"{side} re-ranking"
    heading = _third_heading(view, name) if side == "third" else _heading(view, side)
    cards = render_cards(view, side, urls) if grows else _fixed_cards(view, side, urls)
    shown = {"data_strip": side, "data_of": view.query.image_id, "tabindex": -1}
    body = tag("header", heading) + tag("ol", cards, class_="sl-cards", **shown)
    return tag("section", body, class_=f"sl-strip sl-{side}", aria_label=f"Ranking {order}")


def render_cards(view: QueryView, side: Side, urls: ThumbnailUrls, start: int = 0) -> Markup:
    """Return a strip's cards from row `start` on, and the button that brings the next ones."""
    candidates = view.before if side == "before" else view.after
    cards = join(_card(candidate, side, view, urls) for candidate in candidates[start:])
    rest = view.n_shortlist - len(candidates)
    if not rest:
        return cards
    label = f"Show {min(rest, MORE_CARDS)} more of {rest:,} results"
    return cards + _more(button(f"{rest:,} more", data_more=len(candidates), aria_label=label))


def _fixed_cards(view: QueryView, side: Side, urls: ThumbnailUrls) -> Markup:
    candidates = view.before if side == "before" else view.after
    rest = view.n_shortlist - len(candidates)
    more = _more(f"{rest:,} more") if rest > 0 else ""
    return join(_card(candidate, side, view, urls) for candidate in candidates) + more


def _more(what: object) -> Markup:
    return tag("li", what, class_="sl-more", role="listitem")


def _third_heading(view: QueryView, name: str) -> Markup:
    kind, n_scored = view.kind, view.n_pairs - view.n_unscored
    reach = f"{n_scored:,} of the first {view.depth:,} scored"
    note = "" if n_scored else span("sl-amber", messages.NOTHING_OF_THIRD)
    ap = "" if view.outcome is None else f" · AP {ap_text(view.outcome.ap_after)}"
    if view.n_unscored and ap:
        ap += ", the unscored in their places"
    return _heading_of("third", name, f"{kind.name}, {kind.unit}, {reach}{ap}", kind.meaning, note)


def _heading_of(
    side: Side, order: str, unit: str, meaning: str | None = None, note: object = ""
) -> Markup:
    mark = tag("b", side, class_=f"sl-tag sl-tag-{side}")
    return join((mark, f" {order}", note, span("sl-unit", unit, title=meaning)))


def _heading(view: QueryView, side: Side) -> Markup:
    if side == "before":
        exact = "exact" if view.exact else "approximate"
        unit = f"cosine, {exact}, n = {view.n_shortlist:,}"
        return _heading_of("before", "descriptor order", unit)
    kind = view.kind
    fused = f"fused, λ = {view.lam:g}, γ = {view.gamma:g}"
    order = f"{kind.name} order" if view.lam == 0 else fused
    reach = f"first {view.depth:,} re-ranked"
    if view.n_pairs < len(view.moved):
        kinds = (card.middle_kind for card in view.moved)
        earlier = next((kind.name for kind in kinds if kind is not None), "an earlier stage")
        reach = f"{view.n_pairs:,} of the first {view.depth:,} scored, the best by {earlier}"
    return _heading_of("after", order, f"{kind.name}, {kind.unit}, {reach}", kind.meaning)


def _card(candidate: Candidate, side: Side, view: QueryView, urls: ThumbnailUrls) -> Markup:
    rank = candidate.rank_before if side == "before" else candidate.rank_after
    badge, words = movement_text(candidate.movement)
    direction = "up" if candidate.movement > 0 else "down" if candidate.movement < 0 else "same"
    score, reason = score_text(candidate, side, view)
    flags = f"sl-{candidate.relation}" + (" sl-unscored" if candidate.margin is None else "")
    tie = "" if side == "before" else _tie(candidate, view)
    name = file_name(candidate.image_id)
    label = f"Rank {rank}, {candidate.relation}, {words}, {reason or score}, {name}"
    title = f"{candidate.image_id}\n{_facts(candidate, side, view)}\nP, or a second click: the pair"
    frame = span(
        "sl-frame",
        picture(urls.url(candidate.image_id, THUMBNAIL_PX), 104, 84, decoding="async"),
        span("sl-rank", rank),
        span(f"sl-move sl-{direction}", badge),
        glyph(RELATION_GLYPHS[candidate.relation], "sl-glyph"),
        span("sl-intruder", "intruder") if candidate.intruder else "",
    )
    words = (frame, span("sl-score", score, tie), span("sl-file", name))
    does = {"data_card": candidate.image_id, "aria_label": label, "title": title}
    return tag("li", button(*words, kind=f"sl-card {flags}", **does), role="listitem")


def score_text(candidate: Candidate, side: Side, view: QueryView) -> tuple[str, str]:
    """Return a card's score and, where there is none, the reason in words."""
    if side == "before":
        return f"{candidate.cosine:.3f}", ""
    if candidate.margin is not None:
        return scored(candidate.margin, view.kind), ""
    if candidate.is_thinned:
        return "thinned", f"left out by an earlier stage, {_earlier(candidate)}"
    if candidate.problem is not None:
        return "failed", f"failed: {candidate.problem}"
    if candidate.rank_before > view.depth:
        return "not re-ranked", messages.BEYOND_DEPTH
    if side == "third":
        return "unscored", messages.UNSCORED_THERE
    return "pending", messages.UNSCORED


def _earlier(candidate: Candidate) -> str:
    """Return the score of the last stage before the last one, with its name."""
    name = "score" if candidate.middle_kind is None else candidate.middle_kind.name
    return f"{name} {candidate.middle:.4f}"


def _tie(candidate: Candidate, view: QueryView) -> Markup:
    if candidate.tie_size < 2:
        return Markup()
    name = view.kind.name
    text = f"{candidate.tie_size} candidates share this {name}; the shortlist's order decides"
    return span("sl-tie", f"tie ×{candidate.tie_size}", title=text)


def _facts(candidate: Candidate, side: Side, view: QueryView) -> str:
    facts = [
        f"{candidate.relation}, rank {candidate.rank_before} → {candidate.rank_after}",
        f"cosine {candidate.cosine:.4f}",
    ]
    kind = view.kind
    if candidate.margin is not None:
        probability = probability_text(candidate.probability, kind)
        facts.append(f"{kind.name} {scored_in(candidate.margin, kind, 2)}, P(yes) {probability}")
    else:
        facts.append(score_text(candidate, "after" if side == "before" else side, view)[1])
    if candidate.middle is not None and not candidate.is_thinned:
        facts.append(f"{_earlier(candidate)} (earlier stage)")
    if candidate.tie_size > 1:
        facts.append(f"{candidate.tie_size} candidates share this {kind.name}")
    return "\n".join(facts)
