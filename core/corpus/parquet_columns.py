"""The plain columns of Parquet and Arrow files as a table's cells.

`pyarrow` is the extra `export`.
"""

import json
from typing import Any, cast

from core.errors import ManifestError

NEEDS_PYARROW = (
    "Parquet and Arrow files are read with pyarrow, which is not installed; run "
    "`python -m pip install pyarrow` and start again."
)
DAMAGE = (OSError, ValueError, KeyError, TypeError, IndexError, NotImplementedError)
"""What pyarrow raises of a file that it cannot read: its errors are of these."""


def plain_columns(name: str, data: bytes) -> dict[str, list[str]]:
    """Return the columns of a Parquet file that are no lists, structs or bytes, as texts.

    Raises:
        ManifestError: It cannot be read, or pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # pyright: ignore[reportMissingImports]
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ManifestError(NEEDS_PYARROW) from error
    try:
        table: Any = pq.read_table(pa.BufferReader(data))
        names = class_names(table.schema)
        return {
            one: [cell_of(value, names.get(one)) for value in table.column(one).to_pylist()]
            for one in cast("list[str]", table.schema.names)
            if is_plain(table.schema, one)
        }
    except DAMAGE as error:  # texts are decoded only where they are taken out
        reason = str(error).splitlines()[0][:120] if str(error) else "unreadable"
        raise ManifestError(f"{name} cannot be read ({reason}); write it again.") from error


def is_plain(schema: Any, name: str) -> bool:  # noqa: ANN401 - pyarrow has no types
    """Return whether a column holds one value per row that can be a table's cell."""
    kind = str(schema.field(name).type)
    return not kind.startswith(("struct", "list", "large_list", "fixed_size_list", "binary", "map"))


def class_names(schema: Any) -> dict[str, list[str]]:  # noqa: ANN401
    """Return the names of classes that whole numbers stand for, by column."""
    raw = (schema.metadata or {}).get(b"huggingface")
    try:
        features = json.loads(raw)["info"]["features"] if raw else {}
        return {
            name: list(map(str, one["names"]))
            for name, one in features.items()
            if isinstance(one, dict) and one.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError):
        return {}


def cell_of(value: object, names: list[str] | None) -> str:
    """Return a value as a table's cell; a whole number as the name of its class."""
    if value is None:
        return ""
    if names is not None and isinstance(value, int) and 0 <= value < len(names):
        return names[value]
    return str(value)
