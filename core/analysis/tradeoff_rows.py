"""From evaluations to rows of a trade-off table, and from a table to a choice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.analysis.agreement import kendall_tau
from core.analysis.significance import bootstrap
from core.types.rankings import QueryOutcome
from core.types.runs import Interval, Receipt, Summary
from core.types.tradeoff import TradeoffChoice, TradeoffRow, TradeoffSetting, TradeoffTable

Orders = Mapping[str, tuple[str, ...]]
"""The first `depth` after re-ranking, by query id."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One setting's evaluation: means, outcomes and orders of the queries chosen."""

    summary: Summary
    outcomes: tuple[QueryOutcome, ...]
    orders: Orders


def measured_row(
    setting: TradeoffSetting, measured: Measured, uncompressed: Measured, receipt: Receipt
) -> TradeoffRow:
    """Return the row of one setting.

    Args:
        setting: What was measured.
        measured: How it did.
        uncompressed: How the same scorer did at the same depth on uncompressed tokens.
        receipt: Where the numbers come from.
    """
    summary = measured.summary
    seconds = summary.seconds_per_query
    n_pairs = summary.n_pairs / summary.n_evaluated
    withheld = summary.map_after is None or uncompressed.summary.map_after is None
    delta, interval = (None, None) if withheld else _difference(measured, uncompressed)
    return TradeoffRow(
        setting=setting,
        n_queries=summary.n_evaluated,
        n_unscored=summary.n_unscored,
        map_before=summary.map_before,
        map_after=summary.map_after,
        map_after_ci=summary.map_after_ci,
        delta_map=delta,
        delta_ci=interval,
        tau=mean_tau(measured.orders, uncompressed.orders),
        bytes_per_image=summary.bytes_per_image,
        pairs_per_second=n_pairs / seconds if seconds else None,
        seconds_per_query=seconds,
        problem=None,
        receipt=receipt,
        stages=summary.stages,
    )


def failed_row(setting: TradeoffSetting, problem: str, receipt: Receipt) -> TradeoffRow:
    """Return the row of a setting that this model or corpus cannot have; `problem` says why."""
    return TradeoffRow(
        setting=setting,
        n_queries=0,
        n_unscored=0,
        map_before=None,
        map_after=None,
        map_after_ci=None,
        delta_map=None,
        delta_ci=None,
        tau=None,
        bytes_per_image=None,
        pairs_per_second=None,
        seconds_per_query=None,
        problem=problem,
        receipt=receipt,
    )


def mean_tau(orders: Orders, uncompressed: Orders) -> float | None:
    """Return the mean over queries of Kendall's tau, or None where no query has two candidates."""
    taus = [kendall_tau(orders[query], uncompressed[query]) for query in sorted(orders)]
    known = [tau for tau in taus if tau is not None]
    return float(np.mean(known)) if known else None


def uncompressed_row(rows: Sequence[TradeoffRow]) -> TradeoffRow | None:
    """Return the deepest row on uncompressed tokens, of the scorer named first; None = no such."""
    found = [row for row in rows if row.setting.stored == "none" and row.map_after is not None]
    scorers = [row.setting.scorer for row in found]
    return max(
        (row for row in found if row.setting.scorer == scorers[0]),
        key=lambda row: row.setting.depth,
        default=None,
    )


def smallest_within(
    rows: Sequence[TradeoffRow], uncompressed: TradeoffRow, points: float
) -> TradeoffRow:
    """Return the row of fewest bytes whose mAP is at most `points` below the uncompressed one's.

    Only rows of the same scorer and depth are compared. Equal sizes: the higher mAP first.

    Args:
        rows: A table, with the uncompressed row in it.
        uncompressed: What to compare with; its mAP is known.
        points: Largest loss of mAP, in [0, 1].
    """
    assert uncompressed.map_after is not None, "an uncompressed row is measured"
    least = round(uncompressed.map_after - points, 12)
    same = (uncompressed.setting.scorer, uncompressed.setting.depth)
    fitting = [
        (row.bytes_per_image, -row.map_after, place)
        for place, row in enumerate(rows)
        if (row.setting.scorer, row.setting.depth) == same
        and row.bytes_per_image is not None
        and row.map_after is not None
        and row.map_after >= least
    ]
    return rows[min(fitting)[2]]


def best_within(rows: Iterable[TradeoffRow], budget: float) -> TradeoffRow | None:
    """Return the row of highest mAP that takes at most `budget` bytes per image.

    Equal mAP: the fewer bytes, then the smaller depth, then the row named first.
    """
    fitting = [
        row
        for row in rows
        if row.map_after is not None
        and row.bytes_per_image is not None
        and row.bytes_per_image <= budget
    ]
    return min(
        fitting,
        key=lambda row: (-(row.map_after or 0.0), row.bytes_per_image, row.setting.depth),
        default=None,
    )


def cheapest_within(
    rows: Iterable[TradeoffRow], points: float
) -> tuple[TradeoffRow | None, TradeoffRow | None]:
    """Return the uncompressed row of least seconds within `points` of the best, and the best.

    Equal seconds or mAP: the row named first. None where no uncompressed row is measured.
    """
    known = [
        (row.map_after, row.seconds_per_query, row)
        for row in rows
        if row.setting.stored == "none"
        and row.map_after is not None
        and row.seconds_per_query is not None
    ]
    if not known:
        return None, None
    highest, _, top = max(known, key=lambda one: one[0])
    fitting = [one for one in known if one[0] >= round(highest - points, 12)]
    return min(fitting, key=lambda one: one[1])[2], top


def _difference(measured: Measured, uncompressed: Measured) -> tuple[float | None, Interval | None]:
    """Return the paired difference of mAP and its interval over instances."""
    theirs = {outcome.query_id: outcome.ap_after for outcome in uncompressed.outcomes}
    pairs = [(o.ap_after, theirs[o.query_id]) for o in measured.outcomes]
    values = np.array(pairs, dtype=np.float64)
    draws = bootstrap(values, [o.cluster for o in measured.outcomes])
    delta = float(values[:, 0].mean() - values[:, 1].mean())
    return delta, draws.difference(0, 1) if draws else None


def choose(
    table: TradeoffTable, budget: float | None, points: float, *, is_current: bool
) -> TradeoffChoice:
    """Return a table read at a memory budget.

    Args:
        table: The rows measured so far.
        budget: Bytes per image; None = what the largest setting takes, so that every setting fits.
        points: How far below the uncompressed mAP the smallest setting may lie, in mAP.
        is_current: Whether the table is of the bench on screen.
    """
    sizes = [row.bytes_per_image for row in table.rows if row.bytes_per_image is not None]
    plain = uncompressed_row(table.rows)
    has_pipelines = any("@" in row.setting.scorer for row in table.rows)
    cheapest, top = cheapest_within(table.rows, points) if has_pipelines else (None, None)
    limit = budget if budget is not None else max(sizes, default=0.0)
    return TradeoffChoice(
        table=table,
        budget=limit,
        points=points,
        uncompressed=plain,
        smallest=None if plain is None else smallest_within(table.rows, plain, points),
        best=best_within(table.rows, limit),
        is_current=is_current,
        cheapest=cheapest,
        top=top,
    )
