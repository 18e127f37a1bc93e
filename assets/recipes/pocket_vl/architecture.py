"""The model: a Qwen2.5-VL of four vision and five language layers, and how it starts out."""

from __future__ import annotations

import torch
from transformers import PreTrainedTokenizerBase, Qwen2_5_VLConfig
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.machine import here

WIDTH = 192
HEADS = 6
N_VISION = 4
N_LANGUAGE = 5
PATCH_PX = 14
TOKEN_PX = 28
IMAGE_AREA = 196 * 196
ROPE_THETA = 1_000_000.0
MROPE_SECTION = [4, 6, 6]
REPEL_PLANE = 1
"""Rotary plane whose frequency turns by about half a circle over the 6 positions that separate
the two images of a pair (1e6 ** (-1/16) * 6 = 2.5 radians)."""
REPEL = 4.0
"""Nats by which attention within an image starts out weaker than attention to the other image."""
COMPARED = 160
"""Dimensions in which the first layer subtracts what it attended to; the rest stay untouched."""


def make_config(tokenizer: PreTrainedTokenizerBase) -> Qwen2_5_VLConfig:
    """Return the configuration that belongs to a tokenizer."""
    names = ("image_pad", "video_pad", "vision_start", "vision_end", "im_end", "endoftext")
    ids = {name: tokenizer.convert_tokens_to_ids(f"<|{name}|>") for name in names}
    text = {
        "vocab_size": len(tokenizer), "hidden_size": WIDTH, "intermediate_size": 512,
        "num_hidden_layers": N_LANGUAGE, "num_attention_heads": HEADS, "num_key_value_heads": HEADS,
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-6, "bos_token_id": ids["endoftext"],
        "eos_token_id": ids["im_end"], "pad_token_id": ids["endoftext"],
        "tie_word_embeddings": True, "rope_parameters": {
            "rope_type": "default", "rope_theta": ROPE_THETA, "mrope_section": MROPE_SECTION},
    }  # fmt: skip
    vision = {
        "depth": N_VISION, "hidden_size": WIDTH, "intermediate_size": 512, "num_heads": HEADS,
        "patch_size": PATCH_PX, "spatial_merge_size": 2, "temporal_patch_size": 2,
        "window_size": 112, "out_hidden_size": WIDTH,
        "fullatt_block_indexes": list(range(N_VISION)),
    }  # fmt: skip
    return Qwen2_5_VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids["image_pad"],
        video_token_id=ids["video_pad"],
        vision_start_token_id=ids["vision_start"],
        vision_end_token_id=ids["vision_end"],
        tie_word_embeddings=True,
    )


def build_model(tokenizer: PreTrainedTokenizerBase, seed: int) -> PocketVl:
    """Return the model in float32 with the weights that training starts from, on any device."""
    config = make_config(tokenizer)
    config._attn_implementation = "sdpa"  # from_config's own way on 5.x
    with torch.device("cpu"), torch.no_grad():
        torch.manual_seed(seed)
        model = PocketVl(config)
        generator = torch.Generator().manual_seed(seed)
        _spread_weights(model, generator)
        for layer in model.model.language_model.layers[:3]:
            _match_content(layer.self_attn)
        _subtract(model.model.language_model.layers[0].self_attn)
    return model.to(here())


def _spread_weights(model: PocketVl, generator: torch.Generator) -> None:
    """Replace the 0.02 initialisation, too narrow for this width, by 1 / sqrt(fan in)."""
    for name, weight in model.named_parameters():
        if weight.ndim < 2 or "embed_tokens" in name:
            continue
        gain = _gain(name)
        fan_in = weight[0].numel()
        weight.copy_(torch.randn(weight.shape, generator=generator) * gain * fan_in**-0.5)


def _gain(name: str) -> float:
    """Return a weight's gain: branches start quiet, visual tokens with unit root mean square."""
    if name.endswith(("o_proj.weight", "down_proj.weight", "attn.proj.weight")):
        return 0.5
    return 1.55 if name.endswith("merger.mlp.2.weight") else 1.0


def _match_content(attention: torch.nn.Module) -> None:
    """Start with equal query and key projections that look away from the own image.

    Equal projections make attention fall on tokens of like content, above all on the token
    itself; the biases of one slowly turning plane favour tokens of the other image instead.
    """
    attention.k_proj.weight.copy_(attention.q_proj.weight)
    head_dim = WIDTH // HEADS
    strength = (REPEL * head_dim**0.5) ** 0.5
    attention.q_proj.bias.view(HEADS, head_dim)[:, REPEL_PLANE] = strength
    attention.k_proj.bias.view(HEADS, head_dim)[:, REPEL_PLANE] = -strength


def _subtract(attention: torch.nn.Module) -> None:
    """Let the first layer write `-attended` into most dimensions: a difference of contents."""
    attention.v_proj.weight.copy_(torch.eye(WIDTH))
    keep = (torch.arange(WIDTH) < COMPARED).float()
    attention.o_proj.weight.copy_(-0.9 * torch.diag(keep))
