"""Images to visual tokens: run the vision encoder, keep its own number type, read them back."""

from collections.abc import Sequence
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ImageError, ModelError
from core.mllm.batching import BatchLimits, run_in_batches
from core.mllm.loading import LoadedMllm
from core.types import VisualTokens

_BFLOAT16 = "bfloat16"
_MOST_ELONGATED = 200  # Qwen2VLImageProcessor refuses longer images (smart_resize)


def encode_images(
    loaded: LoadedMllm, images: Sequence[NDArray[np.uint8]], limits: BatchLimits
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
    if tokens.dtype == _BFLOAT16:
        return torch.from_numpy(tokens.tokens.astype(np.uint16).view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(np.array(tokens.tokens))


def from_tensor(tokens: torch.Tensor, grid: tuple[int, int]) -> VisualTokens:
    """Return all (T, C) tokens of a full grid (h, w), row by row, as read-only arrays."""
    tokens = tokens.detach().cpu().contiguous()
    height, width = grid
    assert len(tokens) == height * width, "an unpruned image has one token per cell"
    name = str(tokens.dtype).removeprefix("torch.")
    bits = tokens.view(torch.int16).numpy().view(np.uint16) if name == _BFLOAT16 else tokens.numpy()
    rows, columns = np.divmod(np.arange(height * width), width)
    positions = np.stack([rows, columns], axis=1).astype(np.int16)
    values = bits.copy()
    values.setflags(write=False)
    positions.setflags(write=False)
    return VisualTokens(values, name, positions, grid, height * width)


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


def _n_tokens(loaded: LoadedMllm, image: NDArray[np.uint8]) -> int:
    size = {"shortest_edge": loaded.min_pixels, "longest_edge": loaded.max_pixels}
    patches = loaded.processor.image_processor.get_number_of_image_patches(
        image.shape[0], image.shape[1], {"size": size}
    )
    return int(patches) // loaded.merge_size**2


def _encode_batch(loaded: LoadedMllm, images: Sequence[NDArray[np.uint8]]) -> list[VisualTokens]:
    pixels = loaded.processor.image_processor(
        list(images), return_tensors="pt", input_data_format="channels_last"
    )
    inputs = {name: pixels[name].to(loaded.device) for name in loaded.family.encoder_inputs}
    with loaded.lock, torch.inference_mode():
        output = loaded.model.get_image_features(**inputs, return_dict=True)
        tokens: list[torch.Tensor] = [one.cpu() for one in output.pooler_output]
    if not all(bool(torch.isfinite(one).all()) for one in tokens):
        raise ModelError(
            f"Model {loaded.name} gave visual tokens that are not finite in {loaded.dtype}; load "
            "it with dtype float32 or bfloat16."
        )
    grids = (pixels[loaded.family.grid_input][:, 1:] // loaded.merge_size).tolist()
    return [from_tensor(one, (int(h), int(w))) for one, (h, w) in zip(tokens, grids, strict=True)]
