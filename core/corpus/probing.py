"""Know the checksum and size of every image file, reading only files that changed."""

import hashlib
import json
import logging
import os
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import cast

from core.corpus.images import ImageOpener, measure_image
from core.errors import ImageError, StaleIndexError, WorkspaceError
from core.storage.files import atomic_write_json

_FORMAT = "second-look image probes 1"
_FIELDS = (int, int, str, int, int, str)

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
        self._known = _read(cache) if cache is not None else {}
        self._is_changed = False

    def probe(self, image_id: str) -> Probe:
        """Return what the file holds; a file that cannot be opened is a probe with its problem."""
        try:
            status = os.stat(f"{self._root}/{image_id}")  # noqa: PTH116
        except (OSError, ValueError):
            return self._look(image_id, 0, 0)
        known = self._known.get(image_id)
        if known and (known.n_bytes, known.mtime_ns) == (status.st_size, status.st_mtime_ns):
            return known
        probe = self._look(image_id, status.st_size, status.st_mtime_ns)
        if probe.sha256:  # a refusal such as "permission denied" may pass: never remembered
            self._known[image_id] = probe
            self._is_changed = True
        return probe

    def save(self) -> None:
        """Keep what was learnt; a workspace that cannot be written only costs time."""
        if self._cache is None or not self._is_changed:
            return
        entries = {image_id: astuple(probe) for image_id, probe in sorted(self._known.items())}
        try:
            self._cache.parent.mkdir(parents=True, exist_ok=True)
            atomic_write_json(self._cache, {"format": _FORMAT, "entries": entries})
        except (WorkspaceError, OSError) as error:
            _log.warning("image checksums are not kept: %s", error)
        self._is_changed = False

    def _look(self, image_id: str, n_bytes: int, mtime_ns: int) -> Probe:
        sha256 = ""
        try:
            data = self._opener.read(Path(image_id), image_id)
            sha256 = hashlib.sha256(data).hexdigest()
            width, height = measure_image(data, image_id)
        except ImageError as error:
            return Probe(n_bytes, mtime_ns, sha256, 0, 0, str(error))
        return Probe(n_bytes, mtime_ns, sha256, width, height, "")


def _read(cache: Path) -> dict[str, Probe]:
    try:
        text = cache.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _stale(cache) from error
    try:
        content = json.loads(text)
        if content["format"] != _FORMAT:
            raise _stale(cache)
        return {image_id: _probe(fields) for image_id, fields in content["entries"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise _stale(cache) from error


def _probe(fields: object) -> Probe:
    if not isinstance(fields, list):
        raise TypeError
    values = cast("list[object]", fields)
    if len(values) != len(_FIELDS) or not all(map(isinstance, values, _FIELDS)):
        raise TypeError
    return Probe(*cast("tuple[int, int, str, int, int, str]", tuple(values)))


def _stale(cache: Path) -> StaleIndexError:
    return StaleIndexError(
        f"The image checksums in '{cache.name}' are damaged or of another version; "
        "delete that file and start again: it is made anew."
    )
