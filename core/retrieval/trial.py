"""What encoding a few images takes and gives, before a whole corpus is encoded."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.mllm.token_source import TokenSource
from core.storage.tokens import row_bytes
from core.types.scores import VisualTokens


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """What encoding some images took and gave, with nothing stored.

    `seconds` are for all `n` of them. `packed` is what each source made of them.
    """

    n: int
    seconds: float
    vector_bytes: int
    packed: "Mapping[TokenSource, Packed]"


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """What one source made of the images of a trial.

    `n_bytes` is the mean per image; `unpack_seconds` is what getting all of them back from what
    would be stored took. `shown` is what the scorer is shown of them; before codebooks are learned,
    what would be coded.
    """

    n_bytes: float
    unpack_seconds: float
    shown: tuple[VisualTokens, ...]


def try_packing(
    source: TokenSource, pixels: Sequence[NDArray[np.uint8]], tower: Sequence[VisualTokens]
) -> tuple[float, Packed]:
    """Return the seconds of packing some images, and what a source makes of them."""
    packer, started = source.packer, time.perf_counter()
    if packer.n_to_learn:
        selected = packer.select(pixels, tower)
        seconds = time.perf_counter() - started
        n_bytes = sum(map(packer.n_bytes, selected)) / len(pixels)
        return seconds, Packed(n_bytes, 0.0, tuple(selected))
    stored = packer.pack(pixels, tower)
    packed = time.perf_counter()
    shown = tuple(packer.unpack(one) for one in stored)
    unpacked = time.perf_counter()
    n_bytes = sum(map(row_bytes, stored)) / len(pixels)
    return packed - started, Packed(n_bytes, unpacked - packed, shown)
