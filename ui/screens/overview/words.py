"""The Overview's words: what moved, what the numbers are of, what memory and time buy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.types.benchmarks import ProtocolNumber, ProtocolNumbers
from core.types.corpus import Relation
from core.types.number_text import MISSING, ap_text, interval_text, signed, tests_text
from core.types.pipelines import PresetOffer
from core.types.rankings import Candidate, QueryChange, QueryOutcome, QueryView
from core.types.reliability import Reliability
from core.types.runs import Summary
from core.types.scorers import MovedPositives
from core.types.tradeoff import TradeoffChoice, TradeoffRow
from ui import messages
from ui.shared.text import bytes_text, scored_in, seconds_text

N_LEAD = 3
"""Pictures of each order of the best rescue and the worst harm."""
N_CARDS = 5
"""Pictures of each order of the further ones."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line from a candidate's place before, to its place after; both in columns from the left.

    A place beyond the pictures is at the right edge.
    """

    before: float
    after: float
    relation: Relation


def lines(view: QueryView, n: int = N_LEAD) -> tuple[Line, ...]:
    """Return the lines between the first `n` pictures before and the first `n` after."""
    shown = {c.image_id: c for c in (*view.before[:n], *view.after[:n])}
    return tuple(
        Line(_column(one.rank_before, n), _column(one.rank_after, n), one.relation)
        for one in shown.values()
    )


def _column(rank: int, n: int) -> float:
    return rank - 0.5 if rank <= n else float(n)


def n_harmed(summary: Summary) -> int:
    """Return how many queries are harmed, by an intruder or otherwise."""
    counts = summary.classes
    return counts.get("harmed by an intruder", 0) + counts.get("harmed, demoted", 0)


def first_positive(outcome: QueryOutcome) -> str:
    """Return where the first positive stood and where it stands."""
    before, after = outcome.first_positive_before, outcome.first_positive_after
    return f"first positive: {_place(before)} → {_place(after)}"


def _place(rank: int | None) -> str:
    return "not in the shortlist" if rank is None else f"rank {rank:,}"


def card_label(card: Candidate, side: str, change: QueryChange) -> str:
    """Return what a small picture is, in words: rank, label and score."""
    rank = card.rank_before if side == "before" else card.rank_after
    kind = change.view.kind
    score = (
        f"cosine {card.cosine:.3f}"
        if side == "before"
        else f"{kind.name} {scored_in(card.margin, kind)}"
    )
    return f"Rank {rank}, {'intruder' if card.intruder else card.relation}, {score}"


def pairs_per_query(summary: Summary) -> int:
    """Return how many pairs the last stage scores for one query."""
    return summary.n_pairs // max(1, summary.n_evaluated)


def timed(summary: Summary) -> str:
    """Return what the time per query is of."""
    if summary.seconds_per_query is None:
        return "not known: nothing was computed here"
    return f"{pairs_per_query(summary)} pairs, computing"


def protocol(summary: Summary) -> str:
    """Return what all the numbers are of, in one line."""
    parts = [
        f"{summary.n_evaluated:,} of {summary.n_queries:,} queries evaluated",
        f"mAP@{summary.k}",
        f"shortlist {summary.shortlist:,}",
        f"depth {summary.depth:,}",
        _thinned(summary),
        f"λ {summary.lam:g}",
        f"γ {summary.gamma:g}",
        f"{summary.n_pairs:,} pairs, {summary.cached_pairs:,} from cache",
        tests_text(summary.changes),
        f"{summary.n_skipped:,} without a positive left out" if summary.n_skipped else "",
        f"{summary.n_unscored:,} pairs unscored" if summary.n_unscored else "",
    ]
    return " · ".join(filter(None, parts))


def _thinned(summary: Summary) -> str:
    if len(summary.stages) > 1:
        stages = " > ".join(f"{one.stage} {one.n_pairs:,.4g}" for one in summary.stages)
        return f"{stages} pairs per query"
    n = pairs_per_query(summary)
    return f"thinned to {n:,} by MaxSim" if n < summary.depth else ""


def offer_text(offer: PresetOffer, summary: Summary) -> str:
    """Return that first places are lost, and what another preset reached where it was measured."""
    lost = (
        f"Re-ranking loses first places: R@1 {ap_text(summary.r1_before)} → "
        f"{ap_text(summary.r1_after)}."
    )
    where = "here" if offer.run_id is not None else f"on held-out instances of {offer.where}"
    return (
        f"{lost} The preset {offer.preset.name} reached {ap_text(offer.r1_before)} → "
        f"{ap_text(offer.r1_after)} {where}, mAP {ap_text(offer.map_before)} → "
        f"{ap_text(offer.map_after)}."
    )


def protocol_text(numbers: ProtocolNumbers) -> str:
    """Return what was measured, and in one sentence why it is not AP@k."""
    return f"{numbers.title}, {numbers.benchmark}. {numbers.difference}"


def protocol_rows(numbers: ProtocolNumbers) -> list[tuple[str, ...]]:
    """Return a row per published number: before, after, change, queries, or why there is none."""
    return [_protocol_row(one) for one in numbers.numbers]


def _protocol_row(one: ProtocolNumber) -> tuple[str, ...]:
    if one.before is None and one.after is None:
        return one.name, one.problem or MISSING, "", "", ""
    change = None if one.before is None or one.after is None else one.after - one.before
    return one.name, ap_text(one.before), ap_text(one.after), signed(change), f"{one.n:,}"


def reliability_text(curves: Sequence[Reliability]) -> str:
    """Return in one sentence how far each probability is from what is found."""
    shown = curves[-1]
    gaps = " and ".join(f"{ap_text(one.error)} for {one.name}" for one in curves)
    own = ""
    if shown.held_out is not None:
        held_out = ap_text(shown.held_out)
        own = f"; the weights saw these labels: held out, over the fit's pairs, it is {held_out}"
    return (
        f"Said and found differ by {gaps} in the mean over {shown.n:,} pairs of "
        f"{shown.n_queries:,} queries, {shown.n_matches:,} of them matches (calibration error)"
        f"{own}."
    )


def reach(found: MovedPositives) -> str:
    """Return how many positives two scorers were compared on, and what is left out."""
    so_far = f" of {found.n_total:,} so far" if found.n_queries < found.n_total else ""
    parts = [f"{found.n_pairs:,} pairs (query, positive) of {found.n_queries:,} queries{so_far}"]
    if found.n_unscored:
        parts.append(f"{found.n_unscored:,} pairs left out: not scored by both")
    if found.n_partial:
        parts.append(
            f"in {found.n_partial:,} queries other candidates are unscored and keep their places"
        )
    return " · ".join(parts)


def count(choice: TradeoffChoice) -> str:
    """Return how many settings a table of trade-offs holds, and how many it lacks."""
    table = choice.table
    measured = [row for row in table.rows if row.problem is None]
    n = max((row.n_queries for row in measured), default=0)
    text = f"{len(measured)} settings, n = {n:,} of {table.n_corpus_queries:,} queries"
    failed = len(table.rows) - len(measured)
    if failed:
        text += f", {failed} settings not possible"
    if len(table.rows) < table.n_settings:
        text += f", {table.n_settings - len(table.rows)} still to be measured"
    return text


def smallest(choice: TradeoffChoice) -> str:
    """Return the smallest setting that loses next to nothing."""
    plain, small = choice.uncompressed, choice.smallest
    if plain is None or small is None:
        return "The uncompressed tokens have no mAP, so nothing can be compared with them."
    points = 100 * choice.points
    unit = "mAP point" if points == 1 else "mAP points"
    change = f"{signed(small.delta_map)} {interval_text(small.delta_ci, with_sign=True)}".rstrip()
    return (
        f"Smallest within {points:g} {unit} of uncompressed ({_bytes(plain)}, mAP "
        f"{ap_text(plain.map_after)}, {plain.setting.scorer}, depth {plain.setting.depth}): "
        f"{small.setting.stored}, {_bytes(small)} per image, mAP {ap_text(small.map_after)}, "
        f"change {change}."
    )


def best(choice: TradeoffChoice) -> str:
    """Return the best setting within the budget."""
    found = choice.best
    if found is None:
        return messages.NO_BUDGET_FITS
    seconds = " ".join(seconds_text(found.seconds_per_query))
    return (
        f"Best within it: {found.setting.stored}, {found.setting.scorer}, depth "
        f"{found.setting.depth}: mAP {ap_text(found.map_after)} "
        f"{interval_text(found.map_after_ci)}, {seconds.strip()} per query."
    )


def cheapest(choice: TradeoffChoice) -> str:
    """Return the cheapest uncompressed setting that is nearly as good as the best."""
    cheap, top = choice.cheapest, choice.top
    if cheap is None or top is None:
        return ""
    points = 100 * choice.points
    unit = "mAP point" if points == 1 else "mAP points"
    (theirs, own) = (" ".join(seconds_text(r.seconds_per_query)).strip() for r in (top, cheap))
    return (
        f"Cheapest within {points:g} {unit} of the best uncompressed ({_called(top)}, mAP "
        f"{ap_text(top.map_after)}, {theirs} per query): {_called(cheap)}, mAP "
        f"{ap_text(cheap.map_after)}, {own} per query."
    )


def _called(row: TradeoffRow) -> str:
    scorer = row.setting.scorer
    return scorer if "@" in scorer else f"{scorer}@{row.setting.depth}"


def budgets(choice: TradeoffChoice) -> list[tuple[int, str]]:
    """Return the budgets offered: every size of the table, the largest first, and the chosen."""
    sizes = {r.bytes_per_image for r in choice.table.rows if r.bytes_per_image is not None}
    values: Sequence[int] = sorted({*map(math.ceil, sizes), chosen(choice)}, reverse=True)
    return [(value, " ".join(bytes_text(value))) for value in values]


def chosen(choice: TradeoffChoice) -> int:
    """Return the budget in whole bytes."""
    return math.ceil(choice.budget)


def origin(choice: TradeoffChoice) -> str:
    """Return whose trade-offs these are, and what their intervals are."""
    table = choice.table
    measured = table.updated_at[:16].replace("T", " ")
    words = f"{table.model} · {measured} UTC · mAP@{table.k} · 95 % intervals: paired bootstrap"
    return f"{words} over instances"


def _bytes(row: TradeoffRow) -> str:
    return (
        "size not known"
        if row.bytes_per_image is None
        else " ".join(bytes_text(row.bytes_per_image))
    )
