"""Random models in the real shapes of named families, saved as folders that the product loads."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import (
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
)

from tests.tiny_models import SPECIAL, TEMPLATE, WORDS, qwen_config, word_tokenizer

HEAD_ROWS = 151_936
SMALL_VISION = {"hidden_size": 640, "depth": 8, "num_heads": 10, "intermediate_size": 1712}
LARGE_VISION = {"hidden_size": 1280, "depth": 32, "num_heads": 16, "intermediate_size": 3420}


@dataclass(frozen=True)
class Shape:
    """Sizes of the language model; `patch` is the side of a patch, two of which make a token."""

    hidden: int
    layers: int
    make: Callable[["Shape"], torch.nn.Module]
    patch: int = 14


def small(hidden: int, layers: int) -> Shape:
    """Return a Qwen2.5-VL of any width and depth with a vision encoder of about 46 M."""
    return Shape(hidden, layers, _small)


def save(shape: Shape, folder: Path, side: int, device: str, dtype: str) -> Path:
    """Save a random model of a shape, for images of up to `side` x `side` px of area."""
    torch.manual_seed(0)
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        with torch.device(device):
            model = shape.make(shape).eval()
    finally:
        torch.set_default_dtype(torch.float32)
    model.save_pretrained(folder)
    return _with_processor(shape, folder, side)


def _with_processor(shape: Shape, folder: Path, side: int) -> Path:
    word_tokenizer(WORDS).save_pretrained(folder)
    cell = 2 * shape.patch
    bounds = {"shortest_edge": cell * cell, "longest_edge": side * side}
    Qwen2VLImageProcessorPil(size=bounds, patch_size=shape.patch).save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    return folder


def save_sharded(shape: Shape, folder: Path, side: int, shard_mb: int = 2000) -> Path:
    """Save a shape in bfloat16 and in shards, with weights that repeat one random block.

    Random numbers for every weight would take minutes; nothing here depends on their values.
    """
    torch.manual_seed(0)
    with torch.device("meta"):
        model = shape.make(shape).to(torch.bfloat16).eval()
    model = model.to_empty(device="cpu")
    block = torch.randn(1 << 20).mul_(0.02).to(torch.bfloat16)
    for value in (*model.parameters(), *model.buffers()):
        flat = value.data.view(-1)
        for start in range(0, len(flat), len(block)):
            part = flat[start : start + len(block)]
            part.copy_(block[: len(part)])
    model.tie_weights()
    model.save_pretrained(folder, max_shard_size=f"{shard_mb}MB")
    return _with_processor(shape, folder, side)


def _small(shape: Shape) -> torch.nn.Module:
    config = qwen_config(
        word_tokenizer(WORDS),
        hidden=shape.hidden,
        layers=shape.layers,
        vocabulary=HEAD_ROWS,
        vision=SMALL_VISION,
        n_heads=shape.hidden // 64,
    )
    config.text_config.intermediate_size = shape.hidden * 8 // 3
    config.vision_config.window_size = 112
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen2_5_vl_7b(shape: Shape) -> torch.nn.Module:
    # sizes of huggingface.co/Qwen/Qwen2.5-VL-7B-Instruct config.json
    config = qwen_config(
        word_tokenizer(WORDS),
        hidden=shape.hidden,
        layers=shape.layers,
        vocabulary=152_064,
        vision=LARGE_VISION,
        n_heads=28,
    )
    text = config.text_config
    text.intermediate_size, text.num_key_value_heads = 18_944, 4
    text.rope_parameters["mrope_section"] = [16, 24, 24]
    config.vision_config.window_size = 112
    config.vision_config.fullatt_block_indexes = [7, 15, 23, 31]
    config.tie_word_embeddings = False
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen2_5_vl_3b(shape: Shape) -> torch.nn.Module:
    # sizes of huggingface.co/Qwen/Qwen2.5-VL-3B-Instruct config.json
    config = qwen_config(
        word_tokenizer(WORDS),
        hidden=shape.hidden,
        layers=shape.layers,
        vocabulary=HEAD_ROWS,
        vision=LARGE_VISION,
        n_heads=16,
    )
    text = config.text_config
    text.intermediate_size, text.num_key_value_heads = 11_008, 2
    text.rope_parameters["mrope_section"] = [16, 24, 24]
    config.vision_config.window_size = 112
    config.vision_config.fullatt_block_indexes = [7, 15, 23, 31]
    return Qwen2_5_VLForConditionalGeneration(config)


def _qwen3_vl_8b(shape: Shape) -> torch.nn.Module:
    # sizes of huggingface.co/Qwen/Qwen3-VL-8B-Instruct config.json
    tokenizer = word_tokenizer(WORDS)
    ids = {name: int(tokenizer.convert_tokens_to_ids(name)) for name in SPECIAL}
    rope = {
        "rope_type": "default",
        "rope_theta": 5_000_000.0,
        "mrope_section": [24, 20, 20],
        "mrope_interleaved": True,
    }
    text = {
        "vocab_size": HEAD_ROWS,
        "hidden_size": shape.hidden,
        "intermediate_size": 12_288,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "max_position_embeddings": 8192,
        "rope_parameters": rope,
        "bos_token_id": None,
        "eos_token_id": ids["<|im_end|>"],
    }
    vision = {
        "hidden_size": 1152,
        "depth": 27,
        "num_heads": 16,
        "intermediate_size": 4304,
        "out_hidden_size": shape.hidden,
        "patch_size": 16,
        "deepstack_visual_indexes": [8, 16, 24],
    }
    config = Qwen3VLConfig(
        text_config=text,
        vision_config=vision,
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=False,
    )
    return Qwen3VLForConditionalGeneration(config)


NAMED = {
    "qwen2.5-vl-3b": Shape(2048, 36, _qwen2_5_vl_3b),
    "qwen2.5-vl-7b": Shape(3584, 28, _qwen2_5_vl_7b),
    "qwen3-vl-8b": Shape(4096, 36, _qwen3_vl_8b, patch=16),
}
