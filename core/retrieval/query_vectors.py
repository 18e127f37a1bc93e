"""The first stage's vector of a query: of its image, or of its image and its text together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.interfaces import Descriptor, ImageSource
from core.storage.tokens import DescriptorStore
from core.types.corpus import ImageRecord


@runtime_checkable
class ComposedDescriptor(Descriptor, Protocol):
    """A descriptor that reads texts too."""

    def describe_composed(
        self, images: Sequence[NDArray[np.uint8]], texts: Sequence[str]
    ) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows of images (H, W, 3) uint8 RGB with a text each."""
        ...

    def describe_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows of texts alone."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class QueryVectors:
    """Finds or makes the vectors of queries; the one rule of what the first stage reads.

    A vector that was imported for the query itself is taken; else a descriptor that reads texts
    makes one of image and text; else it is the image's alone.

    Args:
        descriptor: The first stage's model.
        store: Its vectors, by content.
        images: Opens image files.
    """

    descriptor: Descriptor
    store: DescriptorStore
    images: ImageSource

    def reads_text(self, query: ImageRecord) -> bool:
        """Return whether the query's text is in its vector; False for a query without one."""
        return self.key(query) != query.sha256

    def composes(self, text: str) -> bool:
        """Return whether the descriptor makes another vector of an image beside this text."""
        return bool(text) and isinstance(self.descriptor, ComposedDescriptor)

    def key(self, query: ImageRecord) -> str:
        """Return the address of a query's vector, stored or not."""
        is_read = self.composes(query.text) or query.asked_key in self.store
        return query.asked_key if is_read else query.sha256

    def of(self, query: ImageRecord) -> NDArray[np.float32]:
        """Return the (D,) vector of a query, made and stored on first use.

        Raises:
            ImageError: It is not stored and the image cannot be decoded.
            ModelError: It is not stored and the descriptor computes none.
        """
        key = self.key(query)
        if key not in self.store:
            pixels = [self.images.load(query)]
            self.store.append([key], self.describe(pixels, query.text))
        return self.store.get([key])[0]

    def describe(self, images: Sequence[NDArray[np.uint8]], text: str) -> NDArray[np.float32]:
        """Return (n, D) float32 unit rows of images (H, W, 3) uint8 RGB asked with one text."""
        if text and isinstance(self.descriptor, ComposedDescriptor):
            return self.descriptor.describe_composed(images, [text] * len(images))
        return self.descriptor.describe(images)
