"""A query's ranking as a strip of cards: frame and glyph, rank, movement, score, file name."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from core.types.number_text import ap_text
from core.types.rankings import Candidate, QueryView, StageStep
from core.types.scores import P_YES
from ui import messages
from ui.shared.terms import Reach, Segment, reach_of, segments, terms_text
from ui.shared.text import movement_text, probability_text, scored, scored_in

Side = Literal["before", "after", "third", "step"]
"""Which order: of a `step`, the one that a stage left."""


@dataclass(frozen=True, slots=True)
class Card:
    """A candidate's card in a strip; `tie` is empty where nobody shares its score.

    `terms` is the bar of what each term of joined evidence adds, empty where nothing is joined, and
    `zero` where 0 nats lies on it, in per cent from the left.
    """

    candidate: Candidate
    rank: int
    badge: str
    movement: str
    direction: str
    score: str
    reason: str
    tie: str
    title: str
    terms: tuple[Segment, ...] = ()
    zero: float = 0.0


@dataclass(frozen=True, slots=True)
class Cards:
    """Cards of a strip, and how many are left; `more` is the first row that is not shown."""

    template: ClassVar[str] = "shared/cards.html"
    cards: tuple[Card, ...]
    rest: int
    more: int
    grows: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """One strip with its heading; cards are in rank order, the first on the left.

    `name` is what its cards are asked for by, `tag` what stands before its heading. `absent` says
    why there is no order, and then no card is shown.
    """

    template: ClassVar[str] = "shared/strip.html"
    side: Side
    name: str
    tag: str
    label: str
    absent: str
    query_id: str
    order: str
    unit: str
    meaning: str
    note: str
    cards: tuple[Card, ...]
    rest: int
    more: int
    grows: bool


def strip(view: QueryView, side: Side, name: str = "", *, grows: bool = True) -> Strip:
    """Return one strip of a query.

    Args:
        view: The query, of which the strip's first cards are shown.
        side: Which strip; `third` is the order after re-ranking by the scorer called `name`.
        name: Of the third strip's scorer.
        grows: Whether a button brings the cards that are not shown.
    """
    heading = _third_heading(view, name) if side == "third" else _heading(view, side)
    order, unit, meaning, note = heading
    found = cards(view, side, grows=grows)
    label = f"Ranking by {name}" if side == "third" else f"Ranking {side} re-ranking"
    made = Strip(
        side=side,
        name=side,
        tag=side,
        label=label,
        absent="",
        query_id=view.query.image_id,
        order=order,
        unit=unit,
        meaning=meaning,
        note=note,
        cards=found.cards,
        rest=found.rest,
        more=found.more,
        grows=grows,
    )
    last = view.stages[-1] if view.stages else None
    could_not_run = last is not None and last.is_missing and not last.n_pending
    return _without(made, last) if side == "after" and last and could_not_run else made


def stage_strip(view: QueryView, place: int, step: StageStep) -> Strip:
    """Return the strip of the order that one stage left.

    Args:
        view: What the stage made of the order before it.
        place: Of the stage, 0 = the first.
        step: What it did.
    """
    number = place + 1
    made = replace(
        strip(view, "step"),
        name=f"step-{number}",
        tag=f"stage {number}",
        label=f"Ranking after stage {number}, {step.stage}",
        order=f"{step.stage} order",
        note=unscored_text(step) if not step.is_missing else "",
    )
    return _without(made, step) if step.is_missing else made


def _without(made: Strip, step: StageStep) -> Strip:
    """Return a strip that says in the place of its cards why its stage left no order."""
    return replace(made, absent=missing_text(step), unit="", note="", cards=(), rest=0)


def missing_text(step: StageStep) -> str:
    """Return why a stage left no order."""
    if step.n_pending:
        return f"Not scored yet: {step.n_pending:,} pairs."
    reason = f" {step.problem}" if step.problem else ""
    return f"Could not run for this query: none of its {step.n_pairs:,} pairs has a score.{reason}"


def unscored_text(step: StageStep) -> str:
    """Return how many pairs of a stage have no score, which keep their places; empty for none."""
    parts = ((step.n_pending, "not scored yet"), (step.n_failed, "failed"))
    return ", ".join(f"{n:,} {text}" for n, text in parts if n)


def cards(view: QueryView, side: Side, start: int = 0, *, grows: bool = True) -> Cards:
    """Return a strip's cards from row `start` on."""
    candidates = view.before if side == "before" else view.after
    reach = None if side == "before" else reach_of(one.shares for one in view.moved)
    made = tuple(_card(candidate, side, view, reach) for candidate in candidates[start:])
    rest = max(0, view.n_shortlist - len(candidates))
    return Cards(made, rest, len(candidates), grows)


def _third_heading(view: QueryView, name: str) -> tuple[str, str, str, str]:
    kind, n_scored = view.kind, view.n_pairs - view.n_unscored
    reach = f"{n_scored:,} of the first {view.depth:,} scored"
    note = "" if n_scored else messages.NOTHING_OF_THIRD
    ap = "" if view.outcome is None else f" · AP {ap_text(view.outcome.ap_after)}"
    if view.n_unscored and ap:
        ap += ", the unscored in their places"
    return name, f"{kind.name}, {kind.unit}, {reach}{ap}", kind.meaning, note


def _heading(view: QueryView, side: Side) -> tuple[str, str, str, str]:
    if side == "before":
        exact = "exact" if view.exact else "approximate"
        return "descriptor order", f"cosine, {exact}, n = {view.n_shortlist:,}", "", ""
    kind = view.kind
    if side == "step":
        reach = f"first {view.depth:,} re-ordered, places against the order before"
        return f"{kind.name} order", f"{kind.name}, {kind.unit}, {reach}", kind.meaning, ""
    fused = f"fused, λ = {view.lam:g}, γ = {view.gamma:g}"
    order = f"{kind.name} order" if view.lam == 0 else fused
    reach = f"first {view.depth:,} re-ranked"
    n_asked = view.stages[-1].n_pairs if view.stages else view.n_pairs
    if n_asked < len(view.moved):
        kinds = (card.middle_kind for card in view.moved)
        earlier = next((kind.name for kind in kinds if kind is not None), "an earlier stage")
        reach = f"{n_asked:,} of the first {view.depth:,} scored, the best by {earlier}"
    return order, f"{kind.name}, {kind.unit}, {reach}", kind.meaning, ""


def _card(candidate: Candidate, side: Side, view: QueryView, reach: Reach | None) -> Card:
    badge, movement = movement_text(candidate.movement)
    score, reason = score_text(candidate, side, view)
    shared = candidate.tie_size if side != "before" and candidate.tie_size > 1 else 0
    return Card(
        candidate=candidate,
        rank=candidate.rank_before if side == "before" else candidate.rank_after,
        badge=badge,
        movement=movement,
        direction="up" if candidate.movement > 0 else "down" if candidate.movement < 0 else "same",
        score=score,
        reason=reason,
        tie=f"{shared} candidates share this {view.kind.name}; the shortlist's order decides"
        if shared
        else "",
        title=f"{candidate.image_id}\n{_facts(candidate, side, view)}\n"
        "P, or a second click: the pair",
        terms=() if reach is None else segments(candidate.shares, reach),
        zero=0.0 if reach is None else round(reach.place(0.0), 2),
    )


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


def _facts(candidate: Candidate, side: Side, view: QueryView) -> str:
    facts = [
        f"{candidate.relation}, rank {candidate.rank_before} → {candidate.rank_after}",
        f"cosine {candidate.cosine:.4f}",
    ]
    kind = view.kind
    if candidate.margin is not None:
        probability = probability_text(candidate.probability, kind)
        called = kind.probability or P_YES
        facts.append(f"{kind.name} {scored_in(candidate.margin, kind, 2)}, {called} {probability}")
    else:
        facts.append(score_text(candidate, "after" if side == "before" else side, view)[1])
    if candidate.shares is not None:
        facts.append(terms_text(candidate.shares))
    if candidate.middle is not None and not candidate.is_thinned:
        facts.append(f"{_earlier(candidate)} (earlier stage)")
    if candidate.tie_size > 1:
        facts.append(f"{candidate.tie_size} candidates share this {kind.name}")
    return "\n".join(facts)
