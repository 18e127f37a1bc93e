"""Write vectors with their ids to a file that `import --as descriptors` reads back bit for bit."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from core.errors import ExchangeError
from core.exchange.parquet_vectors import MOST_HELD_BYTES
from core.storage.files import atomic_file, atomic_write_text

NO_PARQUET = (
    'Parquet needs the extra `export`: python -m pip install -e ".[export]"; .npy, .npz and '
    ".safetensors need nothing."
)
BESIDE = "{}.ids.json"
"""The file of ids that lies beside a .npy file, by its stem."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Vectors to be written, a few thousand rows at a time.

    Args:
        ids: N ids.
        dimension: D.
        parts: Returns the rows in order as float32 arrays (n, D), unit L2 norm; may be asked again.
    """

    ids: Sequence[str]
    dimension: int
    parts: Callable[[], Iterator[NDArray[np.float32]]]

    @property
    def n_bytes(self) -> int:
        """How many bytes the numbers take."""
        return 4 * len(self.ids) * self.dimension


def check_ending(path: Path) -> str:
    """Return the file's ending in lower case.

    Raises:
        ExchangeError: No format goes with it, or one whose extra is not installed.
    """
    ending = path.suffix.lower()
    if ending not in _WRITERS:
        raise ExchangeError(
            f"Vectors are not written as '{path.name}'; give a name that ends in "
            f"{', '.join(_WRITERS)}."
        )
    if ending == ".parquet" and find_spec("pyarrow") is None:
        raise ExchangeError(NO_PARQUET)
    return ending


def write_vectors(path: Path, rows: Rows) -> Iterator[int]:
    """Write all rows, yielding how many are done; a .npy file has its ids beside it.

    Args:
        path: Replaced as a whole if it exists; its ending names the format.
        rows: What is written.

    Raises:
        ExchangeError: The ending is not known, the file would be too large to be read back, or
            pyarrow is not installed.
        WorkspaceError: The file cannot be written.
    """
    ending = check_ending(path)
    with atomic_file(path, n_bytes=rows.n_bytes if ending == ".npy" else 0) as file:
        yield from write_into(file, ending, rows)
    if ending == ".npy":
        atomic_write_text(path.with_name(BESIDE.format(path.stem)), ids_json(rows.ids))


def write_into(file: BinaryIO, ending: str, rows: Rows) -> Iterator[int]:
    """Write what `write_vectors` writes into an open file, without ids beside it."""
    if ending != ".npy" and rows.n_bytes > MOST_HELD_BYTES:
        raise ExchangeError(
            f"The vectors take more than {MOST_HELD_BYTES >> 30} GiB; write them as .npy, which is "
            "read row by row."
        )
    yield from _WRITERS[ending](file, rows)


def ids_json(ids: Sequence[str]) -> str:
    """Return ids as a JSON list, which holds any character."""
    return json.dumps(list(ids), ensure_ascii=False)


def _npy(file: BinaryIO, rows: Rows) -> Iterator[int]:
    header = {"descr": "<f4", "fortran_order": False, "shape": (len(rows.ids), rows.dimension)}
    npy.write_array_header_1_0(file, header)
    done = 0
    for part in rows.parts():
        file.write(np.ascontiguousarray(part, "<f4").tobytes())
        done += len(part)
        yield done


def _npz(file: BinaryIO, rows: Rows) -> Iterator[int]:
    array = yield from _whole(rows)
    np.savez(file, vectors=array, ids=np.array(rows.ids))


def _safetensors(file: BinaryIO, rows: Rows) -> Iterator[int]:
    from safetensors.numpy import save

    array = yield from _whole(rows)
    file.write(save({"vectors": array}, {"ids": ids_json(rows.ids)}))


def _whole(rows: Rows) -> Generator[int, None, NDArray[np.float32]]:
    array = np.empty((len(rows.ids), rows.dimension), np.float32)
    done = 0
    for part in rows.parts():
        array[done : done + len(part)] = part
        done += len(part)
        yield done
    return array


def _parquet(file: BinaryIO, rows: Rows) -> Iterator[int]:
    import pyarrow as pa  # pyright: ignore[reportMissingImports]
    import pyarrow.parquet as pq  # pyright: ignore[reportMissingImports]

    vector: Any = pa.list_(pa.float32(), rows.dimension)
    schema: Any = pa.schema([("image", pa.string()), ("vector", vector)])
    done = 0
    with pq.ParquetWriter(file, schema) as writer:
        for part in rows.parts():
            ids = pa.array(rows.ids[done : done + len(part)], pa.string())
            numbers = pa.array(np.ascontiguousarray(part).reshape(-1))
            found = pa.FixedSizeListArray.from_arrays(numbers, rows.dimension)
            writer.write_table(pa.table([ids, found], schema=schema))
            done += len(part)
            yield done


_WRITERS: Mapping[str, Callable[[BinaryIO, Rows], Iterator[int]]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".parquet": _parquet,
}
ENDINGS = tuple(_WRITERS)
"""What a file of vectors may end in."""
