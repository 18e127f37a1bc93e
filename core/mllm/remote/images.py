"""What a server is shown of an image: a JPEG of bounded size in the place of visual tokens."""

import base64
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ModelError
from core.fingerprint import digest
from core.interfaces import ImageSource
from core.mllm.compression.pictures import JPEG, jpeg_tokens
from core.mllm.token_source import asked_with
from core.types.corpus import ImageRecord
from core.types.scores import VisualTokens

_QUALITY = 92


class ServerImages:
    """Makes the JPEGs that are sent; the server runs its own vision encoder on them.

    Args:
        images: Opens image files.
        side_px: Longest side that is sent; smaller images are sent in their own size.
    """

    def __init__(self, images: ImageSource, side_px: int) -> None:
        self._images = images
        self._side_px = side_px

    @property
    def fields(self) -> Mapping[str, str]:
        """What makes a sent image another one, in words."""
        return {"sent images": f"JPEG of quality {_QUALITY}, long side up to {self._side_px} px"}

    @property
    def tower_fingerprint(self) -> str:
        """Hash of the bound and the JPEG quality; the server's own encoder is not known here."""
        return digest(self.fields)

    def encode(
        self,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens] | None = None,  # noqa: ARG002 - not the server's
    ) -> list[VisualTokens]:
        """Return the JPEG of each (H, W, 3) uint8 RGB image, in order."""
        return [self._jpeg(image) for image in images]

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the JPEG of one image; nothing is stored, since the file itself is at hand.

        Raises:
            ImageError: The image cannot be decoded.
        """
        return asked_with(self._jpeg(self._images.load(record)), record.text)

    def _jpeg(self, pixels: NDArray[np.uint8]) -> VisualTokens:
        image = Image.fromarray(pixels)
        image.thumbnail((self._side_px, self._side_px), Image.Resampling.LANCZOS)
        return jpeg_tokens(image, _QUALITY)


def data_url(tokens: VisualTokens) -> str:
    """Return a JPEG as a data URL.

    Raises:
        ModelError: These are visual tokens of a local model, which no server takes.
    """
    if tokens.dtype != JPEG:
        raise ModelError(
            f"A server cannot score visual tokens in {tokens.dtype}; give it the images themselves."
        )
    return "data:image/jpeg;base64," + base64.b64encode(tokens.tokens.tobytes()).decode()
