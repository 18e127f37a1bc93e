"""Trade-off tables, named by what all their rows share: their receipt's id."""

from pathlib import Path

from pydantic import TypeAdapter

from core.storage.documents import Documents, json_kind
from core.types.tradeoff import TradeoffTable

TABLE = json_kind(
    TypeAdapter(TradeoffTable),
    "Trade-off table {file} cannot be read; move it out of the workspace's folder {folder} and run "
    "`python app.py tradeoff` again.",
)


def tables(folder: Path) -> Documents[TradeoffTable]:
    """Return the tables of a workspace's folder."""
    return Documents(folder, TABLE, lambda table: table.receipt.receipt_id)


def newest_table(folder: Path) -> TradeoffTable | None:
    """Return the table that was written last, or None where there is none.

    Raises:
        StaleIndexError: A file cannot be read as a table.
    """
    return max(tables(folder).all(), key=lambda table: table.updated_at, default=None)
