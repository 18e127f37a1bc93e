"""Know the checksum and size of every image file, reading only files that changed."""

import hashlib
import logging
import os
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.corpus.images import ImageOpener, measure_image
from core.errors import ImageError, WorkspaceError
from core.storage.documents import json_kind

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """What one file holds: pixels after EXIF rotation, or 0 x 0 and a problem ("" for none)."""

    n_bytes: int
    mtime_ns: int
    sha256: str
    width: int
    height: int
    problem: str


@dataclass(frozen=True, slots=True)
class _Cache:
    """The fields of every probe by image_id."""

    format: Literal["second-look image probes 1"]
    entries: dict[str, tuple[int, int, str, int, int, str]]


_CACHE = json_kind(
    TypeAdapter(_Cache),
    "The image checksums in '{file}' are damaged or of another version; delete that file and start "
    "again: it is made anew.",
    indent=None,
)


class Prober:
    """Probes files under `root`; an unchanged size and modification time reuse the last probe.

    Args:
        root: The corpus folder.
        cache: A JSON file to keep the probes in, or None.

    Raises:
        StaleIndexError: The cache is damaged or of another version.
    """

    def __init__(self, root: Path, cache: Path | None) -> None:
        self._root = root
        self._opener = ImageOpener(root)
        self._cache = cache
        stored = None if cache is None else _CACHE.load_if_there(cache)
        entries = {} if stored is None else stored.entries
        self._known = {image_id: Probe(*fields) for image_id, fields in entries.items()}
        self._is_changed = False

    def probe(self, path: str) -> Probe:
        """Return what the file holds; a file that cannot be opened is a probe with its problem.

        Args:
            path: Relative to the root.
        """
        try:
            status = os.stat(f"{self._root}/{path}")  # noqa: PTH116
        except (OSError, ValueError):
            return self._look(path, 0, 0)
        known = self._known.get(path)
        if known and (known.n_bytes, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return known
        probe = self._look(path, status.st_size, status.st_mtime_ns)
        if probe.sha256:  # a refusal such as "permission denied" may pass: never remembered
            self._known[path] = probe
            self._is_changed = True
        return probe

    def save(self) -> None:
        """Keep what was learnt; a workspace that cannot be written only costs time."""
        if self._cache is None or not self._is_changed:
            return
        entries = {path: astuple(probe) for path, probe in sorted(self._known.items())}
        try:
            _CACHE.save(self._cache, _Cache("second-look image probes 1", entries))
        except (WorkspaceError, OSError) as error:
            _log.warning("image checksums are not kept: %s", error)
        self._is_changed = False

    def _look(self, path: str, n_bytes: int, mtime_ns: int) -> Probe:
        sha256 = ""
        try:
            data = self._opener.read(Path(path), path)
            sha256 = hashlib.sha256(data).hexdigest()
            width, height = measure_image(data, path)
        except ImageError as error:
            return Probe(n_bytes, mtime_ns, sha256, 0, 0, str(error))
        return Probe(n_bytes, mtime_ns, sha256, width, height, "")
