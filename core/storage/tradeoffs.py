"""Trade-off tables as one JSON file each, named by what all their rows share."""

from pathlib import Path

from pydantic import TypeAdapter

from core.storage.documents import load_document, save_document
from core.types.tradeoff import TradeoffTable

_TABLE = TypeAdapter(TradeoffTable)


def save_table(folder: Path, table: TradeoffTable) -> Path:
    """Write a table under its receipt's id, in place of an older one, and return the file.

    Raises:
        WorkspaceError: The disk is full or read-only.
    """
    return save_document(folder / f"{table.receipt.receipt_id}.json", _TABLE, table)


def find_table(folder: Path, receipt_id: str) -> TradeoffTable | None:
    """Return the table of one receipt, or None where there is none.

    Raises:
        StaleIndexError: The file cannot be read as a table.
    """
    path = folder / f"{receipt_id}.json"
    return load_table(path) if path.exists() else None


def newest_table(folder: Path) -> TradeoffTable | None:
    """Return the table that was written last, or None where there is none.

    Raises:
        StaleIndexError: A file cannot be read as a table.
    """
    tables = [load_table(path) for path in sorted(folder.glob("*.json"))]
    return max(tables, key=lambda table: table.updated_at, default=None)


def load_table(path: Path) -> TradeoffTable:
    """Return one stored table, equal to what was saved.

    Raises:
        StaleIndexError: The file cannot be read as a table.
    """
    return load_document(path, _TABLE, "Trade-off table", " and run `python app.py tradeoff` again")
