"""Tell what a corpus is kept in: a folder of files, or archives that are read in place."""

from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path

from core.corpus.csv_lines import quoted
from core.corpus.sources.archives import ArchiveSource, Shard
from core.corpus.sources.folder import FolderSource
from core.corpus.sources.parquet import open_arrow, open_parquet
from core.corpus.sources.protocol import ImageSource
from core.corpus.sources.tar import open_tar
from core.corpus.sources.zip import open_zip
from core.corpus.walk import IMAGE, walk
from core.errors import ManifestError

_KINDS: Mapping[str, Callable[[Path, str], Shard]] = {
    ".tar": open_tar,
    ".zip": open_zip,
    ".parquet": open_parquet,
    ".arrow": open_arrow,
}
ARCHIVES = frozenset(_KINDS)
"""Endings of the archives that are read in place."""
_PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
_MOST_SHARDS = 100_000


def open_source(root: Path, cache: Path | None = None) -> ImageSource:
    """Return where the images of a corpus lie.

    Args:
        root: A folder of images; an archive; or a folder that holds archives and no image.
        cache: The file of remembered checksums; the members of archives are remembered beside it.

    Raises:
        ManifestError: There is nothing there, or an archive cannot be read.
        StaleIndexError: What was remembered of the archives is damaged.
    """
    path = _existing(root)
    if path.is_file():
        _require_random_access(path)
        if path.suffix.lower() not in _KINDS:
            raise ManifestError(
                f"{quoted(path.name)} is no corpus; give --corpus a folder, or a .tar, .zip, "
                ".parquet or .arrow file."
            )
        return _archives(path, [path], cache)
    shards = _shards(path)
    return FolderSource(path) if shards is None else _archives(path, shards, cache)


def holds_archives(root: Path) -> bool:
    """Return whether `open_source` would list archives there, which takes a pass over each."""
    return root.is_file() or _shards(root) is not None


def _existing(root: Path) -> Path:
    try:
        if root.is_dir() or root.is_file():
            return root.resolve()
    except (OSError, ValueError):  # no permission; a NUL in the name
        pass
    raise ManifestError(
        f"There is no folder {quoted(root.name)} to open; check the path given to --corpus."
    )


def _shards(path: Path) -> list[Path] | None:
    """Return the archives below a folder, None where it holds an image or no archive."""
    found: list[Path] = []
    for one in islice(walk(path), _MOST_SHARDS):
        if one.kind == IMAGE:
            return None
        if Path(one.path).suffix.lower() in _KINDS or one.path.lower().endswith(_PACKED):
            found.append(path / one.path)
    return sorted(found) or None


def _archives(root: Path, paths: list[Path], cache: Path | None) -> ArchiveSource:
    for path in paths:
        _require_random_access(path)
    kinds = sorted({path.suffix.lower() for path in paths})
    if len(kinds) > 1:
        raise ManifestError(
            f"'{root.name}' holds archives of several kinds ({', '.join(kinds)}); keep one kind in "
            "a folder."
        )
    index = None if cache is None else cache.with_name("archives.json")
    return ArchiveSource(root, paths, _KINDS[kinds[0]], index)


def _require_random_access(path: Path) -> None:
    if path.name.lower().endswith(_PACKED):
        raise ManifestError(
            f"{quoted(path.name)} is compressed as a whole, so that no image in it can be read by "
            "itself; unpack it once to a .tar, with gunzip for a .tar.gz."
        )
