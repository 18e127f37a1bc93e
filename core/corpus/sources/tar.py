"""A tar, as webdataset writes them: listed by one pass over its headers, read by offset."""

import os
import tarfile
from pathlib import Path

from core.corpus.limits import MAX_BYTES
from core.corpus.sources.members import At, Members, listing
from core.corpus.sources.sorting import Sorter, wants
from core.corpus.walk import LINKED_FOLDER, OTHER

_DAMAGE = (tarfile.TarError, EOFError, ValueError, OverflowError)


class TarShard:
    """One tar that is not compressed.

    Args:
        path: The file.
        name: Said in errors.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name

    def members(self) -> Members:
        """Read the headers; links, devices and sparse files are left out, never followed."""
        sorter = Sorter(self._name)
        with listing(self._name, _DAMAGE):
            size = self._path.stat().st_size
            with tarfile.open(self._path, "r:") as archive:
                for member in archive:
                    archive.members = []  # type: ignore[assignment]  # memory stays small
                    self._take(member, sorter, size)
                _require_end(self.read((archive.offset, tarfile.BLOCKSIZE)))
        return sorter.done()

    def _take(self, member: tarfile.TarInfo, sorter: Sorter, size: int) -> None:
        if member.isdir():
            return
        if not member.isreg() or member.issparse():
            kind = LINKED_FOLDER if member.issym() or member.islnk() else OTHER
            sorter.leave_out(member.name, kind, "is no plain file and is not read")
            return
        at = (member.offset_data, member.size)
        if at[0] + at[1] > size:
            raise tarfile.ReadError("its last file is not whole")
        path = sorter.take(member.name, at)
        if wants(path, member.size):
            sorter.beside(path, self.read(at))

    def read(self, at: At) -> bytes:
        """Return a member's bytes."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, min(at[1], MAX_BYTES + 1), at[0])
        finally:
            os.close(descriptor)


def _require_end(block: bytes) -> None:
    """Refuse what tarfile takes for the end without a word: a header that is cut or overwritten.

    Raises:
        tarfile.ReadError: The block after the last file is no end.
    """
    if 0 < len(block) < tarfile.BLOCKSIZE or block.strip(b"\0"):
        raise tarfile.ReadError("a header cannot be read")


def open_tar(path: Path, name: str) -> TarShard:
    """Return a tar to be listed and read."""
    return TarShard(path, name)
