"""The safetensors files of a model folder: which they are, whether all is there, what they hold.

Only headers are read, so a folder of 100 GB takes milliseconds.
"""

import json
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.mllm.troubles import trouble

WHOLE, INDEX = "model.safetensors", "model.safetensors.index.json"
POINTER = b"version https://git-lfs"
_ADAPTER = "adapter_model.safetensors"
_SHARD = re.compile(r"(.*-)(\d{5})-of-(\d{5})\.safetensors")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
_MAX_HEADER_BYTES = 100_000_000  # as the safetensors library allows
_MAX_INDEX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Tensor:
    """A stored tensor: its name, number type as safetensors writes it, and shape."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def n_values(self) -> int:
        """How many numbers it holds."""
        product = 1
        for side in self.shape:
            product *= side
        return product


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files that transformers reads of a folder, sorted by name.

    A file that the index names and that is not there is left out; `refuse_incomplete` says so.
    """
    if (folder / WHOLE).is_file():
        return [folder / WHOLE]
    named = [folder / name for name in _indexed(folder)]
    if named:
        return [path for path in named if path.is_file()]
    return sorted(path for path in folder.glob("*.safetensors") if path.name != _ADAPTER)


def tensors_of(folder: Path, name: str) -> Iterator[Tensor]:
    """Yield every tensor of a folder's weights, from the headers of its files.

    Raises:
        ModelError: A file is a Git LFS pointer, no safetensors file, or cut short.
    """
    for path in weight_files(folder):
        yield from read_header(path, name)


def refuse_incomplete(folder: Path, name: str) -> None:
    """Do nothing if all weight files are there and whole, by their names and headers.

    Raises:
        ModelError: What is missing or damaged, and what to do.
    """
    files = weight_files(folder)
    _refuse_missing_shard(folder, name)
    if not files:
        has_pickles = any(path.suffix in _PICKLES for path in folder.iterdir())
        raise trouble("pickle" if has_pickles else "no-weights", name=name)
    for path in files:
        read_header(path, name)


def refuse_pointer(path: Path, name: str) -> None:
    """Do nothing if a file is what its name says.

    Raises:
        ModelError: It is a Git LFS pointer: what a clone without Git LFS writes in its place.
    """
    with path.open("rb") as file:
        start = file.read(len(POINTER))
    if start == POINTER:
        raise trouble("pointer", file=path.name[:80], name=name, size=path.stat().st_size)


def read_header(path: Path, name: str) -> tuple[Tensor, ...]:
    """Return the tensors that a safetensors file says it holds.

    Raises:
        ModelError: It is a Git LFS pointer, no safetensors file, or cut short.
    """
    refuse_pointer(path, name)
    size = path.stat().st_size
    try:
        header, start = _header(path, size)
        rows = {key: one for key, one in header.items() if key != "__metadata__"}
        n_data = max((int(one["data_offsets"][1]) for one in rows.values()), default=0)
        found = tuple(
            Tensor(key, str(one["dtype"]), tuple(int(side) for side in one["shape"]))
            for key, one in rows.items()
        )
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, struct.error) as error:
        raise trouble("damaged", file=path.name[:80], name=name, size=f"{size:,}") from error
    if size != start + n_data:
        words = {"size": f"{size:,}", "whole": f"{start + n_data:,}"}
        raise trouble("cut", file=path.name[:80], name=name, **words)
    return found


def _header(path: Path, size: int) -> tuple[Mapping[str, Any], int]:
    """Return a file's header, and where its numbers start in bytes."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > min(_MAX_HEADER_BYTES, size - 8):
            raise ValueError
        return json.loads(file.read(length)), 8 + length


def _refuse_missing_shard(folder: Path, name: str) -> None:
    if (folder / WHOLE).is_file():
        return
    wanted = _indexed(folder)
    for number, file in enumerate(wanted, start=1):
        if not (folder / file).is_file():
            raise trouble("no-shard", name=name, number=number, n=len(wanted), file=file[:80])
    found = [mark for path in weight_files(folder) if (mark := _SHARD.fullmatch(path.name))]
    if wanted or not found:
        return
    n = int(found[0][3])
    there = {int(mark[2]) for mark in found}
    for number in (one for one in range(1, n + 1) if one not in there):
        file = f"{found[0][1]}{number:05d}-of-{n:05d}.safetensors"
        raise trouble("no-shard", name=name, number=number, n=n, file=file)
    if n > 1:
        raise trouble("no-index", name=name, n=n)


def _indexed(folder: Path) -> list[str]:
    """Return the names of the files that the index lists, sorted; none without an index.

    Raises:
        ModelError: The index is a pointer or cannot be read.
    """
    path = folder / INDEX
    if not path.is_file():
        return []
    refuse_pointer(path, str(folder))
    try:
        if path.stat().st_size > _MAX_INDEX_BYTES:
            raise ValueError
        places = json.loads(path.read_text("utf-8"))["weight_map"]
        return sorted({Path(str(file)).name for file in places.values()})
    except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
        raise trouble("damaged-json", file=path) from error


def n_values(folder: Path) -> int:
    """Return how many numbers the weights hold, from the headers of their files.

    Raises:
        ModelError: A file is no safetensors file, or is cut short.
    """
    return sum(tensor.n_values for tensor in tensors_of(folder, str(folder)))


def n_bytes(folder: Path) -> int:
    """Return the size of the weights on disk, in bytes."""
    return sum(path.stat().st_size for path in weight_files(folder))
