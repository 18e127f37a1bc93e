"""A trade-off table as CSV, with its receipts in a JSON file beside it."""

import json
from pathlib import Path

from core.errors import ExchangeError
from core.spreadsheet import Columns, table_csv_text
from core.storage.files import atomic_write_text
from core.types.tradeoff import TradeoffRow, TradeoffTable


def _tokens(row: TradeoffRow) -> float | None:
    """Return the stored visual tokens that all stages read per query; None = not known."""
    known = [stage.n_tokens for stage in row.stages if stage.n_tokens is not None]
    return sum(known) if known else None


COLUMNS: Columns[TradeoffRow] = {
    "scorer": lambda row: row.setting.scorer,
    "resolution": lambda row: row.setting.resolution or "full",
    "compression": lambda row: row.setting.compression,
    "depth": lambda row: row.setting.depth,
    "n_queries": lambda row: row.n_queries,
    "n_unscored": lambda row: row.n_unscored,
    "map_before": lambda row: row.map_before,
    "map_after": lambda row: row.map_after,
    "map_after_low": lambda row: row.map_after_ci and row.map_after_ci.low,
    "map_after_high": lambda row: row.map_after_ci and row.map_after_ci.high,
    "delta_map": lambda row: row.delta_map,
    "delta_low": lambda row: row.delta_ci and row.delta_ci.low,
    "delta_high": lambda row: row.delta_ci and row.delta_ci.high,
    "kendall_tau": lambda row: row.tau,
    "bytes_per_image": lambda row: row.bytes_per_image,
    "pairs_per_second": lambda row: row.pairs_per_second,
    "seconds_per_query": lambda row: row.seconds_per_query,
    "problem": lambda row: row.problem,
    "receipt": lambda row: row.receipt.receipt_id,
    "model_calls_per_query": lambda row: (
        sum(one.n_calls for one in row.stages) if row.stages else None
    ),
    "tokens_per_query": _tokens,
}


def check_table_path(path: Path) -> None:
    """Refuse a place where `write_table` cannot write.

    Raises:
        ExchangeError: It does not end in .csv, or its folder is missing.
    """
    if path.suffix.lower() != ".csv":
        raise ExchangeError(
            f"The table is not written as '{path.name}'; give a name that ends in .csv."
        )
    require_parent(path, "table")


def require_parent(path: Path, what: str) -> None:
    """Do nothing if there is a folder to write a file or folder into.

    Raises:
        ExchangeError: There is none.
    """
    parent = path.absolute().parent
    if not parent.is_dir():
        raise ExchangeError(
            f"There is no folder {parent} for the {what}; make it, or give another place."
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
    return table_csv_text(COLUMNS, table.rows)
