"""The patch embedding as a matrix product."""

import copy

import pytest
import torch
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import Qwen2_5_VisionPatchEmbed
from transformers.models.qwen3_vl.configuration_qwen3_vl import Qwen3VLVisionConfig
from transformers.models.qwen3_vl.modeling_qwen3_vl import Qwen3VLVisionPatchEmbed

from core.mllm.patches import PatchProduct, multiply_patches


def embeddings():
    qwen3 = Qwen3VLVisionConfig(patch_size=6, temporal_patch_size=2, hidden_size=20)
    return [Qwen2_5_VisionPatchEmbed(patch_size=6, embed_dim=20), Qwen3VLVisionPatchEmbed(qwen3)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("embedding", embeddings(), ids=lambda one: type(one).__name__)
def test_the_product_is_the_convolution(embedding, dtype):
    tower = torch.nn.Sequential(copy.deepcopy(embedding).to(dtype))
    before = copy.deepcopy(tower)
    multiply_patches(tower)
    assert isinstance(tower[0].proj, PatchProduct)
    assert list(tower.state_dict()) == list(before.state_dict())
    patches = torch.randn(30, 3 * 2 * 6 * 6, generator=torch.Generator().manual_seed(0))
    expected, actual = before(patches), tower(patches)
    assert actual.shape == (30, 20)
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    assert torch.allclose(actual, expected, rtol=tolerance, atol=tolerance)


def test_a_convolution_that_moves_over_its_input_stays_one():
    tower = torch.nn.Sequential(Qwen2_5_VisionPatchEmbed(patch_size=6, embed_dim=20))
    tower[0].proj.stride = (2, 3, 3)
    multiply_patches(tower)
    assert isinstance(tower[0].proj, torch.nn.Conv3d)


def test_a_loaded_model_multiplies(tiny):
    modules = list(tiny.model.modules())
    embeddings = [one for one in modules if isinstance(one, Qwen2_5_VisionPatchEmbed)]
    assert [type(one.proj) for one in embeddings] == [PatchProduct]
