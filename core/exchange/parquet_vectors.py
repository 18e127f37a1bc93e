"""Read vectors from a column of lists in a Parquet file, one row group at a time.

`pyarrow` is the extra `export`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.corpus.csv_lines import MOST_FAULTS
from core.errors import ExchangeError

MOST_HELD_BYTES = 4 << 30
"""Of a file that is held in memory as a whole: every kind but .npy."""
ID_NAMES = frozenset(
    {"id", "ids", "image", "images", "image_id", "image_ids", "names", "path", "paths"}
)
"""What an array or column of ids may be called."""
NEEDS_PYARROW = (
    "{name} is Parquet, which is read with pyarrow, and that is not installed; run `python -m pip "
    "install pyarrow` and import again, or give a file of another kind."
)
_LISTS = ("list<", "large_list<", "fixed_size_list<")
_TEXTS = ("string", "large_string", "string_view")


def parquet_vectors(path: Path) -> tuple[NDArray[np.generic], tuple[str, ...] | None]:
    """Return the only column of lists of numbers as (N, D), and the column of ids or None.

    Raises:
        ExchangeError: pyarrow is not installed; no column, or several, can be meant; or rows
            have no vector, or one of another length: they are listed.
        OSError: The file cannot be read.
        ValueError: The file is no Parquet.
    """
    try:
        import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]
    except ImportError as error:
        raise ExchangeError(NEEDS_PYARROW.format(name=path.name)) from error
    with pq.ParquetFile(path) as file:
        vectors, ids = _columns(path.name, file.schema_arrow)
        rows = _Rows(path.name, file.metadata.num_rows)
        names: list[str] = []
        for number in range(file.num_row_groups):
            table: Any = file.read_row_group(number, columns=[vectors, *([ids] if ids else [])])
            if ids is not None:
                names += _ids(path.name, table.column(ids).to_pylist(), len(names))
            rows.take(table.column(vectors))
    return rows.array(), None if ids is None else tuple(names)


def _columns(name: str, schema: Any) -> tuple[str, str | None]:  # noqa: ANN401 - pyarrow has no types
    """Return the column of vectors, and that of ids where there is one."""
    kinds = {str(field.name): str(field.type) for field in schema}
    lists = [column for column, kind in kinds.items() if kind.startswith(_LISTS)]
    texts = [column for column, kind in kinds.items() if kind in _TEXTS]
    named = [column for column in texts if column.strip().casefold() in ID_NAMES]
    if len(lists) != 1:
        raise ExchangeError(
            f"{name} has {len(lists)} columns of lists ({', '.join(lists)[:80] or 'none'}); keep "
            "one, the vectors, beside a column `image`."
        )
    found = named or texts
    if len(found) > 1:
        raise ExchangeError(
            f"{name} has several columns of texts ({', '.join(found)[:80]}); call the ids `image`."
        )
    return lists[0], found[0] if found else None


def _ids(name: str, given: Sequence[str | None], before: int) -> list[str]:
    missing = [before + row + 1 for row, one in enumerate(given) if not one]
    if missing:
        raise ExchangeError(f"{name} has no id in row {missing[0]:,}; give every row one.")
    return [str(one) for one in given]


class _Rows:
    """Puts row groups into one array; memory beside it is that of one group."""

    def __init__(self, name: str, n: int) -> None:
        self._name = name
        self._n = n
        self._done = 0
        self._array: NDArray[np.generic] | None = None
        self._faults: list[str] = []
        self._n_faults = 0

    def take(self, column: Any) -> None:  # noqa: ANN401
        for chunk in column.chunks:
            self._take(chunk)

    def _take(self, chunk: Any) -> None:  # noqa: ANN401
        import pyarrow.compute as pc  # pyright: ignore[reportMissingImports]

        counts = cast("Any", pc).list_value_length(chunk)
        lengths = np.asarray(pc.fill_null(counts, 0).to_numpy(zero_copy_only=False))
        if self._array is None and lengths.any():
            self._array = self._empty(chunk, int(lengths[np.argmax(lengths > 0)]))
        d = 0 if self._array is None else self._array.shape[1]
        bad = np.flatnonzero((lengths != d) | (lengths == 0))
        self._n_faults += len(bad)
        for row in bad[: MOST_FAULTS - len(self._faults)].tolist():
            what = f"{lengths[row]:,} numbers, others {d:,}" if lengths[row] else "no vector"
            self._faults.append(f"row {self._done + row + 1}: {what}")
        if self._array is not None and not self._n_faults:
            flat = chunk.flatten().to_numpy(zero_copy_only=False)
            self._array[self._done : self._done + len(lengths)] = flat.reshape(-1, d)
        self._done += len(lengths)

    def _empty(self, chunk: Any, d: int) -> NDArray[np.generic]:  # noqa: ANN401
        dtype = np.dtype(chunk.type.value_type.to_pandas_dtype())
        if dtype.kind in "iu":  # a missing number has to be seen
            dtype = np.dtype(np.float64)
        if self._n * d * dtype.itemsize > MOST_HELD_BYTES:
            raise ExchangeError(
                f"{self._name} holds more than {MOST_HELD_BYTES >> 30} GiB of numbers; save them "
                "as .npy."
            )
        return np.zeros((self._n, d), dtype)

    def array(self) -> NDArray[np.generic]:
        """Return (N, D).

        Raises:
            ExchangeError: Rows have no vector, or one of another length.
        """
        if self._n_faults:
            rest = self._n_faults - len(self._faults)
            more = (f"... and {rest:,} more rows",) if rest else ()
            raise ExchangeError(
                f"{self._name} was not imported: {self._n_faults:,} rows have no vector of "
                "the others' length; leave these images out or compute them again.",
                (*self._faults, *more),
            )
        return np.zeros((0, 0), np.float32) if self._array is None else self._array
