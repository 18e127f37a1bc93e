"""Open image files: the only place where pixels enter the bench.

Pillow's global pixel limit is left alone, since other libraries of the process share it: the size
is checked here, after the header is read and before any pixel is decoded.
"""

import hashlib
import struct
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from core.corpus import heif
from core.corpus.limits import (
    FORMATS,
    MAX_ASPECT,
    MAX_PIXELS,
    MAX_SIDE_PX,
    check_bytes,
    image_error,
    printable,
)
from core.corpus.masks import mask_of
from core.corpus.pixels import orientation_of, to_rgb, upright_size
from core.corpus.repair import CUT_SHORT, is_mostly_there, mended
from core.corpus.sources.folder import FolderSource, read_file
from core.corpus.sources.protocol import ImageSource
from core.errors import ImageError
from core.types.corpus import Box, ImageRecord

# What Pillow's parsers and codecs raise on damaged input (the fuzz test in tests/ found no other).
_DAMAGE = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
    UserWarning,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)


class ImageOpener:
    """Opens the images of a corpus and of the uploads; safe to share between threads.

    Args:
        root: The corpus folder, or what its relative paths are read from.
        more_roots: Other folders from which absolute paths are accepted, such as the uploads.
    """

    def __init__(self, root: Path | ImageSource, *more_roots: Path) -> None:
        self.source = FolderSource(root) if isinstance(root, Path) else root
        self._roots = (self.source.root, *(folder.resolve() for folder in more_roots))

    def load(self, record: ImageRecord) -> NDArray[np.uint8]:
        """Return (H, W, 3) uint8 RGB pixels after EXIF rotation: the first frame, on white.

        Raises:
            ImageError: The file is refused, damaged, or no longer the one that was recorded.
        """
        if record.problem is not None:
            raise ImageError(record.problem)
        data = self.read(Path(record.path), record.image_id)
        sha256 = hashlib.sha256(data).hexdigest()
        if record.sha256 and cropped_sha256(sha256, record.crop) != record.sha256:
            raise ImageError(
                f"Image '{printable(record.image_id)}' has changed since the corpus was opened; "
                "start Second Look again."
            )
        pixels = decode_image(data, record.image_id)
        crop = record.crop
        return pixels if crop is None else pixels[crop.y0 : crop.y1, crop.x0 : crop.x1].copy()

    def load_mask(self, record: ImageRecord) -> NDArray[np.bool_] | None:
        """Return the (H, W) mask of the object, or None where the manifest names none.

        Raises:
            ImageError: The mask is refused, damaged, not of the image's size, or covers nothing or
                everything.
        """
        if record.mask is None:
            return None
        if record.mask_problem is not None:
            raise ImageError(record.mask_problem)
        data = self.read(Path(record.mask), record.mask)
        return decode_mask(data, record.mask, (record.width, record.height))

    def read(self, path: Path, name: str) -> bytes:
        """Return the bytes of an image of at most `MAX_BYTES`: of the corpus, or under a root.

        Raises:
            ImageError: It is missing, empty, too large, not regular, or elsewhere.
        """
        if path.is_absolute():
            return read_file(path, self._roots, name)
        return self.source.read(path.as_posix(), name)


def cropped_sha256(sha256: str, crop: Box | None) -> str:
    """Return what addresses a part of a file: its checksum, or one of that and the part."""
    if crop is None or not sha256:
        return sha256
    part = f"{sha256} crop {crop.x0},{crop.y0},{crop.x1},{crop.y1}"
    return hashlib.sha256(part.encode()).hexdigest()


def decode_image(data: bytes, name: str) -> NDArray[np.uint8]:
    """Return (H, W, 3) uint8 RGB pixels of an image file's bytes; see `ImageOpener.load`.

    Raises:
        ImageError: The bytes are refused or damaged; `name` says which image in the text.
    """
    data, tolerated = mended(data)
    with _opened(data, name) as image:
        if CUT_SHORT in tolerated and not is_mostly_there(data):
            raise image_error(name, "is damaged or cut short", "replace the file or remove it")
        return to_rgb(image, orientation_of(image, data))


def decode_mask(data: bytes, name: str, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the (H, W) mask that an image file's bytes hold; see `core.corpus.masks`.

    Args:
        data: The file.
        name: Said in errors.
        size: (width, height) that it must have.

    Raises:
        ImageError: The bytes are refused, damaged, of another size, or a mask of nothing or
            everything.
    """
    data, _ = mended(data)
    with _opened(data, name) as image:
        mask = mask_of(image, orientation_of(image, data))
    height, width = mask.shape
    if (width, height) != size:
        raise image_error(
            name, f"is a mask of {width} x {height} pixels", "make it the image's size"
        )
    if mask.all() or not mask.any():
        covered = "everything" if mask.all() else "nothing"
        raise image_error(name, f"is a mask that covers {covered}", "mark the object alone")
    return mask


def tolerated_in(data: bytes) -> tuple[str, ...]:
    """Return what is passed over in a damaged picture, as browsers do, in words."""
    return mended(data)[1]


def measure_image(data: bytes, name: str) -> tuple[int, int]:
    """Return (width, height) after EXIF rotation without decoding the pixels.

    Raises:
        ImageError: The bytes are refused or the header is damaged.
    """
    data, _ = mended(data)
    with _opened(data, name) as image:
        return upright_size(image.size, orientation_of(image, data))


@contextmanager
def _opened(data: bytes, name: str) -> Generator[Image.Image]:
    """Yield the picture with its header read and its size checked; any damage is an ImageError."""
    check_bytes(data, name)
    try:
        with Image.open(BytesIO(data), formats=_formats(data, name)) as image:
            _check_size(image.size, name)
            yield image
    except UnidentifiedImageError as error:
        raise image_error(
            name, "is not a JPEG, PNG, WebP, AVIF or BMP picture", "convert it to one of these"
        ) from error
    except _BOMB as error:
        raise _too_many_pixels(name) from error
    except MemoryError as error:
        raise image_error(name, "does not fit into memory", "make it smaller") from error
    except _DAMAGE as error:
        raise image_error(
            name, "is damaged or cut short", "replace the file or remove it"
        ) from error


def _formats(data: bytes, name: str) -> tuple[str, ...]:
    """Return the formats that a file may be of: HEIC only where it can be opened."""
    if not heif.is_heif(data):
        return FORMATS
    if not heif.can_open():
        raise image_error(name, heif.NEEDED, heif.REMEDY)
    return (heif.FORMAT,)


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    shown = f"{width} x {height} pixels"
    if min(size) < 1:
        raise image_error(name, f"claims to have {shown}", "replace the file or remove it")
    if max(size) > MAX_SIDE_PX:
        raise image_error(name, f"has {shown}, a side over {MAX_SIDE_PX:,}", "make it smaller")
    if max(size) > MAX_ASPECT * min(size):
        raise image_error(name, f"has {shown}, a strip beyond {MAX_ASPECT}:1", "crop it")
    if width * height > MAX_PIXELS:
        raise _too_many_pixels(name)


def _too_many_pixels(name: str) -> ImageError:
    return image_error(
        name, f"has more than {MAX_PIXELS // 10**6} million pixels", "make it smaller"
    )
