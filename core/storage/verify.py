"""Hold every file of a workspace against its checksum."""

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import SecondLookError
from core.storage import codebook
from core.storage.files import sha256_of
from core.storage.fits import FIT
from core.storage.imports import CONFIDENCES, IMPORT, SHORTLISTS, VECTORS
from core.storage.reports import REPORT
from core.storage.scorers import CARD
from core.storage.shards import read_manifest
from core.storage.tradeoffs import TABLE
from core.storage.unfinished import WORK


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, relative to the workspace; `problem` None = it is as it was written.

    `is_image` says that it is an image of the corpus, by id.
    """

    file: str
    problem: str | None
    is_image: bool = False


def verify(folder: Path) -> Iterator[Checked]:
    """Yield every file that carries data which cannot be told from the corpus at a glance.

    Shards, indexes and uploads have SHA-256 checksums; scores and annotations are checked by
    SQLite, reports, tables and imports by reading them. Thumbnails and remembered hashes are made
    again when missing and are left out.
    """
    for pattern, files in _LISTS.items():
        for listing in sorted(folder.glob(pattern)):
            yield from _listed(folder, listing, files)
    yield from _read_back(folder)
    for path in (folder / f"{name}.sqlite" for name in ("annotations", "scores", "rankings")):
        if path.exists():
            yield Checked(_name(folder, path), _sqlite_problem(path))


def _read_back(folder: Path) -> Iterator[Checked]:
    for documents, (load, what) in _DOCUMENTS.items():
        for path in sorted(folder.glob(f"{documents}/*.json")):
            yield Checked(_name(folder, path), _problem(load, path, what))


def _listed(
    folder: Path, listing: Path, files: Callable[[Path], dict[Path, str]]
) -> Iterator[Checked]:
    try:
        expected = files(listing)
    except (SecondLookError, OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Checked(_name(folder, listing), "cannot be read")
        return
    for path, checksum in expected.items():
        yield Checked(_name(folder, path), _difference(path, checksum))


def _shard_files(manifest: Path) -> dict[Path, str]:
    checksums: dict[str, str] = read_manifest(manifest)["sha256"]
    return {manifest.parent / file: checksum for file, checksum in checksums.items()}


def _beside(ending: str, key: str = "sha256") -> Callable[[Path], dict[Path, str]]:
    """Return what reads the checksum of the file beside a note, of the same name."""
    return lambda note: {note.with_suffix(ending): json.loads(note.read_text("utf-8"))[key]}


_LISTS = {
    "*/*/[0-9]*.json": _shard_files,
    f"tokens/*/{codebook.NAME}.json": _beside(".npy"),
    "index/*.json": _beside(".faiss"),
    "neighbours/*/part-*.json": _beside(".npz"),
    "uploads/*.json": _beside(".png"),
    "imports-shortlists/*.json": _beside(".npz", "array_sha256"),
}

_DOCUMENTS: Mapping[str, tuple[Callable[[Path], object], str]] = {
    "runs": (REPORT.load, "a report"),
    "tradeoffs": (TABLE.load, "a trade-off table"),
    "scorers": (CARD.load, "a scorer's card; delete it"),
    "fits": (FIT.load, "a fit of evidence"),
    "imports": (IMPORT.load, "an import"),
    "imports-vectors": (VECTORS.load, "an import"),
    "imports-shortlists": (SHORTLISTS.load, "an import"),
    "imports-confidence": (CONFIDENCES.load, "an import"),
    "unfinished": (WORK.load, "unfinished work; delete it"),
}


def _difference(path: Path, checksum: str) -> str | None:
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == checksum else "differs from its checksum"


def _problem(load: Callable[[Path], object], path: Path, what: str) -> str | None:
    try:
        load(path)
    except SecondLookError:
        return f"cannot be read as {what}"
    return None


def _sqlite_problem(path: Path) -> str | None:
    try:
        with closing(sqlite3.connect(path)) as db:
            (answer,) = db.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError as error:
        return f"is damaged ({error})"
    return None if answer == "ok" else f"is damaged ({answer})"


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()
