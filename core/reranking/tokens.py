"""Where the re-ranker gets visual tokens: the store first, the vision encoder else."""

from core.interfaces import ImageSource, TokenEncoder
from core.storage.tokens import TokenStore
from core.types import ImageRecord, VisualTokens


class TokenSource:
    """Stored tokens of an image, encoded and stored on first use where they are missing.

    Args:
        images: Opens image files.
        encoder: The MLLM's vision encoder.
        store: Token store of the same tower.
    """

    def __init__(self, images: ImageSource, encoder: TokenEncoder, store: TokenStore) -> None:
        self._images = images
        self._encoder = encoder
        self._store = store

    def tokens(self, record: ImageRecord) -> VisualTokens:
        """Return the visual tokens of one image.

        Raises:
            ImageError: The image is not stored and cannot be decoded.
        """
        if record.sha256 not in self._store:
            tokens = self._encoder.encode([self._images.load(record)])
            self._store.append([record.sha256], tokens)
        return self._store.get(record.sha256)
