"""A trade-off table as CSV, with its receipts in a JSON file beside it."""

import json
from pathlib import Path

from core.errors import ExchangeError
from core.spreadsheet import csv_text
from core.storage.files import atomic_write_text
from core.types.runs import Interval
from core.types.tradeoff import TradeoffRow, TradeoffTable

COLUMNS = (
    "scorer",
    "resolution",
    "compression",
    "depth",
    "n_queries",
    "n_unscored",
    "map_before",
    "map_after",
    "map_after_low",
    "map_after_high",
    "delta_map",
    "delta_low",
    "delta_high",
    "kendall_tau",
    "bytes_per_image",
    "pairs_per_second",
    "seconds_per_query",
    "problem",
    "receipt",
    "model_calls_per_query",
    "tokens_per_query",
)


def check_table_path(path: Path) -> None:
    """Refuse a place where `write_table` cannot write.

    Raises:
        ExchangeError: It does not end in .csv, or its folder is missing.
    """
    if path.suffix.lower() != ".csv":
        raise ExchangeError(
            f"The table is not written as '{path.name}'; give a name that ends in .csv."
        )
    if not path.absolute().parent.is_dir():
        raise ExchangeError(
            f"There is no folder {path.absolute().parent} for the table; make it, or give another "
            "place."
        )


def write_table(path: Path, table: TradeoffTable) -> None:
    """Write FILE.csv and FILE.receipts.json; existing files are replaced as a whole.

    Raises:
        ExchangeError: The place cannot be used.
        WorkspaceError: A file cannot be written.
    """
    check_table_path(path)
    receipts = {row.receipt.receipt_id: dict(row.receipt.fields) for row in table.rows}
    text = json.dumps(receipts, ensure_ascii=False, indent=1)
    atomic_write_text(path.with_suffix(".receipts.json"), f"{text}\n")
    atomic_write_text(path, table_csv(table))


def table_csv(table: TradeoffTable) -> str:
    """Return the table as CSV text, texts guarded; what is not known is left empty."""
    return csv_text(COLUMNS, map(_cells, table.rows))


def _cells(row: TradeoffRow) -> tuple[object, ...]:
    """Return a row's cells in the order of `COLUMNS`; None is written as nothing."""
    setting = row.setting
    return (
        setting.scorer,
        setting.resolution or "full",
        setting.compression,
        setting.depth,
        row.n_queries,
        row.n_unscored,
        row.map_before,
        row.map_after,
        *_ends(row.map_after_ci),
        row.delta_map,
        *_ends(row.delta_ci),
        row.tau,
        row.bytes_per_image,
        row.pairs_per_second,
        row.seconds_per_query,
        row.problem,
        row.receipt.receipt_id,
        sum(stage.n_calls for stage in row.stages) if row.stages else None,
        _tokens(row),
    )


def _tokens(row: TradeoffRow) -> float | None:
    """Return the stored visual tokens that all stages read per query; None = not known."""
    known = [stage.n_tokens for stage in row.stages if stage.n_tokens is not None]
    return sum(known) if known else None


def _ends(interval: Interval | None) -> tuple[float | None, float | None]:
    return (None, None) if interval is None else (interval.low, interval.high)
