"""Images to visual tokens: run the vision encoder, keep its own number type, read them back."""

from collections.abc import Sequence
from itertools import chain
from math import isqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ImageError, ModelError
from core.mllm.batching import BatchLimits, run_in_batches
from core.mllm.model import Mllm
from core.types.scores import VisualTokens

_BFLOAT16 = "bfloat16"
_MOST_ELONGATED = 200  # Qwen2VLImageProcessor refuses longer images (smart_resize)


def encode_images(
    loaded: Mllm, images: Sequence[NDArray[np.uint8]], limits: BatchLimits
) -> list[VisualTokens]:
    """Return the visual tokens of each (H, W, 3) uint8 RGB image, in order.

    Images of one call do not see each other, so batching changes nothing beyond rounding.

    Raises:
        ImageError: An image has a side of 0 or is more than 200 times longer than wide.
        ModelError: A single image does not fit in memory, or its tokens are not finite.
    """
    for image in images:
        _refuse_shape(image)
    lengths = [_n_tokens(loaded, image) for image in images]
    batches = run_in_batches(
        lengths, limits, lambda span: _encode_batch(loaded, images[span]), "image"
    )
    return list(chain.from_iterable(batches))


def to_tensor(tokens: VisualTokens) -> torch.Tensor:
    """Return the tokens as a new (T, C) tensor on the CPU, in the dtype they were stored in."""
    return _to_tensor(tokens.tokens, tokens.dtype)


def to_layers(tokens: VisualTokens) -> torch.Tensor:
    """Return tokens and extra layers as a new (1 + L, T, C) tensor on the CPU, tokens first."""
    layers = to_tensor(tokens)[None]
    if tokens.extra is None:
        return layers
    return torch.cat([layers, _to_tensor(tokens.extra, tokens.dtype)])


def from_tensor(
    tokens: torch.Tensor, grid: tuple[int, int], extra: torch.Tensor | None = None
) -> VisualTokens:
    """Return all (T, C) tokens of a full grid (h, w), row by row, as read-only arrays.

    T is h * w, or one more where a token ends the image; `extra` is (L, T, C) or None.
    """
    n, (height, width) = len(tokens), grid
    assert n - height * width in (0, 1), "an unpruned image has one token per cell"
    rows, columns = np.divmod(np.arange(n), width)
    positions = np.stack([rows, columns], axis=1).astype(np.int16)
    positions.setflags(write=False)
    name = str(tokens.dtype).removeprefix("torch.")
    layers = None if extra is None else _to_array(extra)
    return VisualTokens(_to_array(tokens), name, positions, grid, n, layers)


def _to_tensor(values: NDArray[np.generic], dtype: str) -> torch.Tensor:
    if dtype == _BFLOAT16:
        return torch.from_numpy(values.astype(np.uint16).view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(np.array(values))


def _to_array(values: torch.Tensor) -> NDArray[np.generic]:
    values = values.detach().cpu().contiguous()
    if values.dtype == torch.bfloat16:
        array = values.view(torch.int16).numpy().view(np.uint16).copy()
    else:
        array = values.numpy().copy()
    array.setflags(write=False)
    return array


def mean_token(tokens: VisualTokens) -> NDArray[np.float32]:
    """Return the image's descriptor: its mean visual token, (C,) float32 of unit L2 norm."""
    mean = to_tensor(tokens).float().mean(dim=0)
    vector: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=0).numpy()
    return vector


def _refuse_shape(image: NDArray[np.uint8]) -> None:
    assert image.ndim == 3 and image.shape[2] == 3 and image.dtype == np.uint8, "RGB pixels"  # noqa: PT018
    short, long = sorted(image.shape[:2])
    if short == 0 or long > _MOST_ELONGATED * short:
        raise ImageError(
            f"An image of {image.shape[1]} x {image.shape[0]} px cannot be encoded; its sides may "
            f"differ by a factor of at most {_MOST_ELONGATED}: crop it."
        )


def _n_tokens(loaded: Mllm, image: NDArray[np.uint8]) -> int:
    if loaded.family.tile_tokens is not None:
        return int(getattr(loaded.processor, loaded.family.tile_tokens))
    patches = loaded.processor.image_processor.get_number_of_image_patches(
        image.shape[0], image.shape[1], _bounds(loaded)
    )
    return int(patches) // loaded.merge_size**2


def _bounds(loaded: Mllm) -> dict[str, dict[str, int]]:
    """Return the processor's setting of the pixel bounds; a tile's size is its own."""
    if loaded.family.grid_input is None:
        return {}
    return {"size": {"shortest_edge": loaded.min_pixels, "longest_edge": loaded.max_pixels}}


def _encode_batch(loaded: Mllm, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
    pixels = loaded.processor.image_processor(
        _samples(loaded, images),
        return_tensors="pt",
        input_data_format="channels_last",
        **_bounds(loaded),
    )
    inputs = {name: pixels[name].to(loaded.device) for name in loaded.family.encoder_inputs}
    with loaded.lock, torch.inference_mode():
        output = loaded.model.get_image_features(**inputs, return_dict=True)
        tokens = [one.cpu() for one in output.pooler_output][: len(images)]
        extra = _extra_layers(loaded, output, len(images))
    _refuse_not_finite(loaded, tokens)
    grids = _grids(loaded, pixels, tokens)
    return [from_tensor(*one) for one in zip(tokens, grids, extra, strict=True)]


def _samples(
    loaded: Mllm, images: Sequence[NDArray[np.uint8]]
) -> list[NDArray[np.uint8]] | list[list[NDArray[np.uint8]]]:
    match loaded.family.sampling:
        case "flat":
            return list(images)
        case "each":
            return [[image] for image in images]
        case "together":
            return [[*images, images[0]] if len(images) == 1 else list(images)]


def _extra_layers(loaded: Mllm, output: Any, n: int) -> list[torch.Tensor | None]:  # noqa: ANN401
    """Return the (L, T, C) extra layers of each of n images on the CPU, or None for each."""
    if not loaded.family.deepstack:
        return [None] * n
    layers = output.deepstack_features
    return [torch.stack([layer[image] for layer in layers]).cpu() for image in range(n)]


def _refuse_not_finite(loaded: Mllm, tokens: Sequence[torch.Tensor]) -> None:
    if not all(bool(torch.isfinite(one).all()) for one in tokens):
        raise ModelError(
            f"Model {loaded.name} gave visual tokens that are not finite in {loaded.dtype}; load "
            "it with dtype float32 or bfloat16."
        )


def _grids(
    loaded: Mllm,
    pixels: Any,  # noqa: ANN401
    tokens: Sequence[torch.Tensor],
) -> list[tuple[int, int]]:
    """Return (h, w) in tokens of each image; a tile is square, a token after it is no cell."""
    name = loaded.family.grid_input
    if name is None:
        return [(isqrt(len(one)), isqrt(len(one))) for one in tokens]
    return [(int(h), int(w)) for _, h, w in (pixels[name] // loaded.merge_size).tolist()]
