"""From the grammar to working parts, for one loaded model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from core.mllm.compression.coding import Coder, Float16Coder, Int4Coder, Int8Coder
from core.mllm.compression.grammar import Compression, Part
from core.mllm.compression.packing import Packer, PicturePacker, TokenPacker, fingerprint_of
from core.mllm.compression.product import ProductCoder
from core.mllm.engine import MllmEncoder
from core.mllm.model import Mllm
from core.storage.codebook import CodebookFile


def make_packer(compression: Compression, loaded: Mllm, folder_of: Callable[[str], Path]) -> Packer:
    """Return what does the compression for this model.

    Args:
        compression: Of one side of a pair.
        loaded: The model whose tokens they are.
        folder_of: Names the token store of a fingerprint, where codebooks are kept too.

    Raises:
        ModelError: The model's family cannot do it.
        StaleIndexError: Stored codebooks are damaged.
    """
    pixels = compression.pixels
    if pixels is not None and pixels.name == "jpeg":
        return PicturePacker(MllmEncoder(loaded), _number(pixels), compression.kept)
    bounded = loaded if pixels is None else loaded.bounded(_number(pixels))
    encoder = MllmEncoder(bounded)
    tokens_only = replace(compression, pixels=None)
    folder = folder_of(fingerprint_of(encoder, tokens_only))
    return TokenPacker(
        encoder,
        tokens_only,
        _coder(compression.coded, loaded, CodebookFile(folder)),
        (loaded.dtype, loaded.dimension),
        takes_tower_tokens=pixels is None,
    )


def _coder(part: Part | None, loaded: Mllm, codebook: CodebookFile) -> Coder | None:
    if part is None:
        return None
    match part.name:
        case "fp16":
            return Float16Coder()
        case "int8":
            return Int8Coder()
        case "int4":
            return Int4Coder()
        case _:
            return ProductCoder(_number(part), loaded.dimension, codebook)


def _number(part: Part) -> int:
    assert part.n is not None, "the grammar asks for a number"
    return part.n
