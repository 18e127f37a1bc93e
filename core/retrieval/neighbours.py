"""The nearest images of every indexed image, found once and stored part by part.

n^2 * D products of descriptors: a minute for 20,000 images on two cores, hours for a million. Each
part is written before the next is begun, so that a run that is stopped or killed goes on there.
"""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.errors import StaleIndexError
from core.fingerprint import digest
from core.recent import Recent
from core.retrieval.index import FlatIndex
from core.storage.files import ARRAY_DAMAGE, atomic_file, atomic_write_json, sha256_of
from core.types.runs import Progress

PART = 2048
"""Rows of one part."""
FORMAT_VERSION = 1
_KEPT = 4


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourTable:
    """The k nearest of every row, itself left out, best first; ties by row.

    `rows` is (N, k) int32 and `cosines` (N, k) float32; k is less where there are fewer images.
    """

    rows: NDArray[np.int32]
    cosines: NDArray[np.float32]


class Graphs:
    """The tables of one workspace, by index and k; safe for several threads.

    Args:
        folder: Returns where the table of a fingerprint lies.
    """

    def __init__(self, folder: Callable[[str], Path]) -> None:
        self._folder = folder
        self._tables = Recent[str, NeighbourTable](_KEPT)
        self._lock = threading.Lock()

    def table(self, index: FlatIndex, k: int) -> NeighbourTable:
        """Return the table, found and stored first where it is not.

        Raises:
            StaleIndexError: A stored part is damaged.
            WorkspaceError: The disk is full or read-only.
        """
        name = _name(index, k)
        known = self._tables.get(name)
        if known is None:
            with self._lock:
                for _ in self.build(index, k):
                    pass
                known = self._tables.put(name, _read(self._folder(name), index))
        return known

    def build(self, index: FlatIndex, k: int) -> Iterator[Progress]:
        """Find and store the parts that are missing; closing the generator keeps what is done.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        folder, n = self._folder(_name(index, k)), len(index.image_ids)
        folder.mkdir(parents=True, exist_ok=True)
        for start in range(0, n, PART):
            if not _note(folder, start).exists():
                yield Progress("neighbours", start, n, "images")
                table = index.neighbours(start, min(start + PART, n), k)
                with atomic_file(_arrays(folder, start)) as file:
                    np.savez(file, rows=table[0], cosines=table[1])
                note = {"format": FORMAT_VERSION, "sha256": sha256_of(_arrays(folder, start))}
                atomic_write_json(_note(folder, start), note)
        yield Progress("neighbours", n, n, "images")


def _name(index: FlatIndex, k: int) -> str:
    return digest({"index": index.fingerprint, "k": str(k), "format": str(FORMAT_VERSION)})


def _arrays(folder: Path, start: int) -> Path:
    return folder / f"part-{start:09d}.npz"


def _note(folder: Path, start: int) -> Path:
    return _arrays(folder, start).with_suffix(".json")


def _read(folder: Path, index: FlatIndex) -> NeighbourTable:
    rows: list[NDArray[np.int32]] = []
    cosines: list[NDArray[np.float32]] = []
    for start in range(0, len(index.image_ids), PART):
        path = _arrays(folder, start)
        try:
            if json.loads(_note(folder, start).read_text("utf-8"))["sha256"] != sha256_of(path):
                raise ValueError("its checksum differs")
            with np.load(path, allow_pickle=False) as arrays:
                rows.append(arrays["rows"])
                cosines.append(arrays["cosines"])
        except (OSError, KeyError, *ARRAY_DAMAGE) as error:
            raise StaleIndexError(
                f"Neighbour file {path.name} is damaged; delete the folder 'neighbours' of the "
                "workspace and they are found again from the stored descriptors."
            ) from error
    return NeighbourTable(np.concatenate(rows), np.concatenate(cosines))
