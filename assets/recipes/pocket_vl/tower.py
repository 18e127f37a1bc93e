"""Encode many images of one grid at once: the vision tower's own modules, batched.

`Qwen2_5_VisionTransformer.forward` attends image by image; training has equal grids and would
spend most of its time there. The result is the same (tests/recipes/test_tower.py).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from assets.recipes.pocket_vl.architecture import PATCH_PX

MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
"""Channel statistics of CLIP, which Qwen's image processor uses."""


def normalise(pixels: Tensor) -> Tensor:
    """Return (B, 3, H, W) float of (B, H, W, 3) uint8, normalised as the processor does."""
    scaled = pixels.permute(0, 3, 1, 2).float() / 255
    return (scaled - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)


def _patches(pixels: Tensor) -> Tensor:
    """Return (B, N, 3 * 14 * 14) patches in Qwen's order: by token, then 2 x 2 inside it."""
    n, channels, height, width = pixels.shape
    rows, columns = height // (2 * PATCH_PX), width // (2 * PATCH_PX)
    cut = pixels.reshape(n, channels, rows, 2, PATCH_PX, columns, 2, PATCH_PX)
    return cut.permute(0, 2, 5, 3, 6, 1, 4, 7).reshape(n, rows * columns * 4, -1)


def _angles(visual: nn.Module, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """Return cosines and sines (N, head_dim) of the patch positions in the same order."""
    y, x = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
    order = torch.stack([y, x]).reshape(2, rows // 2, 2, columns // 2, 2)
    position_ids = order.permute(0, 1, 3, 2, 4).reshape(2, -1)
    cosine, sine = visual.rotary_pos_emb(torch.zeros(1), position_ids.T)
    return cosine, sine


def _half_turned(x: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.cat([-second, first], dim=-1)


def norm(x: Tensor, module: nn.Module) -> Tensor:
    """Apply a Qwen RMS norm in the input's own number type."""
    return functional.rms_norm(
        x, (x.shape[-1],), module.weight.to(x.dtype), module.variance_epsilon
    )


def _attend(x: Tensor, attention: nn.Module, cosine: Tensor, sine: Tensor) -> Tensor:
    n, length, width = x.shape
    query, key, value = attention.qkv(x).reshape(n, length, 3, attention.num_heads, -1).unbind(2)
    cosine, sine = cosine[:, None].to(x.dtype), sine[:, None].to(x.dtype)
    query = query * cosine + _half_turned(query) * sine
    key = key * cosine + _half_turned(key) * sine
    query, key, value = (part.transpose(1, 2) for part in (query * attention.scaling, key, value))
    out = (query @ key.transpose(-1, -2)).softmax(-1) @ value
    return attention.proj(out.transpose(1, 2).reshape(n, length, width))


def encode(visual: nn.Module, pixels: Tensor) -> Tensor:
    """Return visual tokens (B, T, C) of normalised images (B, 3, H, W) of one size."""
    weight = visual.patch_embed.proj.weight
    patches = _patches(pixels)
    x = functional.linear(patches, weight.sum(2).flatten(1))
    rows, columns = pixels.shape[2] // PATCH_PX, pixels.shape[3] // PATCH_PX
    cosine, sine = _angles(visual, rows, columns)
    for block in visual.blocks:
        x = x + _attend(norm(x, block.norm1), block.attn, cosine, sine)
        hidden = norm(x, block.norm2)
        gate = functional.silu(block.mlp.gate_proj(hidden)) * block.mlp.up_proj(hidden)
        x = x + block.mlp.down_proj(gate)
    merged = norm(x, visual.merger.ln_q).reshape(len(x), rows * columns // 4, -1)
    return visual.merger.mlp(merged)
