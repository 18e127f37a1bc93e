"""Make a file of vectors the first stage's descriptor: check every row, then store them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.corpus.csv_lines import MOST_FAULTS, Assumed
from core.corpus.names import Ids
from core.errors import ExchangeError
from core.exchange.formats import shown
from core.exchange.vectors import VectorFile
from core.fingerprint import digest
from core.storage.imports import VectorImport, VectorImports
from core.storage.tokens import DescriptorStore
from core.types.corpus import Corpus, ImageRecord
from core.types.runs import Progress

_ROWS = 8192
"""Rows checked and stored at a time: memory does not grow with the file."""
_UNIT = 1e-3
"""How far from 1 the length of a unit row may be; halves have three digits."""
_SAME = 1e-5
_EXACT = 1e-6
"""A row of float32 this near to length 1 is kept bit for bit: it was brought there before."""


def import_vectors(
    file: VectorFile,
    name: str,
    corpus: Corpus,
    open_store: Callable[[str], DescriptorStore],
    imports: VectorImports,
) -> Iterator[Progress]:
    """Check a file completely, store its rows as unit vectors, and give them a name last.

    Args:
        file: Vectors, with ids or one per image of the corpus in the order of their ids.
        name: What the descriptor is called.
        corpus: Whose images they are.
        open_store: Returns the store of a descriptor by its fingerprint.
        imports: Where the name is kept.

    Raises:
        ExchangeError: A row is no direction, an id is unknown or given twice, or a query has no
            vector; all faults are listed.
        WorkspaceError: The disk is full or read-only.
    """
    records = _records(corpus)
    assumed = Assumed()
    rows = _rows_by_id(file, records, corpus, assumed)
    lengths = _Lengths()
    for start in range(0, len(file.array), _ROWS):
        yield Progress("check", start, len(file.array), "rows")
        lengths.take(start, file.array[start : start + _ROWS])
    lengths.require(file.name)
    if lengths.is_unit:
        note = ""
    else:
        note = f"rows of length {lengths.least:.4g} to {lengths.greatest:.4g} brought to length 1"
    by_content = _by_content(file, rows, records)
    fingerprint = digest({"imported vectors": file.sha256})
    store = open_store(fingerprint)
    todo = [(key, row) for key, row in by_content.items() if key not in store]
    for start in range(0, len(todo), _ROWS):
        yield Progress("store", start, len(todo), "vectors")
        some = todo[start : start + _ROWS]
        store.append([key for key, _ in some], _unit(file.array[[row for _, row in some]]))
    said = Assumed([note] if note else [])
    missing = sum(r.image_id not in rows for r in corpus.database if r.problem is None)
    imports.save(
        VectorImport(
            name=name,
            file=file.name,
            sha256=file.sha256,
            format=file.format,
            n_vectors=len(rows),
            dimension=file.array.shape[1],
            n_database_missing=missing,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            fingerprint=fingerprint,
            assumed="; ".join(filter(None, (said.sentence(file.name), assumed.sentence("ids")))),
        )
    )
    yield Progress("store", len(todo), len(todo), "vectors")


def _records(corpus: Corpus) -> dict[str, ImageRecord]:
    """Return what a row may name: every image, and the image that a composed query is asked with.

    A composed query without a row of its own is searched with its image's.
    """
    pictures = {q.picture_id: replace(q, image_id=q.picture_id, text="") for q in corpus.queries}
    return pictures | {one.image_id: one for one in (*corpus.queries, *corpus.database)}


def _rows_by_id(
    file: VectorFile, records: Mapping[str, ImageRecord], corpus: Corpus, assumed: Assumed
) -> dict[str, int]:
    """Return the row of every image; the ids are the corpus's own."""
    if file.ids is None:
        records = {one.image_id: one for one in (*corpus.queries, *corpus.database)}
        if len(file.array) != len(records):
            raise ExchangeError(
                f"{file.name} has {len(file.array):,} rows and no ids, and corpus '{corpus.name}' "
                f"has {len(records):,} images; give their ids with --ids, one a line."
            )
        assumed.add("rows taken in the order of the corpus's ids, sorted: no ids were given")
        return {image_id: row for row, image_id in enumerate(sorted(records))}
    ids = Ids(records, corpus.root, corpus.other_names)
    rows: dict[str, int] = {}
    unknown: list[str] = []
    twice: list[str] = []
    for row, given in enumerate(file.ids):
        image_id, said = ids.find(given)
        for what in said:
            assumed.add(what)
        if image_id not in records:
            unknown.append(f"row {row + 1}: '{shown(given)}' is no image of the corpus")
        elif image_id in rows:
            twice.append(f"row {row + 1}: '{shown(given)}' is row {rows[image_id] + 1} already")
        else:
            rows[image_id] = row
    without = [
        q.image_id
        for q in corpus.queries
        if q.problem is None and not {q.image_id, q.picture_id} & rows.keys()
    ]
    faults = (*unknown, *twice, *(f"query '{shown(one)}' has no vector" for one in without))
    if faults:
        counts = ((unknown, "unknown id"), (twice, "id given twice"), (without, "query without"))
        text = ", ".join(f"{len(found):,} x {what}" for found, what in counts if found)
        raise ExchangeError(
            f"{file.name} was not imported into corpus '{corpus.name}': {text}; every row names an "
            "image of the corpus by its path, and every query needs a row.",
            _first(faults),
        )
    return rows


def _by_content(
    file: VectorFile, rows: Mapping[str, int], records: Mapping[str, ImageRecord]
) -> dict[str, int]:
    """Return a row by the checksum of its image; equal images must have equal vectors."""
    found: dict[str, tuple[str, int]] = {}
    for image_id, row in rows.items():
        key = records[image_id].asked_key
        if not key:
            continue  # an image that cannot be opened is not searched
        first, other = found.setdefault(key, (image_id, row))
        if row != other:
            gap = _unit(file.array[[row]]) - _unit(file.array[[other]])
            if float(np.abs(gap).max()) > _SAME:
                raise ExchangeError(
                    f"{file.name} gives '{shown(first)}' and '{shown(image_id)}' different "
                    "vectors, but they are the same file twice; remove one image, or its row."
                )
    return {key: row for key, (_, row) in found.items()}


@dataclass(slots=True)
class _Lengths:
    """Looks at the length of every row."""

    least: float = float("inf")
    greatest: float = 0.0
    n_faults: int = 0
    faults: list[str] = field(default_factory=list[str])

    def take(self, start: int, rows: NDArray[np.generic]) -> None:
        with np.errstate(over="ignore"):
            norms = np.linalg.norm(np.asarray(rows, np.float64), axis=1)
        bad = np.flatnonzero(~np.isfinite(norms) | (norms == 0))
        self.n_faults += len(bad)
        for row in bad[: MOST_FAULTS - len(self.faults)].tolist():
            what = "only zeros" if norms[row] == 0 else "a number that is not finite"
            self.faults.append(f"row {start + row + 1} holds {what}")
        good = np.delete(norms, bad)
        if len(good):
            self.least = min(self.least, float(good.min()))
            self.greatest = max(self.greatest, float(good.max()))

    @property
    def is_unit(self) -> bool:
        return self.least >= 1 - _UNIT and self.greatest <= 1 + _UNIT

    def require(self, name: str) -> None:
        """Do nothing if every row is a direction."""
        if self.n_faults:
            rest = self.n_faults - len(self.faults)
            more = (f"... and {rest:,} more rows",) if rest else ()
            raise ExchangeError(
                f"{name} was not imported: {self.n_faults:,} rows are no directions; leave these "
                "images out or compute them again.",
                (*self.faults, *more),
            )


def checked_unit_rows(
    name: str, vectors: NDArray[np.generic], rows: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return rows of a file as (n, D) float32 of length 1, each checked to be a direction.

    Args:
        name: Of the file, for the sentence.
        vectors: (n, D) of any kind of number.
        rows: (n,) their rows in the file, from 0.

    Raises:
        ExchangeError: A row is no direction.
    """
    norms = np.linalg.norm(np.asarray(vectors, np.float64), axis=1)
    odd = np.flatnonzero(~(np.isfinite(norms) & (norms > 0)))
    if len(odd):
        raise ExchangeError(
            f"Row {rows[odd[0]] + 1:,} of {name} is no direction (its length is "
            f"{norms[odd[0]]:g}); leave this image out or compute it again."
        )
    return _unit(vectors)


def _unit(rows: NDArray[np.generic]) -> NDArray[np.float32]:
    """Return (n, D) float32 rows of length 1."""
    exact = np.asarray(rows, np.float64)
    norms = np.linalg.norm(exact, axis=1, keepdims=True)
    if rows.dtype == np.float32:
        norms[np.abs(norms - 1) <= _EXACT] = 1
    return (exact / norms).astype(np.float32)


def _first(faults: Sequence[str]) -> tuple[str, ...]:
    rest = len(faults) - MOST_FAULTS
    return (*faults[:MOST_FAULTS], *((f"... and {rest:,} more",) if rest > 0 else ()))
