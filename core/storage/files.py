"""Write files that survive a crash, and every other call that only Unix has.

A reader finds the old content or the new, never a mix: the new bytes go to a temporary name in the
same folder, reach the disk, and then take the final name.
"""

import errno
import fcntl
import hashlib
import json
import os
import stat
import sys
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from tokenize import TokenError
from typing import BinaryIO

from core.errors import WorkspaceError

ARRAY_DAMAGE = (
    ValueError,
    EOFError,
    TokenError,
    SyntaxError,
    TypeError,
    OverflowError,
    MemoryError,
)
"""What numpy raises on a damaged .npy file besides OSError (found by damaging them at random)."""
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_TEMPORARY_SUFFIX = ".tmp"
_CHUNK_BYTES = 1 << 20


@contextmanager
def atomic_file(path: Path, *, durable: bool = True, n_bytes: int = 0) -> Generator[BinaryIO]:
    """Yield a binary file that becomes `path` when the block ends, and vanishes if it raises.

    Args:
        path: The final name; its folder must exist.
        n_bytes: Space reserved before the block begins, so that no write in it can run out.
        durable: Wait for the disk (measured 1 to 8 ms). Without it the file survives a killed
            process but may be empty after a power cut: only for what is checked and remade.

    Raises:
        WorkspaceError: The disk is full or the folder cannot be written; `path` is unchanged.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:12]}{_TEMPORARY_SUFFIX}")
    try:
        file = temporary.open("xb")
    except OSError as error:
        raise _write_error(path, error) from error
    try:
        with file:
            if n_bytes:
                _reserve(file, n_bytes)
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
        if durable:
            _sync_folder(path.parent)
    except OSError as error:
        raise _write_error(path, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def atomic_write_bytes(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Replace the content of `path` by `data`, whole or not at all; see `atomic_file`.

    Raises:
        WorkspaceError: The disk is full or the folder cannot be written; `path` is unchanged.
    """
    with atomic_file(path, durable=durable) as file:
        file.write(data)


def atomic_write_text(path: Path, text: str) -> None:
    """Replace the content of `path` by `text` in UTF-8, whole or not at all."""
    atomic_write_bytes(path, text.encode("utf-8"))


def atomic_write_json(path: Path, value: object) -> None:
    """Replace the content of `path` by `value` as JSON; NaN and infinities are refused."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    atomic_write_text(path, text + "\n")


def remove_temporaries(folder: Path) -> int:
    """Remove what killed writers left in `folder` and return how many; hold the lock first."""
    leftovers = sorted(folder.glob(f".*{_TEMPORARY_SUFFIX}"))
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits, reading it in pieces."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_regular(path: Path) -> BufferedReader:
    """Open a regular file for reading; a pipe, device, folder or final link is never opened.

    Raises:
        OSError: The path is missing, unreadable or not a regular file.
    """
    _require_regular(path.lstat().st_mode)
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags)
    try:
        _require_regular(os.fstat(descriptor).st_mode)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def named_below(roots: Sequence[Path], walk: Callable[[Path], Iterator[Path]]) -> tuple[str, ...]:
    """Return what a walk finds below each root as `ROOT/sub/folder`, sorted."""
    found = [Path(root.name) / path.relative_to(root) for root in roots for path in walk(root)]
    return tuple(sorted(path.as_posix() for path in found))


def visible_entries(folder: Path) -> list[os.DirEntry[str]]:
    """Return what is in a folder, sorted by name and without what is hidden."""
    try:
        with os.scandir(folder) as found:
            return sorted((e for e in found if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError:  # a folder that may not be read holds nothing that can be opened
        return []


class WorkspaceLock:
    """Keep a second process out of a workspace.

    The lock is the kernel's (flock), so it ends with its holder however that one dies. The file
    holds the holder's process id and since when, for the message only.
    """

    def __init__(self, workspace: Path) -> None:
        self._path = workspace / "lock"
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock at once or refuse.

        Raises:
            WorkspaceError: Another process holds it (named), or the folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise _write_error(self._path, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(descriptor, 0)
            since = datetime.now(UTC).isoformat(timespec="seconds")
            os.pwrite(descriptor, f"{os.getpid()} {since}\n".encode(), 0)
        except BlockingIOError as error:
            told = os.pread(descriptor, 64, 0).decode("ascii", "replace").split()
            os.close(descriptor)
            holder = told[0] if told else "unknown"
            since = f" since {told[1]}" if len(told) > 1 else ""
            raise WorkspaceError(
                f"The workspace '{self._path.parent.name}' is in use by process {holder}{since}; "
                "close that one or choose another folder with --workspace."
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise _write_error(self._path, error) from error
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the workspace go; does nothing when it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _require_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is not a regular file")


def _reserve(file: BinaryIO, n_bytes: int) -> None:
    if sys.platform == "linux":
        os.posix_fallocate(file.fileno(), 0, n_bytes)
    else:
        _write_zeros(file, n_bytes)


def _write_zeros(file: BinaryIO, n_bytes: int) -> None:
    missing = n_bytes - os.fstat(file.fileno()).st_size
    position = file.seek(0, os.SEEK_END)
    while missing > 0:
        missing -= file.write(bytes(min(missing, _CHUNK_BYTES)))
    file.flush()
    file.seek(position)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_error(path: Path, error: OSError) -> WorkspaceError:
    if error.errno in _NO_SPACE:
        return WorkspaceError(
            f"There is no space left to write '{path.name}' and what it held is unchanged; "
            "free some space or choose another folder with --workspace, then start again."
        )
    return WorkspaceError(
        f"'{path.name}' cannot be written ({error.strerror}); "
        "check the workspace folder's permissions or choose another with --workspace."
    )
