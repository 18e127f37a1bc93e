"""A query's ranking as a strip of cards: frame and glyph, rank, movement, score, file name."""

from typing import Literal

from core.types import Candidate, QueryView
from ui import messages
from ui.render.text import (
    RELATION_GLYPHS,
    ThumbnailUrls,
    esc,
    file_name,
    movement_text,
    signed,
)

Side = Literal["before", "after"]
THUMBNAIL_PX = 160


def render_strip(view: QueryView, side: Side, urls: ThumbnailUrls) -> str:
    """Return one strip with its heading; cards are in rank order, the first on the left."""
    candidates = view.before if side == "before" else view.after
    cards = "".join(_card(candidate, side, view, urls) for candidate in candidates)
    rest = view.n_shortlist - len(candidates)
    more = f'<li class="sl-more" role="listitem">{rest:,} more</li>' if rest > 0 else ""
    return (
        f'<section class="sl-strip sl-{side}" aria-label="Ranking {side} re-ranking">'
        f"<header>{_heading(view, side)}</header>"
        f'<ol class="sl-cards" data-strip="{side}" tabindex="-1">{cards}{more}</ol></section>'
    )


def _heading(view: QueryView, side: Side) -> str:
    if side == "before":
        exact = "exact" if view.exact else "approximate"
        return (
            '<b class="sl-tag sl-tag-before">before</b> descriptor order'
            f'<span class="sl-unit">cosine, {exact}, n = {view.n_shortlist:,}</span>'
        )
    if view.lam == 0:
        order, unit = "margin order", "margin, nats"
    else:
        order, unit = f"fused, λ = {view.lam:g}, γ = {view.gamma:g}", "margin, nats"
    return (
        f'<b class="sl-tag sl-tag-after">after</b> {order}'
        f'<span class="sl-unit">{unit}, first {view.depth:,} re-ranked</span>'
    )


def _card(candidate: Candidate, side: Side, view: QueryView, urls: ThumbnailUrls) -> str:
    rank = candidate.rank_before if side == "before" else candidate.rank_after
    badge, words = movement_text(candidate.movement)
    direction = "up" if candidate.movement > 0 else "down" if candidate.movement < 0 else "same"
    score, reason = score_text(candidate, side, view.depth)
    flags = f"sl-{candidate.relation}" + (" sl-unscored" if candidate.margin is None else "")
    tie = _tie(candidate) if side == "after" else ""
    name = file_name(candidate.image_id)
    label = f"Rank {rank}, {candidate.relation}, {words}, {reason or score}, {name}"
    title = f"{candidate.image_id}\n{_facts(candidate, view.depth)}\nP, or a second click: the pair"
    intruder = '<span class="sl-intruder">intruder</span>' if candidate.intruder else ""
    return (
        f'<li role="listitem"><button type="button" class="sl-card {flags}" '
        f'data-card="{esc(candidate.image_id)}" aria-label="{esc(label)}" title="{esc(title)}">'
        f'<span class="sl-frame"><img src="{urls.url(candidate.image_id, THUMBNAIL_PX)}" alt="" '
        f'loading="lazy" decoding="async" width="104" height="84">'
        f'<span class="sl-rank">{rank}</span><span class="sl-move sl-{direction}">{badge}</span>'
        f'<span class="sl-glyph" aria-hidden="true">{RELATION_GLYPHS[candidate.relation]}</span>'
        f'{intruder}</span><span class="sl-score">{esc(score)}{tie}</span>'
        f'<span class="sl-file">{esc(name)}</span></button></li>'
    )


def score_text(candidate: Candidate, side: Side, depth: int) -> tuple[str, str]:
    """Return a card's score and, where there is none, the reason in words."""
    if side == "before":
        return f"{candidate.cosine:.3f}", ""
    if candidate.margin is not None:
        return signed(candidate.margin, 2), ""
    if candidate.problem is not None:
        return "failed", f"failed: {candidate.problem}"
    if candidate.rank_before > depth:
        return "not re-ranked", messages.BEYOND_DEPTH
    return "pending", messages.UNSCORED


def _tie(candidate: Candidate) -> str:
    if candidate.tie_size < 2:
        return ""
    text = f"{candidate.tie_size} candidates share this margin; the shortlist's order decides"
    return f'<span class="sl-tie" title="{text}">tie ×{candidate.tie_size}</span>'


def _facts(candidate: Candidate, depth: int) -> str:
    facts = [
        f"{candidate.relation}, rank {candidate.rank_before} → {candidate.rank_after}",
        f"cosine {candidate.cosine:.4f}",
    ]
    if candidate.margin is not None and candidate.probability is not None:
        facts.append(
            f"margin {signed(candidate.margin, 4)} nats, P(yes) {candidate.probability:.4f}"
        )
    else:
        facts.append(score_text(candidate, "after", depth)[1])
    if candidate.tie_size > 1:
        facts.append(f"{candidate.tie_size} candidates share this margin")
    return "\n".join(facts)
