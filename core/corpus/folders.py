"""List the images of a folder that has no manifest: a folder per instance, or a plain one."""

from core.corpus.csv_lines import quoted
from core.corpus.manifest_rows import Listing
from core.corpus.sources.folder import FolderSource
from core.corpus.sources.protocol import ImageSource
from core.corpus.walk import IMAGE, UNREADABLE_FOLDER
from core.errors import ManifestError
from core.types.corpus import FolderLabels, ImageRecord, LabelSource


def list_folder(source: ImageSource, labels: FolderLabels = "guessed") -> Listing:
    """Return the images of a source without a manifest, sorted by name.

    Images in two or more folders: each folder is an instance, unless these labels are dropped, and
    those beside the folders are distractors. All in one folder: no ground truth. Hidden files,
    folders of copies for programs, links to folders, names that cannot be ids and second names of
    the same file are passed over; a link that leaves the folder is listed and later shown as
    refused.

    Raises:
        ManifestError: There is no image, or a folder that cannot be read.
    """
    root = source.root
    names, faults = _image_names(source)
    if faults:
        raise ManifestError(
            f"{len(faults)} folders in '{root.name}' cannot be read; allow reading what is listed.",
            tuple(faults),
        )
    if not names:
        raise ManifestError(
            f"'{root.name}' holds neither manifest.csv nor images; name another folder "
            "with --corpus or put JPEG, PNG, WebP, AVIF or BMP files into it."
        )
    has_folders = len({name.rpartition("/")[0] for name in names}) > 1
    has_truth = has_folders and labels != "dropped"
    entries = tuple(_instance_entry(n) if has_truth else ImageRecord(n, n, "both") for n in names)
    labels_from = LabelSource(folders=labels if has_folders else None)
    return Listing(entries, frozenset(names), has_truth, labels_from=labels_from)


def _instance_entry(name: str) -> ImageRecord:
    folder = name.rpartition("/")[0]
    if not folder:
        return ImageRecord(name, name, "database")
    return ImageRecord(name, name, "both", folder)


def _image_names(source: ImageSource) -> tuple[list[str], list[str]]:
    """Return the images' names, sorted, and what is wrong with folders."""
    names: list[str] = []
    faults: list[str] = []
    for found in source.found():
        if found.kind == IMAGE:
            names.append(found.path)
        elif found.kind == UNREADABLE_FOLDER:
            faults.append(f"folder {quoted(found.path)} cannot be read ({found.reason})")
    return _distinct(source, sorted(names)), sorted(faults)


def _distinct(source: ImageSource, names: list[str]) -> list[str]:
    """Drop further names of one file (hard links, links inside); the real name comes first."""
    if not isinstance(source, FolderSource):  # members of an archive have one name each
        return names
    root = source.root
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
