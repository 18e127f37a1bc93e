"""Values as JSON files: written whole or not at all, read back equal."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from core.errors import SecondLookError, StaleIndexError
from core.storage.files import atomic_write_bytes

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DocumentKind(Generic[T]):
    """What a file holds, and what is said of one that does not hold it.

    Args:
        parse: Returns the value of a file's bytes; a ValueError where they are none.
        dump: Returns a value as it is stored; an error where it is none to be kept.
        broken: What is said of a file that cannot be read; it may name {file} and {folder}.
        error: The class of that error.
    """

    parse: Callable[[bytes], T]
    dump: Callable[[T], bytes]
    broken: str
    error: type[SecondLookError]

    def load(self, path: Path) -> T:
        """Return a stored value, equal to what was saved.

        Raises:
            SecondLookError: Of the class `error`: the file cannot be read as such a value.
        """
        try:
            return self.parse(path.read_bytes())
        except (OSError, ValueError) as error:  # pydantic's errors are ValueErrors
            text = self.broken.format(file=path.name, folder=path.parent.name)
            raise self.error(text) from error

    def load_if_there(self, path: Path) -> T | None:
        """Return what `load` returns, or None where there is no file."""
        return self.load(path) if path.exists() else None

    def save(self, path: Path, value: T) -> None:
        """Write a value in place of an older one; its folder is made if missing.

        Raises:
            WorkspaceError: The disk is full or read-only.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write_bytes(path, self.dump(value))


def json_kind(
    holds: TypeAdapter[T],
    broken: str,
    error: type[SecondLookError] = StaleIndexError,
    indent: int | None = 1,
) -> DocumentKind[T]:
    """Return the kind of files that hold a value's fields as JSON."""
    return DocumentKind(holds.validate_json, partial(holds.dump_json, indent=indent), broken, error)


class Documents(Generic[T]):
    """The values of one kind in a folder, one file each.

    A name that is asked for is looked up among those of the files and never made a path. Whatever
    reads a file raises the kind's error where it cannot.

    Args:
        folder: Made on first save.
        kind: What the files hold.
        name_of: Returns the name of a value's file, without its ending.
        order: What `all` sorts the values by; None = the names of their files.
    """

    def __init__(
        self,
        folder: Path,
        kind: DocumentKind[T],
        name_of: Callable[[T], str],
        order: Callable[[T], str] | None = None,
    ) -> None:
        self._folder = folder
        self._kind = kind
        self._name_of = name_of
        self._order = order

    def names(self) -> tuple[str, ...]:
        """Return the names of all files."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.json")))

    def find(self, name: str) -> T | None:
        """Return a value, or None where there is none of this name."""
        return self._load(name) if name in self.names() else None

    def all(self) -> tuple[T, ...]:
        """Return every value, in order."""
        found = map(self._load, self.names())
        return tuple(found if self._order is None else sorted(found, key=self._order))

    def readable(self) -> Iterator[T]:
        """Yield every value whose file can be read."""
        for name in self.names():
            with suppress(self._kind.error):
                yield self._load(name)

    def newest(self) -> T | None:
        """Return the value of the last name, or None where there is none."""
        names = self.names()
        return self._load(names[-1]) if names else None

    def save(self, value: T) -> Path:
        """Write a value under its name, in place of an older one, and return its file.

        Raises:
            SecondLookError: The value is none to be kept.
            WorkspaceError: The disk is full or read-only.
        """
        path = self._path(self._name_of(value))
        assert path.parent == self._folder, "names are made or checked by the caller"
        self._kind.save(path, value)
        return path

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is no error."""
        if name in self.names():
            self._path(name).unlink(missing_ok=True)

    def _load(self, name: str) -> T:
        return self._kind.load(self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def hashed_name(name: str) -> str:
    """Return the file name of a value that a user named: what they typed is never a path."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]
