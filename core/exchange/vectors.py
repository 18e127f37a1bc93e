"""Read a file of vectors and the ids of its rows; no pickle is ever opened."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from core.corpus.csv_lines import parse_table
from core.corpus.table_text import TextError, decoded
from core.errors import ExchangeError
from core.exchange.formats import shown
from core.exchange.parquet_vectors import ID_NAMES, MOST_HELD_BYTES, parquet_vectors
from core.storage.files import ARRAY_DAMAGE, open_regular, sha256_of

MOST_BYTES = 64 << 30
"""Of a .npy file, which is read row by row; the other kinds are held in memory."""
MOST_IDS_BYTES = 1 << 30
_ARCHIVE_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)
_ENDINGS = (".npy", ".npz", ".safetensors", ".parquet")
_BESIDE = ("{}.ids.txt", "{}.ids.json", "{}.ids.csv", "{}.txt", "{}.json", "{}.csv", "{}_ids.txt")
_KNOWN = (
    "give a .npy or .npz file of numpy, or .safetensors, with one array of a row per image, or "
    ".parquet with a column of lists"
)


@dataclass(frozen=True, slots=True, eq=False)
class VectorFile:
    """Rows of numbers and what each belongs to.

    Args:
        name: The file's name.
        sha256: Of the file, and of the ids where they are in another one.
        format: `npy`, `npz`, `safetensors` or `parquet`.
        array: (N, D), any kind of number; a .npy file is mapped, not read.
        ids: N ids in the order of the rows; None where none are given.
        ids_from: The file of the ids, or the array that holds them.
    """

    name: str
    sha256: str
    format: str
    array: NDArray[np.generic]
    ids: tuple[str, ...] | None
    ids_from: str = ""


def open_vectors(path: Path, ids: Path | None = None) -> VectorFile:
    """Open a file of vectors; its ids are those given, in the file itself, or beside it.

    Raises:
        ExchangeError: It cannot be read, holds no two-dimensional array of numbers, or has not as
            many ids as rows.
    """
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise ExchangeError(f"{path.name} is no file of vectors; {_KNOWN}.")
    try:
        size = path.stat().st_size
        if size > (MOST_BYTES if ending == ".npy" else MOST_HELD_BYTES):
            raise ExchangeError(f"{path.name} is too large ({size >> 30} GiB); save it as .npy.")
        sha256 = sha256_of(path)
        array, own_ids = _READERS[ending](path)
    except OSError as error:
        reason = error.strerror or "it is cut short"
        raise ExchangeError(f"{path.name} cannot be read ({reason}); check the path.") from error
    except (*ARRAY_DAMAGE, KeyError, *_ARCHIVE_DAMAGE) as error:
        reason = shown(str(error)) or "it is cut short"
        raise ExchangeError(f"{path.name} cannot be read ({reason}); {_KNOWN}.") from error
    _check_shape(path.name, array)
    beside = ids or (None if own_ids is not None else _ids_beside(path))
    if beside is None:
        found, source = own_ids, "the file itself" if own_ids is not None else ""
    else:
        found, source = read_ids(beside), beside.name
        sha256 = hashlib.sha256(f"{sha256} {sha256_of(beside)}".encode()).hexdigest()
    if found is not None and len(found) != len(array):
        turned = "; the array looks transposed" if array.shape[1] == len(found) else ""
        raise ExchangeError(
            f"{path.name} has {len(array):,} rows and {source} names {len(found):,} ids{turned}; "
            "give one id per row."
        )
    return VectorFile(path.name, sha256, ending[1:], array, found, source)


def read_ids(path: Path) -> tuple[str, ...]:
    """Return ids, one per row: lines of text, a JSON list, or a table with a column `image`.

    Raises:
        ExchangeError: The file cannot be read as one of these.
    """
    try:
        with open_regular(path) as file:
            data = file.read(MOST_IDS_BYTES + 1)
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be read ({error.strerror or error}).") from error
    if len(data) > MOST_IDS_BYTES:
        raise ExchangeError(f"{path.name} is larger than 1 GiB; give a plain list of ids.")
    try:
        text, _ = decoded(data)
    except TextError as error:
        raise ExchangeError(f"{path.name} cannot be read: {error}.") from error
    if path.suffix.lower() == ".json" or text.lstrip().startswith("["):
        return _json_ids(path.name, text)
    if path.suffix.lower() in (".csv", ".tsv"):
        table = parse_table(path.name, data, ("image",))
        if table.faults:
            raise ExchangeError(
                f"{path.name} is no list of ids; give one id a line, or a column `image`.",
                tuple(map(str, table.faults[:20])),
            )
        return tuple(line.cells["image"] for line in table.lines)
    return tuple(line for line in text.splitlines() if line.strip())


def _json_ids(name: str, text: str) -> tuple[str, ...]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExchangeError(f"{name} is no JSON; give a list of ids.") from error
    ids = cast("list[object]", value) if isinstance(value, list) else []
    if not ids or not all(isinstance(one, str) for one in ids):
        raise ExchangeError(f"{name} is no JSON list of ids; give one text per row.")
    return tuple(cast("list[str]", ids))


def _ids_beside(path: Path) -> Path | None:
    found = [path.with_name(form.format(path.stem)) for form in _BESIDE]
    there = [one for one in found if one.is_file()]
    if len(there) > 1:
        raise ExchangeError(
            f"Beside {path.name} lie {there[0].name} and {there[1].name}; say with --ids which "
            "holds the ids of its rows."
        )
    return there[0] if there else None


def _check_shape(name: str, array: NDArray[np.generic]) -> None:
    if array.ndim != 2 or not array.shape[0] or not array.shape[1]:
        raise ExchangeError(
            f"{name} holds an array of shape {array.shape}; give (images, numbers)."
        )
    if array.dtype.kind not in "fiu":
        raise ExchangeError(f"{name} holds {array.dtype}, no numbers; save it as float32.")


def _npy(path: Path) -> tuple[NDArray[np.generic], None]:
    return np.load(path, mmap_mode="r", allow_pickle=False), None


def _npz(path: Path) -> tuple[NDArray[np.generic], tuple[str, ...] | None]:
    with zipfile.ZipFile(path) as archive:
        if sum(one.file_size for one in archive.infolist()) > MOST_HELD_BYTES:
            raise ExchangeError(f"{path.name} unpacks to more than 4 GiB; save it as .npy.")
    with np.load(path, allow_pickle=False) as archive:
        return _one_array(path.name, {name: archive[name] for name in archive.files})


def _safetensors(path: Path) -> tuple[NDArray[np.generic], tuple[str, ...] | None]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            said = (file.metadata() or {}).get("ids")
    except (
        SafetensorError,
        TypeError,
        AttributeError,
    ) as error:  # numpy has no bfloat16
        raise ValueError(str(error)) from error
    array, _ = _one_array(path.name, arrays)
    return array, None if said is None else _json_ids(f"{path.name}, ids", said)


def _one_array(
    name: str, arrays: Mapping[str, NDArray[Any]]
) -> tuple[NDArray[np.generic], tuple[str, ...] | None]:
    """Return the only array of rows, and the ids where an array of texts holds them."""
    tables = {key: one for key, one in arrays.items() if one.ndim == 2}
    if len(tables) != 1:
        raise ExchangeError(
            f"{name} holds {len(tables)} arrays of rows ({shown(', '.join(tables)) or 'none'}); "
            "save the vectors alone, with their ids."
        )
    texts = [one for key, one in arrays.items() if one.ndim == 1 and one.dtype.kind == "U"
             and key.casefold() in ID_NAMES]  # fmt: skip
    ids = tuple(map(str, texts[0].tolist())) if len(texts) == 1 else None
    return next(iter(tables.values())), ids


_READERS: Mapping[str, Callable[[Path], tuple[NDArray[np.generic], tuple[str, ...] | None]]] = {
    ".npy": _npy,
    ".npz": _npz,
    ".safetensors": _safetensors,
    ".parquet": parquet_vectors,
}
