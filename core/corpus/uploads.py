"""Keep the images that a person uploads as further queries, within a quota of bytes."""

import hashlib
import re
import threading
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from pathlib import Path, PureWindowsPath
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import TypeAdapter

from core.corpus.images import decode_image, printable
from core.errors import StaleIndexError, UnknownImageError, WorkspaceError
from core.storage.documents import DocumentKind
from core.storage.files import atomic_write_bytes
from core.types.corpus import ImageRecord

PREFIX = "upload:"
_ID = re.compile(PREFIX + r"([0-9a-f]{16})")


@dataclass(frozen=True, slots=True)
class _Note:
    """What the JSON file beside an upload says; `sequence` orders uploads whatever the clock.

    `parent` is the image that a damaged copy or a crop was made from, empty for a picture from
    outside; `region` is the crop's `x0,y0,x1,y1` in pixels of its parent.
    """

    format: Literal["second-look upload 1"]
    sequence: int
    name: str
    width: int
    height: int
    sha256: str
    parent: str = ""
    region: str = ""


_FIELDS = TypeAdapter(_Note)
_NOTE = DocumentKind(
    partial(_FIELDS.validate_json, strict=True, extra="forbid"),
    _FIELDS.dump_json,
    "The upload '{file}' is damaged or of another version; delete that file and upload the image "
    "again.",
    StaleIndexError,
)


class Uploads:
    """Stores uploads in one folder as lossless PNG without their metadata; thread-safe.

    The PNG is written first and the JSON file makes it count, so a crash leaves no half upload.
    """

    def __init__(self, folder: Path, quota_bytes: int) -> None:
        self._folder = folder
        self._quota_bytes = quota_bytes
        self._lock = threading.Lock()

    def add(self, data: bytes, name: str) -> ImageRecord:
        """Check, re-encode and keep an image file's bytes; the same pixels give the same id.

        Raises:
            ImageError: The bytes are refused or damaged.
            WorkspaceError: The quota or the disk is full.
        """
        shown = printable(PureWindowsPath(name).name) or "upload"  # its name also splits at "/"
        return self.add_pixels(decode_image(data, shown), shown)

    def add_pixels(
        self, pixels: NDArray[np.uint8], name: str, parent: str = "", region: str = ""
    ) -> ImageRecord:
        """Keep (H, W, 3) uint8 RGB pixels, such as a damaged copy of the image `parent`.

        Args:
            pixels: The image.
            name: Shown to people.
            parent: The image that it was made from.
            region: Where a crop lies in its parent, `x0,y0,x1,y1` in pixels.

        Raises:
            WorkspaceError: The quota or the disk is full.
        """
        key = _key(pixels, parent + region)
        with self._lock:
            if not self._note_path(key).exists():
                self._store(key, pixels, name, parent, region)
            return self._record(key)

    def records(self) -> tuple[ImageRecord, ...]:
        """Return all uploads, newest first.

        Raises:
            StaleIndexError: A stored upload is damaged.
        """
        with self._lock:
            notes = {path.stem: self._note(path.stem) for path in self._folder.glob("*.json")}
        newest = sorted(notes, key=lambda key: notes[key].sequence, reverse=True)
        return tuple(self._as_record(key, notes[key]) for key in newest)

    def get(self, image_id: str) -> ImageRecord:
        """Return one upload.

        Raises:
            UnknownImageError: There is no such upload.
        """
        with self._lock:
            return self._record(self._known(image_id))

    def delete(self, image_id: str) -> None:
        """Remove one upload from the disk.

        Raises:
            UnknownImageError: There is no such upload.
        """
        with self._lock:
            key = self._known(image_id)
            self._note_path(key).unlink(missing_ok=True)
            self._image_path(key).unlink(missing_ok=True)

    def _store(
        self, key: str, pixels: NDArray[np.uint8], name: str, parent: str, region: str
    ) -> None:
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG", compress_level=3)
        content = buffer.getvalue()
        self._require_room(len(content))
        sequences = [self._note(path.stem).sequence for path in self._folder.glob("*.json")]
        note = _Note(
            format="second-look upload 1",
            sequence=max(sequences, default=0) + 1,
            name=name,
            width=pixels.shape[1],
            height=pixels.shape[0],
            sha256=hashlib.sha256(content).hexdigest(),
            parent=parent,
            region=region,
        )
        atomic_write_bytes(self._image_path(key), content)
        _NOTE.save(self._note_path(key), note)

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
            | {k: v for k, v in (("parent", note.parent), ("region", note.region)) if v},
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
