"""List the images of a folder that has no manifest: a folder per instance, or a plain one."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.corpus.csv_lines import quoted
from core.corpus.images import SUFFIXES
from core.corpus.manifest_rows import Listing
from core.corpus.path_checks import spelling_fault
from core.errors import ManifestError
from core.types.corpus import ImageRecord


def list_folder(root: Path) -> Listing:
    """Return the images under `root`, sorted by name.

    Images in two or more folders: each folder is an instance, and those beside the folders are
    distractors. All in one folder: no ground truth. Hidden files, links to folders and second
    names of the same file are passed over; a link that leaves the folder is listed and later shown
    as refused.

    Raises:
        ManifestError: There is no image, or a name or folder that cannot be used.
    """
    faults: list[str] = []
    names = _distinct(root, sorted(_image_names(root, faults)))
    faults += (f"image {quoted(n)} {fault}" for n in names if (fault := spelling_fault(n)))
    if faults:
        raise ManifestError(
            f"{len(faults)} names in folder '{root.name}' cannot be used; rename what is listed.",
            tuple(faults),
        )
    if not names:
        raise ManifestError(
            f"Folder '{root.name}' holds neither manifest.csv nor images; name another folder "
            "with --corpus or put JPEG, PNG, WebP, AVIF or BMP files into it."
        )
    folders = {str(PurePosixPath(name).parent) for name in names}
    has_truth = len(folders) > 1
    entries = tuple(_instance_entry(n) if has_truth else ImageRecord(n, n, "both") for n in names)
    return Listing(entries, frozenset(names), has_truth)


def _instance_entry(name: str) -> ImageRecord:
    folder = str(PurePosixPath(name).parent)
    if folder == ".":
        return ImageRecord(name, name, "database")
    return ImageRecord(name, name, "both", folder)


def _image_names(root: Path, faults: list[str]) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        place = Path(str(error.filename)).relative_to(root)
        faults.append(f"folder {quoted(str(place))} cannot be read ({error.strerror})")

    for folder, subfolders, files in os.walk(root, onerror=unreadable, followlinks=False):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        place = Path(folder).relative_to(root)
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in SUFFIXES:
                yield (place / name).as_posix()


def _distinct(root: Path, names: list[str]) -> list[str]:
    """Drop further names of one file (hard links, links inside); the real name comes first."""
    seen: set[tuple[int, int]] = set()
    kept: list[str] = []
    for name in sorted(names, key=lambda name: ((root / name).is_symlink(), name)):
        try:
            status = (root / name).stat()
        except OSError:
            kept.append(name)
            continue
        if (status.st_dev, status.st_ino) not in seen:
            seen.add((status.st_dev, status.st_ino))
            kept.append(name)
    return sorted(kept)
