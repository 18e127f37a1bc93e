"""Images as files below a folder."""

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from core.corpus.csv_lines import Table
from core.corpus.limits import MAX_BYTES, check_bytes, image_error, too_large
from core.corpus.path_checks import CorpusFolder, Place
from core.corpus.sources.protocol import UNKNOWN, Stamp
from core.corpus.table_files import read_table
from core.corpus.walk import Found, walk
from core.storage.files import open_regular


class FolderSource:
    """The files below a folder; links inside it are followed, never out of it.

    Args:
        root: The folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    @cached_property
    def _folder(self) -> CorpusFolder:
        return CorpusFolder(self.root)

    @property
    def kept_in(self) -> str:
        """That they are files."""
        return "files of a folder"

    def found(self) -> Iterator[Found]:
        """Walk the folder."""
        return walk(self.root)

    def find(self, path: str) -> Place:
        """Return the file that a path means."""
        return self._folder.find(path)

    def has_table(self, name: str) -> bool:
        """Return whether there is such a file, if only a broken link."""
        return (self.root / name).exists() or (self.root / name).is_symlink()

    def table(self, name: str, required: Sequence[str], known: Sequence[str] = ()) -> Table:
        """Read a file of the folder."""
        return read_table(self.root / name, required, known)

    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """Return nothing: tables say it all."""
        return {}

    def stamp(self, path: str) -> Stamp:
        """Return size, modification time, inode and change time."""
        try:
            status = os.stat(f"{self.root}/{path}")  # noqa: PTH116 - a Path per file takes longer
        except (OSError, ValueError):
            return UNKNOWN
        return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns

    def read(self, path: str, name: str) -> bytes:
        """Return the bytes of a regular file below the folder."""
        return read_file(self.root / path, (self.root,), name)


def read_file(path: Path, roots: Sequence[Path], name: str) -> bytes:
    """Return the bytes of a regular file of at most `MAX_BYTES` under one of the roots.

    Args:
        path: Absolute.
        roots: Resolved folders.
        name: Said in errors.

    Raises:
        ImageError: The file is missing, empty, too large, not regular, or elsewhere.
    """
    try:
        real = path.resolve(strict=True)
        if not any(real.is_relative_to(root) for root in roots):
            raise image_error(name, "lies outside the corpus folder", "copy it into the folder")
        with open_regular(real) as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise too_large(name)
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if path.is_symlink():
            remedy = "remove the link or put its file back"
            raise image_error(name, "is a link that leads nowhere", remedy) from error
        raise image_error(name, "is missing", "put the file back or remove its row") from error
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise image_error(name, f"cannot be read ({reason})", "check the file") from error
    except (RuntimeError, ValueError) as error:  # a loop of links before Python 3.13; a NUL
        raise image_error(name, "has a path that leads nowhere", "correct its row") from error
    check_bytes(data, name)
    return data
