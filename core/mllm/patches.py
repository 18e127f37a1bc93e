"""Cut images are multiplied, not convolved: a faster form of Qwen's patch embedding.

Its three-dimensional convolution moves by its own size over inputs of its own size, which is one
matrix product. As a convolution that takes a tenth of encoding with the embedded model, and most
of it on some GPUs (huggingface/transformers#45750). transformers' own `fusion_config` changes the
class for everything that a process loads later; this changes one model.
"""

from typing import Any

import torch
from torch.nn import functional


class PatchProduct(torch.nn.Module):
    """A convolution (D, C, T, P, P) that meets every input once, as a matrix product."""

    def __init__(self, convolution: torch.nn.Conv3d) -> None:
        super().__init__()
        self.weight = convolution.weight
        self.bias = convolution.bias

    def forward(self, patches: torch.Tensor) -> torch.Tensor:
        """Return (N, D) of patches (N, C, T, P, P)."""
        return functional.linear(patches.flatten(1), self.weight.flatten(1), self.bias)


def multiply_patches(model: Any) -> None:  # noqa: ANN401
    """Replace the patch embedding of a model's tower in place, where it is such a convolution."""
    for module in list(model.modules()):
        found = getattr(module, "proj", None)
        if isinstance(found, torch.nn.Conv3d) and _meets_inputs_once(module, found):
            module.proj = PatchProduct(found)


def _meets_inputs_once(module: torch.nn.Module, convolution: torch.nn.Conv3d) -> bool:
    """Return whether the module feeds the convolution patches of exactly its kernel's size."""
    patch = getattr(module, "patch_size", None)
    kernel = (getattr(module, "temporal_patch_size", None), patch, patch)
    plain = not any(convolution.padding) and convolution.groups == 1
    return plain and convolution.stride == convolution.kernel_size == kernel
