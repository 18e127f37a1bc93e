"""What a setting costs and what it is worth: one row per scorer, resolution, compression, depth."""

from dataclasses import dataclass

from core.types.runs import Interval, Receipt, StageUse


@dataclass(frozen=True, slots=True, order=True)
class TradeoffSetting:
    """One point of the grid; `resolution` None = the model's own bound, else a side in pixels."""

    scorer: str
    resolution: int | None
    compression: str
    depth: int

    @property
    def stored(self) -> str:
        """What is stored of an image, in the grammar of compressions: `res:112+int8`."""
        if self.resolution is None:
            return self.compression
        size = f"res:{self.resolution}"
        return size if self.compression == "none" else f"{size}+{self.compression}"


@dataclass(frozen=True, slots=True)
class TradeoffRow:
    """What one setting was measured at; None = not known, and `problem` says why nothing is.

    `delta_map` and `tau` compare with the uncompressed tokens under the same scorer and depth:
    the paired difference of mAP, and the mean over queries of Kendall's tau between the two orders
    of the first `depth`. `seconds_per_query` and `pairs_per_second` are of computing, never of
    cache reads. Bytes are what the store takes on disk per image.
    """

    setting: TradeoffSetting
    n_queries: int
    n_unscored: int
    map_before: float | None
    map_after: float | None
    map_after_ci: Interval | None
    delta_map: float | None
    delta_ci: Interval | None
    tau: float | None
    bytes_per_image: float | None
    pairs_per_second: float | None
    seconds_per_query: float | None
    problem: str | None
    receipt: Receipt
    stages: tuple[StageUse, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeoffTable:
    """The rows so far of one model on one corpus, in the grid's order.

    `n_settings` is the size of the grid that was asked for last; `receipt` is what all rows share.
    """

    updated_at: str
    model: str
    n_settings: int
    n_corpus_queries: int
    k: int
    receipt: Receipt
    rows: tuple[TradeoffRow, ...]


@dataclass(frozen=True, slots=True)
class TradeoffChoice:
    """A table read at a memory budget.

    `smallest` takes the fewest bytes per image among the settings whose mAP is within `points` of
    `uncompressed`, at its scorer and depth. `best` has the highest mAP of all settings that fit the
    budget. `cheapest` takes the least computing per query among the uncompressed settings,
    pipelines among them, whose mAP is within `points` of the best of these, `top`; both are told
    where a pipeline was measured. None where there is no such row.
    """

    table: TradeoffTable
    budget: float
    points: float
    uncompressed: TradeoffRow | None
    smallest: TradeoffRow | None
    best: TradeoffRow | None
    is_current: bool
    cheapest: TradeoffRow | None = None
    top: TradeoffRow | None = None
