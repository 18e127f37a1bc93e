"""Count what a corpus folder holds beside the corpus's images, by kind and with a few examples."""

import os
from bisect import insort
from collections.abc import Callable, Container
from itertools import islice
from pathlib import Path

from core.corpus.limits import printable
from core.corpus.manifest_rows import MANIFEST
from core.corpus.relevance import RELEVANCE
from core.corpus.sources.protocol import ImageSource
from core.corpus.walk import BROKEN_LINK, HIDDEN, IMAGE, LINKED_FOLDER, UNUSABLE_NAME, Found
from core.types.corpus_report import LeftOut

MAX_ENTRIES = 2_000_000
"""Looked at; 1,000,000 take 5 s of one core and no memory that grows (measured, 100 folders)."""
N_EXAMPLES = 5
NOT_NAMED = "not in {table}"
SECOND_NAME = "second name of an image"
NEW = "new since the corpus was opened"
_CONVERT = "Only JPEG, PNG, WebP, AVIF and BMP are opened; convert these files to one of them."
_REMEDIES = {
    "HEIC": "The Python package pillow-heif opens HEIC: run `python -m pip install pillow-heif` "
    "and start again, or convert these files to JPEG.",
    "TIFF": _CONVERT,
    "GIF": _CONVERT,
    "camera raw": _CONVERT,
    "PDF": "Pages are no photos; save the pictures in them as JPEG.",
    UNUSABLE_NAME: "Rename these files to search them.",
    LINKED_FOLDER: "Links to folders are not followed; copy the folder to search it.",
    BROKEN_LINK: "Remove the links or put their files back.",
    NEW: "Open the corpus again to search them.",
}


def left_out(
    source: ImageSource, known: Container[str], *, manifest: str | None, most: int = MAX_ENTRIES
) -> tuple[tuple[LeftOut, ...], bool]:
    """Return what is no image of the corpus, the most frequent kind first.

    Memory is bounded by the examples, time by `most`.

    Args:
        source: Where the images are.
        known: The ids of its images and the paths of its masks.
        manifest: What the table is called that says which images belong to it, None where none.
        most: Entries after which the walk ends.

    Returns:
        The kinds, and whether the walk reached the end.
    """
    counts: dict[str, int] = {}
    examples: dict[str, list[Found]] = {}
    entries = source.found()
    kind_of = _kinds(source.root, known, manifest=manifest)
    for found in islice(entries, most):
        kind = kind_of(found)
        if kind is None:
            continue
        counts[kind] = counts.get(kind, 0) + 1
        first = examples.setdefault(kind, [])
        if len(first) < N_EXAMPLES or found.path < first[-1].path:
            insort(first, found, key=lambda one: one.path)
            del first[N_EXAMPLES:]
    is_complete = next(entries, None) is None
    ordered = sorted(counts, key=lambda kind: (-counts[kind], kind))
    return tuple(_kind(kind, counts[kind], examples[kind]) for kind in ordered), is_complete


def _kind(kind: str, n: int, first: list[Found]) -> LeftOut:
    shown = (printable(one.path) + (f" {one.reason}" if one.reason else "") for one in first)
    return LeftOut(kind, n, tuple(shown), _REMEDIES.get(kind) or _rows_remedy(kind))


def _rows_remedy(kind: str) -> str:
    head = NOT_NAMED.partition("{")[0]
    return f"Add rows to {kind.removeprefix(head)} to search them." if kind.startswith(head) else ""


def _kinds(
    root: Path, known: Container[str], *, manifest: str | None
) -> Callable[[Found], str | None]:
    tables = (manifest or MANIFEST, RELEVANCE)
    not_named = NOT_NAMED.format(table=manifest)

    def kind_of(found: Found) -> str | None:
        """Return the kind of what is left out; None of what belongs to the corpus."""
        if found.path in tables or (found.kind != HIDDEN and found.path in known):
            return None
        if found.kind != IMAGE:
            return found.kind
        if manifest is not None:
            return not_named
        return SECOND_NAME if _is_second_name(root / found.path) else NEW

    return kind_of


def _is_second_name(path: Path) -> bool:
    try:
        return path.is_symlink() or os.lstat(path).st_nlink > 1
    except OSError:
        return False
