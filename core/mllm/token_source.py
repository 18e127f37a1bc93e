"""Where the re-ranker gets visual tokens: the store first, the vision encoder else."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.interfaces import ImageSource
from core.storage.tokens import TokenStore
from core.types.corpus import ImageRecord
from core.types.scores import VisualTokens

if TYPE_CHECKING:
    from core.mllm.compression.packing import Packer


def asked_with(tokens: VisualTokens, text: str) -> VisualTokens:
    """Return what a scorer is shown of a query's image, with what the query says."""
    return replace(tokens, text=text) if text else tokens


class TokenSource:
    """Stored tokens of an image, encoded and stored on first use where they are missing.

    Args:
        images: Opens image files.
        packer: The compression, with the MLLM's vision encoder.
        store: Store of the same compression and tower.
    """

    def __init__(self, images: ImageSource, packer: "Packer", store: TokenStore) -> None:
        self.packer = packer
        self.store = store
        self._images = images

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the visual tokens of one image as the scorer is shown them, with a query's text.

        Raises:
            ImageError: The image is not stored and cannot be decoded.
        """
        if record.sha256 not in self.store:
            packed = self.packer.pack([self._images.load(record)])
            self.store.append([record.sha256], packed)
        return asked_with(self.packer.unpack(self.store.get(record.sha256)), record.text)

    def trial(self, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
        """Return what `encode` does; before codebooks are learned, the tokens not coded."""
        return self.packer.select(images) if self.packer.n_to_learn else self.encode(images)

    def encode(
        self,
        images: Sequence[NDArray[np.uint8]],
        tower_tokens: Sequence[VisualTokens] | None = None,
    ) -> list[VisualTokens]:
        """Return the visual tokens of pixels as the scorer is shown them; nothing is stored.

        `tower_tokens` are the tower's own of these images, where they are at hand.
        """
        return [self.packer.unpack(one) for one in self.packer.pack(images, tower_tokens)]
