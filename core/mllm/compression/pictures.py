"""Small JPEGs in the place of visual tokens."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.types.scores import VisualTokens

QUALITY = 90
JPEG = "jpeg"


def to_jpeg(pixels: NDArray[np.uint8], side_px: int) -> VisualTokens:
    """Return a (H, W, 3) uint8 RGB image as a JPEG of at most side_px * side_px px of area."""
    image = Image.fromarray(pixels)
    scale = side_px / (image.width * image.height) ** 0.5
    if scale < 1:
        size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return jpeg_tokens(image, QUALITY)


def jpeg_tokens(image: Image.Image, quality: int) -> VisualTokens:
    """Return a picture's JPEG: the file's bytes as (n, 1) uint8, dtype `jpeg` and no positions."""
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    content = np.frombuffer(buffer.getvalue(), np.uint8)[:, None]
    return VisualTokens(content, JPEG, np.zeros((0, 2), np.int16), (0, 0), 0)


def from_jpeg(stored: VisualTokens) -> NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 RGB pixels of what `to_jpeg` made."""
    assert stored.dtype == JPEG, "the store's fingerprint says what it holds"
    with Image.open(BytesIO(stored.tokens.tobytes()), formats=("JPEG",)) as image:
        return np.array(image.convert("RGB"))
