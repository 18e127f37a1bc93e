"""Hold every file of a workspace against its checksum."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from core.errors import SecondLookError
from core.storage.files import sha256_of
from core.storage.reports import load_report


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, relative to the workspace; `problem` None = it is as it was written."""

    file: str
    problem: str | None


def verify(folder: Path) -> Iterator[Checked]:
    """Yield every file that carries data which cannot be told from the corpus at a glance.

    Shards, indexes and uploads have SHA-256 checksums; scores and annotations are checked by SQLite
    and reports by reading them. Thumbnails and remembered hashes are made again when missing and
    are left out.
    """
    for manifest in sorted(folder.glob("*/*/[0-9]*.json")):
        yield from _listed(folder, manifest, _shard_files)
    for manifest in sorted(folder.glob("index/*.json")):
        yield from _listed(folder, manifest, _index_file)
    for note in sorted(folder.glob("uploads/*.json")):
        yield from _listed(folder, note, _upload_file)
    for path in sorted(folder.glob("runs/*.json")):
        yield Checked(_name(folder, path), _report_problem(path))
    for path in (folder / "annotations.sqlite", folder / "scores.sqlite"):
        if path.exists():
            yield Checked(_name(folder, path), _sqlite_problem(path))


def _listed(
    folder: Path, manifest: Path, files: Callable[[Path], dict[Path, str]]
) -> Iterator[Checked]:
    try:
        expected = files(manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        yield Checked(_name(folder, manifest), "cannot be read")
        return
    for path, checksum in expected.items():
        yield Checked(_name(folder, path), _difference(path, checksum))


def _shard_files(manifest: Path) -> dict[Path, str]:
    checksums: dict[str, str] = json.loads(manifest.read_text("utf-8"))["sha256"]
    return {manifest.parent / file: checksum for file, checksum in checksums.items()}


def _index_file(manifest: Path) -> dict[Path, str]:
    return {manifest.with_suffix(".faiss"): json.loads(manifest.read_text("utf-8"))["sha256"]}


def _upload_file(note: Path) -> dict[Path, str]:
    return {note.with_suffix(".png"): json.loads(note.read_text("utf-8"))["sha256"]}


def _difference(path: Path, checksum: str) -> str | None:
    try:
        found = sha256_of(path)
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None if found == checksum else "differs from its checksum"


def _report_problem(path: Path) -> str | None:
    try:
        load_report(path)
    except SecondLookError:
        return "cannot be read as a report"
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
