"""A zip: listed by its directory, members unpacked one by one up to the limit of an image."""

import threading
import zipfile
import zlib
from pathlib import Path

from core.corpus.limits import MAX_BYTES
from core.corpus.sources.members import At, Members, listing
from core.corpus.sources.sorting import Sorter, wants
from core.corpus.walk import LINKED_FOLDER, OTHER

_LINK = 0o120000
_TYPE = 0o170000
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


class ZipShard:
    """One zip; a member is found by its place in the directory.

    Args:
        path: The file.
        name: Said in errors.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._name = name
        self._archive: zipfile.ZipFile | None = None
        self._lock = threading.Lock()

    def members(self) -> Members:
        """Read the directory; links and encrypted members are left out, never followed."""
        sorter = Sorter(self._name)
        with listing(self._name, _DAMAGE):
            for number, member in enumerate(self._opened().infolist()):
                self._take(number, member, sorter)
        return sorter.done()

    def _take(self, number: int, member: zipfile.ZipInfo, sorter: Sorter) -> None:
        if member.is_dir():
            return
        if (member.external_attr >> 16) & _TYPE == _LINK:
            sorter.leave_out(member.filename, LINKED_FOLDER, "is a link and is not read")
        elif member.flag_bits & 1:
            sorter.leave_out(member.filename, OTHER, "is encrypted; pack it without a password")
        else:
            path = sorter.take(member.filename, (number, member.file_size))
            if wants(path, member.file_size):
                sorter.beside(path, self.read((number, member.file_size)))

    def read(self, at: At) -> bytes:
        """Return a member's bytes; no more than an image may have is ever unpacked."""
        try:
            archive = self._opened()
            with archive.open(archive.infolist()[at[0]]) as file:
                return file.read(MAX_BYTES + 1)
        except _DAMAGE as error:
            raise ValueError(str(error) or "it is damaged") from error

    def _opened(self) -> zipfile.ZipFile:
        with self._lock:
            if self._archive is None:
                self._archive = zipfile.ZipFile(self._path)
            return self._archive


def open_zip(path: Path, name: str) -> ZipShard:
    """Return a zip to be listed and read."""
    return ZipShard(path, name)
