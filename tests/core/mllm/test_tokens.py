import numpy as np
import pytest
import torch

from core.errors import ImageError, ModelError
from core.mllm.batching import BatchLimits
from core.mllm.engine import MllmEncoder
from core.mllm.loading import load_mllm
from core.mllm.tokens import from_tensor, mean_token, to_tensor
from tests.core.mllm.conftest import SIZES, mosaic


def test_many_images_per_call_equal_one_by_one(tiny, images):
    together = MllmEncoder(tiny).encode(images)
    for one, image in zip(together, images, strict=True):
        alone = MllmEncoder(tiny).encode([image])[0]
        assert one.tokens == pytest.approx(alone.tokens, abs=1e-5)


def test_tokens_keep_the_shape_of_the_image(tiny, images):
    encoded = MllmEncoder(tiny).encode(images)
    assert [one.grid for one in encoded] == [(h // 28, w // 28) for h, w in SIZES]
    assert [one.full_count for one in encoded] == [16, 6, 10, 12, 9, 4]
    assert encoded[1].positions.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]
    assert not encoded[1].tokens.flags.writeable
    assert not encoded[1].positions.flags.writeable


def test_token_budget_cuts_batches_without_changing_tokens(tiny, images):
    cut = MllmEncoder(tiny, BatchLimits(items=32, tokens=20)).encode(images)
    whole = MllmEncoder(tiny).encode(images)
    for one, other in zip(cut, whole, strict=True):
        assert one.tokens == pytest.approx(other.tokens, abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_tokens_round_trip_bit_for_bit(dtype):
    tokens = torch.randn(6, 8, generator=torch.Generator().manual_seed(0)).to(dtype)
    stored = from_tensor(tokens, (2, 3))
    assert stored.dtype == str(dtype).removeprefix("torch.")
    assert stored.tokens.dtype == (np.uint16 if dtype == torch.bfloat16 else stored.tokens.dtype)
    assert torch.equal(to_tensor(stored), tokens)
    assert to_tensor(stored).dtype == dtype


def test_mean_token_is_the_unit_mean_in_float32(tiny, images):
    for tokens in MllmEncoder(tiny).encode(images):
        mean = tokens.tokens.mean(axis=0, dtype=np.float64)
        vector = mean_token(tokens)
        assert vector.dtype == np.float32
        assert vector == pytest.approx(mean / np.linalg.norm(mean), abs=1e-5)


def test_no_images_have_no_tokens(tiny):
    assert MllmEncoder(tiny).encode([]) == []


def test_one_pixel_column_is_refused_by_name(tiny):
    with pytest.raises(ImageError, match="1 x 400 px cannot be encoded"):
        MllmEncoder(tiny).encode([np.zeros((400, 1, 3), np.uint8)])


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 200), (3, 3)])
def test_the_smallest_images_are_encoded(tiny, shape):
    assert len(MllmEncoder(tiny).encode([np.full((*shape, 3), 7, np.uint8)])) == 1


def test_large_image_is_brought_under_the_pixel_bound(tiny):
    encoded = MllmEncoder(tiny).encode([mosaic(0, 1400, 700)])[0]
    assert encoded.full_count * 28 * 28 <= tiny.max_pixels


def test_out_of_memory_halves_the_images_per_call(tiny_folder, tiny, images):
    small = load_mllm(str(tiny_folder), device="cpu")
    refuse_images_above(small.base.visual, 2)
    encoded = MllmEncoder(small).encode(images)
    for one, other in zip(encoded, MllmEncoder(tiny).encode(images), strict=True):
        assert one.tokens == pytest.approx(other.tokens, abs=1e-5)


def test_out_of_memory_with_one_image_names_the_remedy(tiny_folder, images):
    small = load_mllm(str(tiny_folder), device="cpu")
    refuse_images_above(small.base.visual, 0)
    with pytest.raises(ModelError, match="single image of 16 tokens; lower the pixel bound"):
        MllmEncoder(small).encode(images)


def refuse_images_above(module: torch.nn.Module, most: int) -> None:
    def hook(_, __, kwargs):
        if len(kwargs["grid_thw"]) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")

    module.register_forward_pre_hook(hook, with_kwargs=True)


def test_tokens_that_are_not_finite_are_an_error(tiny_folder, images):
    broken = load_mllm(str(tiny_folder), device="cpu")
    with torch.no_grad():
        broken.base.visual.merger.mlp[2].bias.fill_(float("nan"))
    with pytest.raises(ModelError, match="not finite in float32"):
        MllmEncoder(broken).encode(images)
