"""Turn an opened picture of any mode into upright 8-bit RGB; opens no file itself."""

import logging
import struct
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms
from PIL.Image import Transpose

# What shows through where a picture is transparent; stated in receipts.
BACKGROUND_RGB = (255, 255, 255)

# EXIF 2.32, table 6: how a stored picture is turned to stand upright; 1 is upright already.
_UPRIGHT = {
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_270,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_90,
}
_SWAPS_SIDES = frozenset({5, 6, 7, 8})
_SIXTEEN_BIT = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})

_log = logging.getLogger(__name__)


def orientation_of(image: Image.Image, data: bytes) -> int:
    """Return the EXIF orientation, 1 to 8; 1 where there is none or it cannot be read.

    Call it before the pixels are decoded, so that size and pixels always agree. `data` is the
    file: a PNG may keep its EXIF after the pixels, and only then is it decoded here.
    """
    if image.format == "PNG" and "exif" not in image.info and b"eXIf" in data:
        image.load()
    try:
        # The base method: PNG's own decodes the whole picture to look for late EXIF.
        value = Image.Image.getexif(image).get(ExifTags.Base.Orientation)
    except (SyntaxError, ValueError, LookupError, TypeError, OSError, struct.error, UserWarning):
        return 1
    return value if isinstance(value, int) and value in _UPRIGHT else 1


def upright_size(size: tuple[int, int], orientation: int) -> tuple[int, int]:
    """Return (width, height) after the rotation that `orientation` asks for."""
    width, height = size
    return (height, width) if orientation in _SWAPS_SIDES else (width, height)


def to_rgb(image: Image.Image, orientation: int) -> NDArray[np.uint8]:
    """Decode and return a new (H, W, 3) uint8 RGB array, upright, transparency on the background.

    16-bit grey is divided by 257 (65535 becomes 255); Pillow's own conversion would clip it.
    CMYK goes through its embedded ICC profile where there is a usable one.
    """
    return np.array(upright(_flatten(image), orientation), dtype=np.uint8)


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Return the picture turned as its EXIF orientation asks for."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT:
        return _from_sixteen_bit(image)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(
            Image.new("RGBA", layer.size, (*BACKGROUND_RGB, 255)), layer
        ).convert("RGB")
    return image.convert("RGB")


def _from_sixteen_bit(image: Image.Image) -> Image.Image:
    values = np.clip(np.asarray(image).astype(np.int64), 0, 65535)
    grey = ((values + 128) // 257).astype(np.uint8)
    transparent = image.info.get("transparency")
    rgb = np.repeat(grey[:, :, None], 3, axis=2)
    if isinstance(transparent, int):
        rgb[values == transparent] = BACKGROUND_RGB
    return Image.fromarray(rgb)


def _from_cmyk(image: Image.Image) -> Image.Image:
    profile = image.info.get("icc_profile")
    if isinstance(profile, bytes) and profile:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGB",
            )
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            _log.warning("unusable ICC profile, plain CMYK conversion instead: %s", error)
        else:
            if converted is not None:
                return converted
    return image.convert("RGB")
