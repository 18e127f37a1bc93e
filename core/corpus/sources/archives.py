"""Images that are members of archives: listed once, remembered, and read in place."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import TypeAdapter

from core.corpus.csv_lines import Table, quoted
from core.corpus.limits import check_bytes, image_error
from core.corpus.names import UNICODE, Spelling, composed
from core.corpus.path_checks import Place, spelling_fault
from core.corpus.sources.members import At, Members
from core.corpus.sources.protocol import UNKNOWN, Stamp
from core.corpus.sources.sorting import DESCRIBING
from core.corpus.table_files import parse_file, read_table
from core.corpus.walk import IMAGE, Found
from core.errors import ManifestError, WorkspaceError
from core.storage.documents import json_kind

MAX_MEMBERS = 5_000_000
_log = logging.getLogger(__name__)
_MISSING = "does not exist in the archive"


class Shard(Protocol):
    """One archive; safe to share between threads."""

    def members(self) -> Members:
        """Read through the archive once.

        Raises:
            ManifestError: It is damaged, cut short, or holds a path twice.
        """
        ...

    def read(self, at: At) -> bytes:
        """Return a member's bytes, at most `MAX_BYTES` and one.

        Raises:
            OSError: It cannot be read.
            ValueError: It is damaged, or holds no bytes; the text says what.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Remembered:
    """The members of archives by file, as of the file's stamp."""

    format: Literal["second-look archives 2"]
    shards: dict[str, tuple[Stamp, Members]]


@dataclass(frozen=True, slots=True)
class _OldRemembered:
    """Without the tables of metadata, so that every archive is listed again."""

    format: Literal["second-look archives 1"]


_INDEX = json_kind(
    TypeAdapter[_Remembered | _OldRemembered](_Remembered | _OldRemembered),
    "What was remembered of the archives in '{file}' is damaged; delete that file and start again: "
    "it is made anew.",
    indent=None,
)


class ArchiveSource:
    """The members of archives of one kind under one name each.

    Args:
        root: The archive, or the folder that holds them.
        paths: The archives.
        open_shard: Opens one; the second argument is its name for errors.
        index: A JSON file that remembers what they hold, or None.

    Raises:
        ManifestError: An archive cannot be read, or two hold the same path.
        StaleIndexError: The remembered index is damaged.
    """

    def __init__(
        self,
        root: Path,
        paths: Sequence[Path],
        open_shard: Callable[[Path, str], Shard],
        index: Path | None,
    ) -> None:
        self.root = root.resolve()
        self._paths = tuple(paths)
        self._open_shard = open_shard
        self._shards: dict[int, Shard] = {}
        self._lock = threading.Lock()
        listed = self._list(index)
        self._stamps = [stamp for stamp, _ in listed]
        members = [one for _, one in listed]
        prefix = _common_folder(members)
        self._images = self._joined({i: one.images for i, one in enumerate(members)}, prefix)
        masks = self._joined({i: one.masks for i, one in enumerate(members)}, prefix)
        self._files = self._images | masks
        self._tables = self._joined({i: one.tables for i, one in enumerate(members)}, prefix)
        self._columns = {
            path.removeprefix(prefix): row for one in members for path, row in one.columns.items()
        }
        self._left_out = [Found(*row) for one in members for row in one.left_out]
        self._spelling = Spelling(self.root)
        self._forms = {composed(path): path for path in self._files if not path.isascii()}

    @property
    def kept_in(self) -> str:
        """How many archives of which kind."""
        n, ending = len(self._paths), self._paths[0].suffix.lower()
        return f"{n:,} {ending} {'archive' if n == 1 else 'archives'}, read in place"

    def found(self) -> Iterator[Found]:
        """Yield the images, then what is left out."""
        yield from (Found(path, IMAGE) for path in self._images)
        yield from self._left_out

    def find(self, path: str) -> Place:
        """Return the member that a path means: as it is spelled, else in the only other reading."""
        if path in self._files:
            return Place(path, path)
        name, said = self._spelling.of(path)
        fault = spelling_fault(name)
        if fault is not None:
            return Place(path, path, spelling_fault(path) or fault)
        if name in self._files:
            return Place(name, name, None, said)
        other = self._forms.get(composed(name))
        if other is None:
            return Place(name, name, _MISSING, said)
        return Place(name, other, None, (*said, UNICODE))

    def has_table(self, name: str) -> bool:
        """Return whether the table lies beside the archives or in one."""
        return self._beside(name) is not None or name in self._tables

    def table(self, name: str, required: Sequence[str], known: Sequence[str] = ()) -> Table:
        """Read the table beside the archives, else the one in an archive."""
        beside = self._beside(name)
        if beside is not None:
            return read_table(beside, required, known)
        return parse_file(name, self._read(*self._tables[name], name), required, known)

    def columns(self) -> Mapping[str, Mapping[str, str]]:
        """Return what lies beside each image in the archives, by its path."""
        return self._columns

    def stamp(self, path: str) -> Stamp:
        """Return where the member is, and inode and change time of its archive."""
        found = self._files.get(path)
        if found is None:
            return UNKNOWN
        shard, at = found
        return (*at, *self._stamps[shard][2:])

    def read(self, path: str, name: str) -> bytes:
        """Return the bytes of a member."""
        found = self._files.get(path)
        if found is None:
            raise image_error(name, "is missing in the archive", "open the corpus again")
        data = self._read(*found, name)
        check_bytes(data, name)
        return data

    def _read(self, shard: int, at: At, name: str) -> bytes:
        path = self._paths[shard]
        if _stamp_of(path) != self._stamps[shard]:
            raise image_error(name, f"lies in {path.name}, which has changed", "start again")
        try:
            return self._opened(shard).read(at)
        except (OSError, ValueError) as error:
            reason = str(error) or "it is damaged"
            raise image_error(
                name, f"cannot be read in {path.name} ({reason})", "pack it again"
            ) from error

    def _opened(self, shard: int) -> Shard:
        with self._lock:
            if shard not in self._shards:
                path = self._paths[shard]
                self._shards[shard] = self._open_shard(path, path.name)
            return self._shards[shard]

    def _beside(self, name: str) -> Path | None:
        path = self.root / name
        return path if self.root.is_dir() and path.exists() else None

    def _list(self, index: Path | None) -> list[tuple[Stamp, Members]]:
        """Return each archive's stamp and members: remembered, or read through now."""
        stored = None if index is None else _INDEX.load_if_there(index)
        known = stored.shards if isinstance(stored, _Remembered) else {}
        listed: dict[str, tuple[Stamp, Members]] = {}
        for number, path in enumerate(self._paths):
            stamp = _stamp_of(path)
            remembered = known.get(str(path))
            if remembered is not None and remembered[0] == stamp:
                listed[str(path)] = remembered
            else:
                listed[str(path)] = (stamp, self._opened(number).members())
        if sum(len(one.images) for _, one in listed.values()) > MAX_MEMBERS:
            raise ManifestError(
                f"'{self.root.name}' holds more than {MAX_MEMBERS:,} images; open a part of it."
            )
        if index is not None and listed != known:
            try:
                _INDEX.save(index, _Remembered("second-look archives 2", listed))
            except (WorkspaceError, OSError) as error:
                _log.warning("the members of the archives are not kept: %s", error)
        return list(listed.values())

    def _joined(
        self, shards: Mapping[int, Mapping[str, At]], prefix: str
    ) -> dict[str, tuple[int, At]]:
        """Return the members of all archives by path, each in one archive only."""
        found: dict[str, tuple[int, At]] = {}
        for shard, members in shards.items():
            for path, at in members.items():
                first, _ = found.setdefault(path.removeprefix(prefix), (shard, at))
                if first != shard:
                    names = f"{self._paths[first].name} and {self._paths[shard].name}"
                    raise ManifestError(
                        f"{quoted(path)} is in {names}; an image's path must be in one archive."
                    )
        return found


def _common_folder(members: Sequence[Members]) -> str:
    """Return the folder with `/` that holds everything, where its table lies in it, else ""."""
    for one in members:
        for name in one.tables:
            folder = name.rpartition("/")[0]
            prefix = f"{folder}/" if folder else ""
            if name.removeprefix(prefix) in DESCRIBING and all(
                path.startswith(prefix) for other in members for path in other.images
            ):
                return prefix
    return ""


def _stamp_of(path: Path) -> Stamp:
    try:
        status = path.stat()
    except OSError:
        return UNKNOWN
    return status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns
