"""Read a data frame of any library that narwhals knows (pandas, Polars, pyarrow) as texts."""

import math
from collections.abc import Sequence
from datetime import date
from pathlib import PurePath
from typing import Any

from core.corpus.sources.described import Described
from core.errors import ManifestError


def described(frame: object, name: str) -> Described:
    """Return a data frame's columns and rows as a table's cells; its index is not a column.

    A missing value is an empty cell, a path is written with `/`, a date as ISO 8601.

    Args:
        frame: A pandas or Polars DataFrame, a pyarrow Table, or what else narwhals reads at once.
        name: What the faults call it.

    Raises:
        ManifestError: It is no data frame.
    """
    import narwhals as nw

    try:
        table: Any = nw.from_native(frame, eager_only=True)  # pyright: ignore[reportArgumentType, reportCallIssue]
    except (TypeError, ValueError) as error:
        raise ManifestError(
            f"The {name} is a {type(frame).__name__}, which cannot be read; give a DataFrame of "
            "pandas or Polars (of a lazy one, collect() it)."
        ) from error
    columns = [str(column) for column in table.columns]
    cells = [_cells(table[column]) for column in table.columns]
    return Described(name, columns, list(zip(*cells, strict=True)) if cells else [])


def _cells(column: Any) -> Sequence[str]:  # noqa: ANN401 - narwhals' series of any library
    missing = column.is_null().to_list()
    values = column.to_list()
    return ["" if gone else _text(one) for one, gone in zip(values, missing, strict=True)]


def _text(value: object) -> str:
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, PurePath):
        return value.as_posix()
    return value.isoformat() if isinstance(value, date) else str(value)
