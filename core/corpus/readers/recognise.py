"""Tell which benchmark a folder holds, and read it."""

import os
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from core.corpus.csv_lines import quoted
from core.corpus.readers.official import OfficialFiles
from core.corpus.readers.table import READERS, Reader
from core.corpus.walk import IMAGE, suffix_kind
from core.errors import SettingsError
from core.types.benchmarks import Benchmark


def recognised(folder: Path, readers: Sequence[Reader] = READERS) -> Reader | None:
    """Return the benchmark whose files lie in a folder, or None.

    Raises:
        SettingsError: The files of more than one are there.
    """
    names = _names(folder)
    found = [one for one in readers if _is(folder, names, one)]
    if len(found) > 1:
        names = " and ".join(one.name for one in found)
        raise SettingsError(
            f"'{folder.name}' holds the files of {names}; say which is meant with --format NAME."
        )
    return found[0] if found else None


def reader_named(name: str, readers: Sequence[Reader] = READERS) -> tuple[Reader, str | None]:
    """Return the row and the split that `NAME` or `NAME:SPLIT` means.

    Raises:
        SettingsError: There is no such benchmark, or no such split of it.
    """
    head, _, split = name.partition(":")
    row = next((one for one in readers if one.name == head.lower()), None)
    if row is None:
        known = ", ".join(one.name for one in readers)
        raise SettingsError(f"There is no benchmark {quoted(head)}; known are {known}.")
    if split and split not in row.splits:
        known = f"has {', '.join(row.splits)}" if row.splits else "has no splits to choose from"
        raise SettingsError(f"There is no {quoted(split)} of {row.name}: it {known}.")
    return row, split or None


def read_benchmark(row: Reader, folder: Path, split: str | None = None) -> Benchmark:
    """Return what the official files in a folder say; no image is opened.

    Raises:
        ManifestError: A file is missing or not as published.
    """
    return row.read(OfficialFiles(folder, row.title, row.home), split)


def _names(folder: Path) -> list[str]:
    """Return what lies at the top of a folder but for images, sorted; nothing where it is none.

    It is listed once for all signs: a folder may hold a million images.
    """
    try:
        with os.scandir(folder) as entries:
            return sorted(one.name for one in entries if suffix_kind(one.name) != IMAGE)
    except OSError:
        return []


def _is(folder: Path, names: Sequence[str], row: Reader) -> bool:
    return any(_has(folder, names, signs, row.first_line) for signs in row.signs)


def _has(folder: Path, names: Sequence[str], signs: Sequence[str], first_line: str) -> bool:
    """Return whether a folder has a file for every sign, the first with a fitting first line."""
    found = [_file(folder, names, sign) for sign in signs]
    if found[0] is None or None in found:
        return False
    return not first_line or _first_line_fits(found[0], first_line)


def _file(folder: Path, names: Sequence[str], sign: str) -> Path | None:
    """Return a file that a sign names; above a slash it names one folder."""
    place, _, pattern = sign.rpartition("/")
    if place:
        return next((folder / place).glob(pattern), None)
    name = next((name for name in names if fnmatchcase(name, pattern)), None)
    return None if name is None else folder / name


def _first_line_fits(path: Path, pattern: str) -> bool:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return re.fullmatch(pattern, file.readline(200).strip()) is not None
    except (OSError, ValueError):
        return False
