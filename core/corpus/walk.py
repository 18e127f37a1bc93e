"""Walk a corpus folder: what is an image, and what is left out and why; no file is opened."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.corpus.limits import is_image_suffix
from core.corpus.path_checks import spelling_fault

IMAGE = "image"
HIDDEN = "hidden"
PROGRAM_COPIES = "copies for programs"
LINKED_FOLDER = "linked folder"
BROKEN_LINK = "broken link"
UNUSABLE_NAME = "unusable name"
UNREADABLE_FOLDER = "unreadable folder"
OTHER = "other"
_PROGRAM_FOLDERS = frozenset({"@eaDir", "__MACOSX"})  # of Synology's drives, and of Mac archives
_KINDS = {
    ".heic": "HEIC",
    ".heif": "HEIC",
    ".hif": "HEIC",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".gif": "GIF",
    ".pdf": "PDF",
    **dict.fromkeys((".cr2", ".cr3", ".nef", ".arw", ".dng", ".orf", ".raf", ".rw2"), "camera raw"),
    **dict.fromkeys((".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".3gp"), "video"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One entry: its POSIX path relative to the root, and `image` or the kind that is left out.

    Folders are entries only where they are not walked; `reason` is empty where the kind says all.
    """

    path: str
    kind: str
    reason: str = ""


def walk(root: Path) -> Iterator[Found]:
    """Yield what is below `root`, folder by folder, a folder's entries in no order.

    Memory is bounded by the folders that wait, whatever the number of files.
    """
    folders = [""]
    while folders:
        place = folders.pop()
        further: list[str] = []
        try:
            with os.scandir(f"{root}/{place}") as entries:
                for entry in entries:
                    found = _looked_at(entry, place + entry.name)
                    if found is None:
                        further.append(f"{place}{entry.name}/")
                    else:
                        yield found
        except OSError as error:
            yield Found(place.rstrip("/") or ".", UNREADABLE_FOLDER, error.strerror or "")
        folders += sorted(further, reverse=True)


def suffix_kind(name: str) -> str:
    """Return `image` or what a file of this name is, by its ending."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - a Path per file takes longer
    return IMAGE if is_image_suffix(suffix) else _KINDS.get(suffix, OTHER)


def member_kind(path: str) -> Found:
    """Return what a member of an archive is, by its path alone."""
    parts = path.split("/")
    if any(part.startswith(".") and part not in (".", "..") for part in parts):
        return Found(path, HIDDEN)
    if not _PROGRAM_FOLDERS.isdisjoint(parts[:-1]):
        return Found(path, PROGRAM_COPIES)
    fault = spelling_fault(path)
    return Found(path, suffix_kind(path)) if fault is None else Found(path, UNUSABLE_NAME, fault)


def _looked_at(entry: os.DirEntry[str], path: str) -> Found | None:
    """Return what an entry is; None is a folder to walk."""
    if entry.name.startswith("."):
        return Found(path, HIDDEN)
    if _asked(entry.is_dir, follow_symlinks=False):
        return Found(path, PROGRAM_COPIES) if entry.name in _PROGRAM_FOLDERS else None
    kind = suffix_kind(entry.name)
    if entry.is_symlink():
        if _asked(entry.is_dir, follow_symlinks=True):
            return Found(path, LINKED_FOLDER)
        if kind != IMAGE and not os.path.exists(entry.path):  # noqa: PTH110
            return Found(path, BROKEN_LINK)
    fault = spelling_fault(path) if kind == IMAGE else None
    return Found(path, kind) if fault is None else Found(path, UNUSABLE_NAME, fault)


def _asked(is_dir: Callable[..., bool], *, follow_symlinks: bool) -> bool:
    try:
        return is_dir(follow_symlinks=follow_symlinks)
    except OSError:  # a loop of links
        return False
