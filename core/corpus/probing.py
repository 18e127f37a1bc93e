"""Know the checksum and size of every image file, reading only files that changed."""

import hashlib
import logging
import time
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter

from core.corpus import heif
from core.corpus.images import decode_mask, measure_image, tolerated_in
from core.corpus.sources.protocol import UNKNOWN, ImageSource, Stamp
from core.errors import ImageError, WorkspaceError
from core.storage.documents import json_kind

_log = logging.getLogger(__name__)
_KEEP_S = 15.0
_LEAST_SHARE = 20
"""Reading goes on for this many times as long as a save takes."""


_FORMAT: Literal["second-look image probes 2"] = "second-look image probes 2"


@dataclass(frozen=True, slots=True)
class Probe:
    """What one file holds: pixels after EXIF rotation, or 0 x 0 and a problem ("" for none).

    `tolerated` says in words what of a damaged file is passed over, "" for nothing.
    """

    stamp: Stamp
    sha256: str
    width: int
    height: int
    problem: str
    tolerated: str = ""


@dataclass(frozen=True, slots=True)
class MaskProbe:
    """A mask looked at for an image of `width` x `height` pixels; `problem` is "" for none."""

    stamp: Stamp
    sha256: str
    width: int
    height: int
    problem: str


@dataclass(frozen=True, slots=True)
class _Cache:
    """The fields of every probe by path; `replaced` are checksums of what was there before."""

    format: Literal["second-look image probes 2"]
    entries: dict[str, tuple[Stamp, str, int, int, str, str]]
    masks: dict[str, tuple[Stamp, str, int, int, str]]
    replaced: dict[str, str]


@dataclass(frozen=True, slots=True)
class _OldCache:
    """Without inode and change time, so that nothing in it can be relied on."""

    format: Literal["second-look image probes 1"]
    entries: dict[str, tuple[int, int, str, int, int, str]]


_CACHE = json_kind(
    TypeAdapter[_Cache | _OldCache](_Cache | _OldCache),
    "The image checksums in '{file}' are damaged or of another version; delete that file and start "
    "again: it is made anew.",
    indent=None,
)


def replaced_files(cache: Path) -> dict[str, str]:
    """Return by path the checksum of what was in a file before its content became another.

    Raises:
        StaleIndexError: The cache is damaged or of another version.
    """
    stored = _CACHE.load_if_there(cache)
    return stored.replaced if isinstance(stored, _Cache) else {}


def forget_replaced(cache: Path) -> None:
    """Take note that everything that was replaced has been encoded anew.

    Raises:
        StaleIndexError: The cache is damaged or of another version.
        WorkspaceError: The disk is full or read-only.
    """
    stored = _CACHE.load_if_there(cache)
    if isinstance(stored, _Cache) and stored.replaced:
        _CACHE.save(cache, replace(stored, replaced={}))


class Prober:
    """Probes images of a source; one whose stamp is unchanged reuses the last probe.

    Args:
        source: Where the images are.
        cache: A JSON file to keep the probes in, or None.

    Raises:
        StaleIndexError: The cache is damaged or of another version.
    """

    def __init__(self, source: ImageSource, cache: Path | None) -> None:
        self._source = source
        self._cache = cache
        stored = None if cache is None else _CACHE.load_if_there(cache)
        kept = stored if isinstance(stored, _Cache) else None
        entries, masks = (kept.entries, kept.masks) if kept else ({}, {})
        self._known = {path: Probe(*fields) for path, fields in entries.items()}
        self._masks = {path: MaskProbe(*fields) for path, fields in masks.items()}
        self._replaced = dict(kept.replaced) if kept else {}
        self._is_changed = False
        self._due_s = time.monotonic() + _KEEP_S

    def probe(self, path: str) -> Probe:
        """Return what the file holds; a file that cannot be opened is a probe with its problem.

        Args:
            path: As the source names it.
        """
        stamp = self._source.stamp(path)
        known = self._known.get(path)
        if known and stamp != UNKNOWN and known.stamp == stamp:
            return known
        probe = self._look(path, stamp)
        if known and probe.sha256 not in ("", known.sha256):
            self._replaced[path] = known.sha256
        # A refusal that may pass is never remembered: "permission denied", a missing package.
        if probe.sha256 and heif.NEEDED not in probe.problem:
            self._known[path] = probe
            self._is_changed = True
        return probe

    def probe_mask(self, path: str, size: tuple[int, int]) -> MaskProbe:
        """Return what speaks against a mask of an image of this (width, height), if anything."""
        stamp = self._source.stamp(path)
        known = self._masks.get(path)
        if (
            known
            and stamp != UNKNOWN
            and (known.stamp, known.width, known.height)
            == (
                stamp,
                *size,
            )
        ):
            return known
        sha256, problem = "", ""
        try:
            data = self._source.read(path, path)
            sha256 = hashlib.sha256(data).hexdigest()
            decode_mask(data, path, size)
        except ImageError as error:
            problem = str(error)
        probe = MaskProbe(stamp, sha256, *size, problem)
        if sha256:
            self._masks[path] = probe
            self._is_changed = True
        return probe

    def keep(self) -> None:
        """Save from time to time, so that a killed process has not read in vain."""
        if time.monotonic() < self._due_s:
            return
        started = time.monotonic()
        self.save()
        took = time.monotonic() - started
        self._due_s = started + max(_KEEP_S, _LEAST_SHARE * took)

    def save(self) -> None:
        """Keep what was learnt; a workspace that cannot be written only costs time."""
        if self._cache is None or not self._is_changed:
            return
        entries = {path: astuple(probe) for path, probe in sorted(self._known.items())}
        masks = {path: astuple(probe) for path, probe in sorted(self._masks.items())}
        try:
            _CACHE.save(self._cache, _Cache(_FORMAT, entries, masks, self._replaced))
        except (WorkspaceError, OSError) as error:
            _log.warning("image checksums are not kept: %s", error)
        self._is_changed = False

    def _look(self, path: str, stamp: Stamp) -> Probe:
        sha256 = ""
        try:
            data = self._source.read(path, path)
            sha256 = hashlib.sha256(data).hexdigest()
            width, height = measure_image(data, path)
        except ImageError as error:
            return Probe(stamp, sha256, 0, 0, str(error))
        return Probe(stamp, sha256, width, height, "", "; ".join(tolerated_in(data)))
