"""Small JPEGs in the place of visual tokens."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.types.scores import VisualTokens

QUALITY = 90
_DTYPE = "jpeg"


def to_jpeg(pixels: NDArray[np.uint8], side_px: int) -> VisualTokens:
    """Return a (H, W, 3) uint8 RGB image as a JPEG of at most side_px * side_px px of area."""
    image = Image.fromarray(pixels)
    scale = side_px / (image.width * image.height) ** 0.5
    if scale < 1:
        size = (max(1, int(image.width * scale)), max(1, int(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    content = np.frombuffer(buffer.getvalue(), np.uint8)[:, None]
    return VisualTokens(content, _DTYPE, np.zeros((0, 2), np.int16), (0, 0), 0)


def from_jpeg(stored: VisualTokens) -> NDArray[np.uint8]:
    """Return the (H, W, 3) uint8 RGB pixels of what `to_jpeg` made."""
    assert stored.dtype == _DTYPE, "the store's fingerprint says what it holds"
    with Image.open(BytesIO(stored.tokens.tobytes()), formats=("JPEG",)) as image:
        return np.array(image.convert("RGB"))
