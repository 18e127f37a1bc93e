"""Make small WebP copies of images on first use; the only pictures that the page serves."""

import threading
from io import BytesIO
from pathlib import Path

from PIL import Image

from core.errors import ImageError, WorkspaceError
from core.interfaces import ImageSource
from core.storage.files import atomic_write_bytes
from core.types.corpus import ImageRecord

# A closed list, so that no one can fill the disk by asking for every size.
SIDES_PX = (96, 160, 320, 640)
_QUALITY = 80
_EFFORT = 2  # of 6; half the time of WebP's default 4 for 3 % more bytes (100 demo images)
_STRIPES = 16


class Thumbnails:
    """Keeps thumbnails in one folder, named by the image's checksum and size; thread-safe."""

    def __init__(self, folder: Path, opener: ImageSource) -> None:
        self._folder = folder
        self._opener = opener
        # One image is decoded once although several threads ask; different images run abreast.
        self._locks = tuple(threading.Lock() for _ in range(_STRIPES))

    def path(self, record: ImageRecord, side_px: int) -> Path:
        """Return a WebP file whose long side is `side_px`, or the image's own where it is smaller.

        Decodes the image on first use only.

        Raises:
            ImageError: The image cannot be decoded, or `side_px` is not one of `SIDES_PX`.
            WorkspaceError: The thumbnail cannot be written.
        """
        if side_px not in SIDES_PX:
            sides = ", ".join(map(str, SIDES_PX))
            raise ImageError(
                f"Thumbnails of {side_px} pixels are not made; ask for one of {sides}."
            )
        if record.problem is not None:
            raise ImageError(record.problem)
        path = self._path(record, side_px)
        with self._locks[hash(record.sha256) % _STRIPES]:
            if not _is_made(path):
                self._make(record, side_px, path)
        return path

    def remove(self, record: ImageRecord) -> None:
        """Remove the thumbnails of an image; they are made again when someone asks."""
        with self._locks[hash(record.sha256) % _STRIPES]:
            for side_px in SIDES_PX:
                self._path(record, side_px).unlink(missing_ok=True)

    def _path(self, record: ImageRecord, side_px: int) -> Path:
        return self._folder / record.sha256[:2] / f"{record.sha256}-{side_px}.webp"

    def _make(self, record: ImageRecord, side_px: int, path: Path) -> None:
        picture = Image.fromarray(self._opener.load(record))
        picture.thumbnail((side_px, side_px), Image.Resampling.LANCZOS)
        buffer = BytesIO()
        picture.save(buffer, "WEBP", quality=_QUALITY, method=_EFFORT)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WorkspaceError(
                f"The folder '{self._folder.name}' for thumbnails cannot be made "
                f"({error.strerror}); check the workspace folder's permissions."
            ) from error
        atomic_write_bytes(path, buffer.getvalue(), durable=False)


def _is_made(path: Path) -> bool:
    """Return whether the file is there and was not emptied by a power cut."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
