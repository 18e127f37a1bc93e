"""Folders that may be opened from the page: those below the roots that the user named."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.corpus.limits import is_image_suffix
from core.corpus.sources.opening import ARCHIVES
from core.errors import SettingsError
from core.storage.files import named_below, visible_entries

MAX_DEPTH = 3
MAX_FOLDERS = 500


def check_roots(roots: Sequence[Path]) -> tuple[Path, ...]:
    """Return the roots resolved, in the order given.

    Raises:
        SettingsError: One is no folder, or two have the same name.
    """
    resolved: list[Path] = []
    for root in roots:
        path = root.expanduser()
        if not path.is_dir():
            raise SettingsError(f"--root '{root}' is no folder; name one that holds corpora.")
        resolved.append(path.resolve())
    names = [path.name for path in resolved]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SettingsError(f"Two roots are named '{twice[0]}'; name only one, or rename one.")
    return tuple(resolved)


def corpora_below(roots: Sequence[Path]) -> tuple[str, ...]:
    """Return the folders that look like a corpus as `ROOT/sub/folder`, sorted, at most 500.

    A corpus has a manifest, an image or an archive in it, or one folder further down. Links are not
    followed and hidden folders are passed over.
    """
    return named_below(roots, lambda root: _walk(root, 0))[:MAX_FOLDERS]


def resolve_below(roots: Sequence[Path], name: str) -> Path:
    """Return the folder that `corpora_below` listed under this name.

    Raises:
        SettingsError: It is not below a root, or no folder any more.
    """
    head, _, rest = name.partition("/")
    root = next((root for root in roots if root.name == head), None)
    path = None if root is None else _folder(root / rest)
    if root is None or path is None or not path.is_relative_to(root):
        raise SettingsError(
            f"'{name[:200]}' is no folder below a root; start with --root FOLDER to allow more."
        )
    return path


def _folder(path: Path) -> Path | None:
    """Return the folder that a path leads to, or None where there is none."""
    try:
        resolved = path.resolve()
        return resolved if resolved.is_dir() else None
    except (OSError, ValueError):  # a name too long for the disk, a loop of links, a NUL
        return None


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    entries = visible_entries(folder)
    folders = [entry for entry in entries if entry.is_dir(follow_symlinks=False)]
    if _has_images(entries) or any(_has_images(visible_entries(Path(sub.path))) for sub in folders):
        yield folder
    if depth < MAX_DEPTH and not any(entry.name == "manifest.csv" for entry in entries):
        for sub in folders:
            yield from _walk(Path(sub.path), depth + 1)


def _has_images(entries: Sequence[os.DirEntry[str]]) -> bool:
    return any(_is_of_a_corpus(entry.name) for entry in entries if _is_file(entry))


def _is_of_a_corpus(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return name == "manifest.csv" or suffix in ARCHIVES or is_image_suffix(suffix)


def _is_file(entry: os.DirEntry[str]) -> bool:
    return entry.is_file(follow_symlinks=False)
