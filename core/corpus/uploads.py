"""Keep the images that a person uploads as further queries, within a quota of bytes."""

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path, PureWindowsPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter

from core.corpus.images import decode_image
from core.corpus.limits import printable
from core.errors import StaleIndexError, UnknownImageError, WorkspaceError
from core.storage.documents import DocumentKind
from core.storage.files import atomic_write_bytes
from core.types.corpus import ImageRecord
from core.types.query_text import Asked

PREFIX = "upload:"
_ID = re.compile(PREFIX + r"([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class _Note:
    """What the JSON file beside an upload says; `sequence` orders uploads whatever the clock.

    `parent` is the image that a damaged copy or a crop was made from, empty for a picture from
    outside; `region` is the crop's `x0,y0,x1,y1` in pixels of its parent. `owner` is a visitor's,
    of a picture from outside; `created_at` is when it was last uploaded, in UTC. Both are empty in
    notes of older versions. `text` is what is asked beside the picture; `asked` says that this is
    its parent asked otherwise, and how (`core.types.query_text.Asked`).
    """

    format: Literal["second-look upload 1"]
    sequence: int
    name: str
    width: int
    height: int
    sha256: str
    parent: str = ""
    region: str = ""
    owner: str = ""
    created_at: str = ""
    text: str = ""
    asked: str = ""


_FIELDS = TypeAdapter(_Note)
_NOTE = DocumentKind(
    partial(_FIELDS.validate_json, strict=True, extra="forbid"),
    _FIELDS.dump_json,
    "The upload '{file}' is damaged or of another version; delete that file and upload the image "
    "again.",
    StaleIndexError,
)
_NEW = _Note("second-look upload 1", 0, "", 0, 0, "")
"""A note before it is known what of."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Uploads:
    """Stores uploads in one folder as lossless PNG without their metadata; thread-safe.

    The PNG is written first and the JSON file makes it count, so a crash leaves no half upload.
    """

    def __init__(
        self,
        folder: Path,
        quota_bytes: int,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._now = now
        self._lock = threading.Lock()

    def add(self, data: bytes, name: str, owner: str = "") -> ImageRecord:
        """Check, re-encode and keep an image file's bytes.

        The same pixels of one owner give the same id, and their lifetime begins anew. The same
        pixels of two owners give two ids, and neither can be guessed from the picture.

        Raises:
            ImageError: The bytes are refused or damaged.
            WorkspaceError: The quota or the disk is full.
        """
        shown = printable(PureWindowsPath(name).name) or "upload"  # its name also splits at "/"
        pixels = decode_image(data, shown)
        key = _key(pixels, owner and f"owner {owner}")
        return self._keep(key, pixels, replace(_NEW, name=shown, owner=owner))

    def add_pixels(
        self,
        pixels: NDArray[np.uint8],
        name: str,
        parent: str,
        region: str = "",
        text: str = "",
    ) -> ImageRecord:
        """Keep (H, W, 3) uint8 RGB pixels, a damaged copy or a crop of the image `parent`.

        Args:
            pixels: The image.
            name: Shown to people.
            parent: The image that it was made from, whose visitors see it.
            region: Where a crop lies in its parent, `x0,y0,x1,y1` in pixels.
            text: What the parent is asked with, if it is a composed query.

        Raises:
            WorkspaceError: The quota or the disk is full.
        """
        note = replace(_NEW, name=name, parent=parent, region=region, text=text)
        return self._keep(_key(pixels, parent + region + text), pixels, note)

    def add_asked(
        self, pixels: NDArray[np.uint8], parent: str, asked: Asked, text: str, owner: str
    ) -> ImageRecord:
        """Keep a query that is asked otherwise: its picture, or a blank one, with another text.

        Only its owner sees it.

        Args:
            pixels: (H, W, 3) uint8 RGB.
            parent: The query whose copy it is.
            asked: How it differs.
            text: What is asked beside the picture; empty for the image alone.
            owner: A visitor's.

        Raises:
            WorkspaceError: The quota or the disk is full.
        """
        note = replace(_NEW, name=asked, parent=parent, owner=owner, text=text, asked=asked)
        return self._keep(_key(pixels, f"{parent} {owner} {asked} {text}"), pixels, note)

    def asked_of(self, parent: str, owner: str) -> tuple[ImageRecord, ...]:
        """Return how an owner has asked a query otherwise, the first one first."""
        notes = self._notes()
        mine = [
            key
            for key, note in notes.items()
            if note.asked and note.parent == parent and note.owner == owner
        ]
        mine.sort(key=lambda key: notes[key].sequence)
        return tuple(self._as_record(key, notes[key]) for key in mine)

    def records(self, owner: str | None = None) -> tuple[ImageRecord, ...]:
        """Return the uploads, newest first: all, or the pictures that one owner has added.

        Crops and damaged copies are among all, not among an owner's.

        Raises:
            StaleIndexError: A stored upload is damaged.
        """
        notes = self._notes()
        newest = sorted(notes, key=lambda key: notes[key].sequence, reverse=True)
        return tuple(
            self._as_record(key, notes[key])
            for key in newest
            if owner is None or (notes[key].owner == owner and not notes[key].parent)
        )

    def owner(self, image_id: str) -> str | None:
        """Return the visitor who owns an upload, as `add` was given it.

        A crop or damaged copy belongs to the owner of the picture that it was made from, through
        any number of copies of copies. None where that picture is an image of the corpus: everyone
        may see those.

        Raises:
            UnknownImageError: There is no such upload, or the picture it was made from is gone.
        """
        with self._lock:
            note = self._note(self._known(image_id))
            while note.parent.startswith(PREFIX) and not note.asked:
                note = self._note(self._known(note.parent))
            return None if note.parent and not note.asked else note.owner

    def get(self, image_id: str) -> ImageRecord:
        """Return one upload.

        Raises:
            UnknownImageError: There is no such upload.
        """
        with self._lock:
            return self._record(self._known(image_id))

    def delete(self, image_id: str) -> tuple[ImageRecord, ...]:
        """Remove an upload and what was made from it from the disk; return what there was.

        Raises:
            UnknownImageError: There is no such upload.
        """
        with self._lock:
            self._known(image_id)
        notes = self._notes()
        doomed = [image_id]
        for parent in doomed:  # grows while it is walked
            doomed += (PREFIX + key for key, note in notes.items() if note.parent == parent)
        with self._lock:
            gone = [key.removeprefix(PREFIX) for key in doomed]
            records = tuple(self._as_record(key, notes[key]) for key in gone if key in notes)
            for key in gone:
                self._note_path(key).unlink(missing_ok=True)
                self._image_path(key).unlink(missing_ok=True)
        return records

    def expired(self, lifetime: timedelta) -> tuple[str, ...]:
        """Return the ids of what visitors added, or asked otherwise, longer than `lifetime` ago.

        An upload of an older version has no date yet; its lifetime begins now.

        Raises:
            StaleIndexError: A stored upload is damaged.
            WorkspaceError: The disk is full or read-only.
        """
        now = self._now()
        found: list[str] = []
        for key, note in self._notes().items():
            if note.parent and not note.asked:
                continue
            if not note.created_at:
                _NOTE.save(self._note_path(key), replace(note, created_at=now.isoformat()))
            elif now - datetime.fromisoformat(note.created_at) > lifetime:
                found.append(PREFIX + key)
        return tuple(sorted(found))

    def _notes(self) -> dict[str, _Note]:
        with self._lock:
            return {path.stem: self._note(path.stem) for path in self._folder.glob("*.json")}

    def _keep(self, key: str, pixels: NDArray[np.uint8], note: _Note) -> ImageRecord:
        """Store pixels that are not there yet; what is there lives on from now."""
        now = self._now().isoformat()
        path = self._note_path(key)
        with self._lock:
            if path.exists():
                _NOTE.save(path, replace(self._note(key), created_at=now))
            else:
                height, width = pixels.shape[:2]
                self._store(key, pixels, replace(note, width=width, height=height, created_at=now))
            return self._record(key)

    def _store(self, key: str, pixels: NDArray[np.uint8], note: _Note) -> None:
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
        content = buffer.getvalue()
        self._require_room(len(content))
        sequences = [self._note(path.stem).sequence for path in self._folder.glob("*.json")]
        sequence = max(sequences, default=0) + 1
        sha256 = hashlib.sha256(content).hexdigest()
        atomic_write_bytes(self._image_path(key), content)
        _NOTE.save(self._note_path(key), replace(note, sequence=sequence, sha256=sha256))

    def _require_room(self, n_bytes: int) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            used = sum(path.stat().st_size for path in self._folder.iterdir())
        except OSError as error:
            raise WorkspaceError(
                f"The folder '{self._folder.name}' for uploads cannot be used ({error.strerror}); "
                "check the workspace folder's permissions."
            ) from error
        if used + n_bytes > self._quota_bytes:
            raise WorkspaceError(
                f"Uploads may take {self._quota_bytes / 2**20:.0f} MiB and this one would exceed "
                "that; delete older uploads first."
            )

    def _known(self, image_id: str) -> str:
        match = _ID.fullmatch(image_id)
        if match is None or not self._note_path(match.group(1)).exists():
            raise UnknownImageError(
                f"There is no upload '{printable(image_id)}'; it may have been deleted: upload it "
                "again."
            )
        return match.group(1)

    def _record(self, key: str) -> ImageRecord:
        return self._as_record(key, self._note(key))

    def _as_record(self, key: str, note: _Note) -> ImageRecord:
        return ImageRecord(
            image_id=PREFIX + key,
            path=str(self._image_path(key).absolute()),
            role="query",
            instance_id=None,
            width=note.width,
            height=note.height,
            sha256=note.sha256,
            tags={"name": note.name}
            | {k: v for k in ("parent", "region", "asked") if (v := getattr(note, k))},
            text=note.text,
        )

    def _note(self, key: str) -> _Note:
        return _NOTE.load(self._note_path(key))

    def _note_path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

    def _image_path(self, key: str) -> Path:
        return self._folder / f"{key}.png"


def _key(pixels: NDArray[np.uint8], origin: str) -> str:
    """Return 16 hex digits of the SHA-256 of the size, the pixels and where they came from."""
    height, width = pixels.shape[:2]
    return hashlib.sha256(
        f"{width}x{height}:".encode() + pixels.tobytes() + origin.encode()
    ).hexdigest()[:16]
