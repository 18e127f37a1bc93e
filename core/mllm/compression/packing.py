"""What the store keeps of an image, and how the scorer's visual tokens come back from it."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.fingerprint import digest
from core.interfaces import TokenEncoder
from core.mllm.compression.coding import Coder
from core.mllm.compression.floats import from_float32, to_float32
from core.mllm.compression.grammar import Compression, Part
from core.mllm.compression.keeping import keep
from core.mllm.compression.pictures import QUALITY, from_jpeg, to_jpeg
from core.storage.tokens import row_bytes
from core.types.scores import VisualTokens

Images = Sequence[NDArray[np.uint8]]


class Packer(Protocol):
    """Turns images into what is stored of them, and that into what the scorer is shown."""

    @property
    def fingerprint(self) -> str:
        """Hash of everything that decides what is stored of an image, apart from the image."""
        ...

    @property
    def fields(self) -> Mapping[str, str]:
        """Receipt fields that say more of the compression than its name, such as a codebook."""
        ...

    @property
    def takes_tower_tokens(self) -> bool:
        """Whether `pack` can start from tokens that the vision encoder has computed already."""
        ...

    @property
    def n_to_learn(self) -> int:
        """Number of visual tokens that `learn` needs before `pack` can be called; often 0."""
        ...

    def select(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return the tokens that `pack` would store of each image, before coding their vectors."""
        ...

    def n_bytes(self, selected: VisualTokens) -> int:
        """Return how many bytes one image takes in the store, from what `select` gave for it."""
        ...

    def learn(self, selected: Sequence[VisualTokens]) -> None:
        """Fit the code of the vectors, such as a codebook, to what `select` returned."""
        ...

    def pack(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return what is stored of each (H, W, 3) uint8 RGB image, in order.

        Args:
            images: The images.
            tower_tokens: What the vision encoder made of these images, where it has run already;
                read only where `takes_tower_tokens` is true.
        """
        ...

    def unpack(self, stored: VisualTokens) -> VisualTokens:
        """Return a stored image's visual tokens as the scorer reads them.

        Their vectors have the number type that the vision encoder works in.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class TokenPacker:
    """Stores visual tokens: fewer of them, their vectors coded, or all as they are.

    Args:
        encoder: Vision encoder; a smaller resolution is one under a smaller pixel bound.
        compression: Which tokens stay and the name of the code.
        coder: How vectors are coded; None keeps the tower's own number type.
        tower: Number type and length of a vector; needed with a coder only.
        takes_tower_tokens: Whether `encoder` is under the tower's own bound.
    """

    encoder: TokenEncoder
    compression: Compression = Compression()  # noqa: RUF009 - frozen
    coder: Coder | None = None
    tower: tuple[str, int] = ("", 0)
    takes_tower_tokens: bool = field(default=True, kw_only=True)

    @property
    def fingerprint(self) -> str:
        """See `fingerprint_of`."""
        return fingerprint_of(self.encoder, self.compression)

    @property
    def fields(self) -> Mapping[str, str]:
        """Receipt fields of the coder, such as which codebook it has learned."""
        return {} if self.coder is None else self.coder.fields

    @property
    def n_to_learn(self) -> int:
        """Number of tokens that the coder has still to see."""
        return 0 if self.coder is None else self.coder.n_to_learn

    def select(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return the kept tokens of each image."""
        if tower_tokens is None or not self.takes_tower_tokens:
            tower_tokens = self.encoder.encode(images)
        return [keep(self.compression.kept, tokens) for tokens in tower_tokens]

    def n_bytes(self, selected: VisualTokens) -> int:
        """Return the bytes of codes and positions; no codebook is needed."""
        if self.coder is None:
            return row_bytes(selected)
        n_layers = 1 if selected.extra is None else 1 + len(selected.extra)
        plain = row_bytes(selected) - n_layers * selected.tokens.nbytes
        return plain + n_layers * len(selected.tokens) * self.coder.width(self.tower[1])

    def learn(self, selected: Sequence[VisualTokens]) -> None:
        """Let the coder learn from all vectors of these tokens.

        Raises:
            ModelError: There are too few.
        """
        assert self.coder is not None, "n_to_learn is 0"
        layers = [to_float32(_layers(tokens), tokens.dtype) for tokens in selected]
        self.coder.learn(np.concatenate(layers, axis=1))

    def pack(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return the kept tokens of each image with coded vectors."""
        selected = self.select(images, tower_tokens)
        coder = self.coder
        return selected if coder is None else [_coded(tokens, coder) for tokens in selected]

    def unpack(self, stored: VisualTokens) -> VisualTokens:
        """Return the stored tokens with their vectors decoded."""
        if self.coder is None:
            return stored
        return _decoded(stored, self.coder, *self.tower)


class PixelPacker:
    """What packers share that start from the pixels, learn nothing and store all that they select.

    A packer of this kind has `fields` and `pack`.
    """

    __slots__ = ()
    takes_tower_tokens = False
    n_to_learn = 0

    @property
    def fingerprint(self) -> str:
        """Hash of the fields."""
        return digest(self.fields)

    @property
    @abstractmethod
    def fields(self) -> Mapping[str, str]:
        """What is stored, in words."""
        ...

    @abstractmethod
    def pack(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return what is stored of each (H, W, 3) uint8 RGB image, in order."""
        ...

    def select(
        self, images: Images, tower_tokens: Sequence[VisualTokens] | None = None
    ) -> list[VisualTokens]:
        """Return the same as `pack`."""
        return self.pack(images, tower_tokens)

    def n_bytes(self, selected: VisualTokens) -> int:
        """Return the bytes that are stored of an image."""
        return row_bytes(selected)

    def learn(self, selected: Sequence[VisualTokens]) -> None:
        """Do nothing; `n_to_learn` is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class PicturePacker(PixelPacker):
    """Stores a small JPEG; the vision encoder runs when the image is scored.

    What is stored does not depend on the model. It is a `VisualTokens` of dtype `jpeg` that holds
    the file's bytes as (n, 1) uint8 and no positions.

    Args:
        encoder: The vision encoder.
        side_px: Side of the square whose area no picture exceeds.
        kept: Which of the picture's tokens the scorer is shown.
    """

    encoder: TokenEncoder
    side_px: int
    kept: Part | None

    @property
    def fields(self) -> Mapping[str, str]:
        """Receipt field with the JPEG's size and quality."""
        side = self.side_px
        return {"stored pictures": f"JPEG of quality {QUALITY}, up to {side} x {side} px of area"}

    def pack(
        self,
        images: Images,
        tower_tokens: Sequence[VisualTokens] | None = None,  # noqa: ARG002 - made from pixels
    ) -> list[VisualTokens]:
        """Return the JPEG of each image."""
        return [to_jpeg(image, self.side_px) for image in images]

    def unpack(self, stored: VisualTokens) -> VisualTokens:
        """Run the vision encoder on the stored picture and keep some of its tokens."""
        (tokens,) = self.encoder.encode([from_jpeg(stored)])
        return keep(self.kept, tokens)


def fingerprint_of(encoder: TokenEncoder, compression: Compression) -> str:
    """Return the fingerprint of stored tokens.

    Uncompressed tokens have that of the vision encoder itself.
    """
    tower = encoder.tower_fingerprint
    if compression == Compression():
        return tower
    return digest({"tower": tower, "compression": str(compression)})


def _coded(tokens: VisualTokens, coder: Coder) -> VisualTokens:
    layers = to_float32(_layers(tokens), tokens.dtype)
    codes = coder.code(layers)
    codes.setflags(write=False)
    extra = None if tokens.extra is None else codes[1:]
    return replace(tokens, tokens=codes[0], dtype=coder.name, extra=extra)


def _decoded(stored: VisualTokens, coder: Coder, dtype: str, dimension: int) -> VisualTokens:
    layers = from_float32(coder.decode(_layers(stored), dimension), dtype)
    extra = None if stored.extra is None else layers[1:]
    return replace(stored, tokens=layers[0], dtype=dtype, extra=extra)


def _layers(tokens: VisualTokens) -> NDArray[np.generic]:
    """Return tokens and extra layers as (1 + L, T, B)."""
    first = tokens.tokens[None]
    return first if tokens.extra is None else np.concatenate([first, tokens.extra])
