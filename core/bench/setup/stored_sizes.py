"""What compressions store per image, on this corpus and this model, before any is used."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.bench.session import Session
from core.errors import ImageError, ModelError
from core.mllm.compression.grammar import parse_compression
from core.recent import Recent
from core.sampling import spread
from core.settings import Settings
from core.types.scores import VisualTokens
from core.types.setting import StoredSize

if TYPE_CHECKING:
    from core.mllm.playground import Playground

N_IMAGES = 8
_KEPT = 200


class StoredSizes:
    """Packs a few images of the database, evenly spread, and remembers what came out."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._known = Recent[str, StoredSize](_KEPT)
        self._tower: tuple[list[NDArray[np.uint8]], Sequence[VisualTokens]] | None = None

    def presets(self) -> tuple[StoredSize, ...]:
        """Return compressions worth a try, the present one first; none twice.

        Where another machine scores there is only `none`.

        Raises:
            ModelError: The model failed.
        """
        settings = self._session.settings
        if settings.server_address() is not None:
            return (self.of("none"),)
        texts = list(usual_compressions(settings))
        with self._lock:
            tower = self._tower_tokens()
        if tower is not None:
            kept = max(1, sum(len(one.positions) for one in tower[1]) // len(tower[1]) // 4)
            texts += ["pool", f"divprune:{kept}", f"divprune:{kept}+int8"]
        return tuple(self.of(text) for text in dict.fromkeys(map(_canonical, texts)))

    def of(self, text: str) -> StoredSize:
        """Return what a compression stores; what this model cannot do is said in `problem`.

        Raises:
            SettingsError: It cannot be read.
        """
        text = _canonical(text)
        with self._lock:
            tower, playground = self._tower_tokens(), self._playground()
            if tower is None or playground is None:
                return StoredSize(text, None, 0)
            return self._known.get_or_make(text, lambda: _measured(playground, text, *tower))

    def _playground(self) -> "Playground | None":
        return self._session.models().playground if self._session.is_loaded else None

    def _tower_tokens(self) -> tuple[list[NDArray[np.uint8]], Sequence[VisualTokens]] | None:
        """Return some pictures with the tower's own tokens; None without a loaded local model."""
        playground = self._playground()
        if self._tower is None and playground is not None:
            readable = [one for one in self._session.corpus.database if one.problem is None]
            pixels: list[NDArray[np.uint8]] = []
            for record in spread(readable, N_IMAGES):
                try:
                    pixels.append(self._session.images.load(record))
                except ImageError:
                    continue  # the indexer lists it
            if pixels:
                self._tower = pixels, playground.tower_tokens(pixels)
        return self._tower


def usual_compressions(settings: Settings) -> tuple[str, ...]:
    """Return compressions worth a try whatever the model, the present one first; none twice."""
    texts = (settings.model.compression, "none", *settings.tradeoff.compressions, "fp16")
    return tuple(dict.fromkeys(map(_canonical, texts)))


def _canonical(text: str) -> str:
    return str(parse_compression(text))


def _measured(
    playground: "Playground",
    text: str,
    pixels: Sequence[NDArray[np.uint8]],
    tower: Sequence[VisualTokens],
) -> StoredSize:
    try:
        return StoredSize(text, playground.stored_bytes(text, pixels, tower), len(pixels))
    except ModelError as error:
        return StoredSize(text, None, 0, str(error))
