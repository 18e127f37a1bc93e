"""Invented trade-offs: two scorers, three compressions, two depths; one setting failed."""

from dataclasses import replace

from core.analysis.tradeoff_rows import choose, failed_row
from core.types.runs import Interval, Receipt
from core.types.tradeoff import TradeoffChoice, TradeoffRow, TradeoffSetting, TradeoffTable

RECEIPT = Receipt("0a1b2c3d4e5f", {"corpus": "fake corpus", "weights": "7d793037a076"})
SIZES = {"none": 27_829.4, "int8": 7_237.0, "pq:48": 1_909.0}
QUALITY = {"none": 0.437, "int8": 0.436, "pq:48": 0.420}


def row(
    compression: str = "none", depth: int = 50, scorer: str = "mllm", **changes: object
) -> TradeoffRow:
    """Return a row whose mAP grows with depth; MaxSim is worse and a hundred times faster."""
    quality = QUALITY[compression] - (0.02 if depth < 50 else 0.0) - 0.01 * (scorer != "mllm")
    seconds = depth / (100 if scorer == "mllm" else 10_000)
    made = TradeoffRow(
        setting=TradeoffSetting(scorer, None, compression, depth),
        n_queries=8,
        n_unscored=0,
        map_before=0.38,
        map_after=quality,
        map_after_ci=Interval(quality - 0.05, quality + 0.05),
        delta_map=QUALITY[compression] - QUALITY["none"],
        delta_ci=Interval(-0.02, 0.01),
        tau=1.0 if compression == "none" else 0.95,
        bytes_per_image=SIZES[compression],
        pairs_per_second=depth / seconds,
        seconds_per_query=seconds,
        problem=None,
        receipt=RECEIPT,
    )
    return replace(made, **changes)


def table(rows: tuple[TradeoffRow, ...] | None = None) -> TradeoffTable:
    failed = TradeoffSetting("mllm", 56, "none", 50)
    settings = [(c, d, s) for s in ("mllm", "maxsim") for c in SIZES for d in (10, 50)]
    found = (
        *(row(*one) for one in settings),
        failed_row(failed, "The model enlarges images under 154 px.", RECEIPT),
    )
    rows = found if rows is None else rows
    return TradeoffTable("2026-11-21T15:00:00+00:00", "fake-vl", len(rows), 8, 1000, RECEIPT, rows)


def choice(budget: float | None = None, shown: TradeoffTable | None = None) -> TradeoffChoice:
    """The table read at a budget in bytes per image, within one mAP point."""
    return choose(table() if shown is None else shown, budget, 0.01, is_current=True)
