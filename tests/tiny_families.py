"""One tiny random model of each served family, of the real classes, as a folder."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import (
    GotOcr2ImageProcessorPil,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessorPil,
    InternVLConfig,
    InternVLForConditionalGeneration,
    LlavaOnevisionConfig,
    LlavaOnevisionForConditionalGeneration,
    LlavaOnevisionImageProcessorPil,
    PreTrainedTokenizerFast,
    Qwen2VLImageProcessorPil,
    Qwen3_5Config,
    Qwen3_5ForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
    SmolVLMImageProcessorPil,
)

from tests.tiny_models import SPECIAL, TEMPLATE, WORDS, byte_tokenizer, word_tokenizer

HIDDEN = 64
LAYERS = 3
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 64,
}

# The published templates without videos and plain strings.
IMAGE_LINES = (  # InternVL3
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<IMG_CONTEXT>\n{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
IMAGES_FIRST = (  # LLaVA-OneVision
    "{% for message in messages %}<|im_start|>{{ message['role'] }} "
    "{% for part in message['content'] if part['type'] == 'image' %}<image>{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ '\n' + part['text'] }}"
    "{% endfor %}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
UTTERANCES = (  # Idefics3 and SmolVLM
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}"
    "{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
PLAIN_ANSWER = "assistant\n{% endif %}"
THINKING_ANSWER = (  # Qwen3.5
    "assistant\n{% if enable_thinking is defined and enable_thinking is false %}"
    "<think>\n\n</think>\n\n{% else %}<think>\n{% endif %}{% endif %}"
)


@dataclass(frozen=True)
class Tiny:
    """How a tiny model is made: `scale` multiplies its weights to spread the margins of images."""

    build: Callable[[Path], torch.nn.Module]
    seed: int
    scale: float


def save_tiny(name: str, folder: Path) -> Path:
    """Save the random model called `name` in `TINY`."""
    return save(TINY[name], folder)


def save(tiny: Tiny, folder: Path) -> Path:
    """Save a random model with its processor."""
    torch.manual_seed(tiny.seed)
    model = tiny.build(folder).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(tiny.scale)
    model.save_pretrained(folder)
    return folder


def _qwen3_vl(folder: Path) -> torch.nn.Module:
    tokenizer = word_tokenizer(WORDS)
    _save_qwen_processor(folder, tokenizer)
    return Qwen3VLForConditionalGeneration(
        Qwen3VLConfig(
            text_config={**_text(tokenizer), "rope_parameters": _mrope(16), "head_dim": 16},
            vision_config={**_qwen3_vision(), "deepstack_visual_indexes": [0, 1]},
            **_image_ids(tokenizer),
            tie_word_embeddings=True,
        )
    )


def _qwen3_5(folder: Path) -> torch.nn.Module:
    tokenizer = byte_tokenizer(WORDS)
    _save_qwen_processor(folder, tokenizer, TEMPLATE.replace(PLAIN_ANSWER, THINKING_ANSWER))
    return Qwen3_5ForConditionalGeneration(
        Qwen3_5Config(
            text_config={
                **_text(tokenizer),
                "head_dim": 32,
                "rope_parameters": {**_mrope(16), "partial_rotary_factor": 0.5},
                "layer_types": ["linear_attention", "full_attention", "linear_attention"],
                "linear_key_head_dim": 8,
                "linear_value_head_dim": 8,
                "linear_num_key_heads": 2,
                "linear_num_value_heads": 4,
            },
            vision_config=_qwen3_vision(),
            **_image_ids(tokenizer),
            tie_word_embeddings=True,
        )
    )


def _internvl(folder: Path, text: str = "qwen2") -> torch.nn.Module:
    tokenizer = word_tokenizer(
        WORDS,
        {
            "start_image_token": "<img>",
            "end_image_token": "</img>",
            "context_image_token": "<IMG_CONTEXT>",
            "video_token": "<video>",
            "im_start": "<|im_start|>",
        },
    )
    image_processor = GotOcr2ImageProcessorPil(size={"height": 84, "width": 84})
    _save_processor(folder, tokenizer, image_processor, IMAGE_LINES, image_seq_length=9)
    return InternVLForConditionalGeneration(
        InternVLConfig(
            text_config={**_text(tokenizer), "model_type": text, "rope_parameters": ROPE},
            vision_config={**VISION, "image_size": [84, 84], "patch_size": [14, 14]},
            image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
            image_seq_length=9,
        )
    )


def _internvl_3_5(folder: Path) -> torch.nn.Module:
    return _internvl(folder, "qwen3")


def _llava_onevision(folder: Path) -> torch.nn.Module:
    tokenizer = word_tokenizer(
        WORDS,
        {"image_token": "<image>", "video_token": "<video>", "im_start": "<|im_start|>"},
    )
    grids = [[42, 42], [42, 84], [84, 42], [84, 84]]
    image_processor = LlavaOnevisionImageProcessorPil(
        size={"height": 42, "width": 42}, image_grid_pinpoints=grids
    )
    _save_processor(
        folder,
        tokenizer,
        image_processor,
        IMAGES_FIRST,
        num_image_tokens=9,
        vision_feature_select_strategy="full",
    )
    return LlavaOnevisionForConditionalGeneration(
        LlavaOnevisionConfig(
            text_config={**_text(tokenizer), "model_type": "qwen2", "rope_parameters": ROPE},
            vision_config={
                **VISION,
                "model_type": "siglip_vision_model",
                "image_size": 42,
                "patch_size": 14,
                "vision_use_head": False,
            },
            image_grid_pinpoints=grids,
            image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
            video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        )
    )


def _idefics3(folder: Path) -> torch.nn.Module:
    config = _save_idefics3(folder, Idefics3ImageProcessorPil)
    return Idefics3ForConditionalGeneration(Idefics3Config(**config))


def _smolvlm(folder: Path) -> torch.nn.Module:
    config = _save_idefics3(folder, SmolVLMImageProcessorPil)
    return SmolVLMForConditionalGeneration(SmolVLMConfig(**config))


def _save_idefics3(folder: Path, image_processor: type[Any]) -> dict[str, Any]:
    """Save the processor and return the configuration; images split into tiles by default."""
    tokenizer = word_tokenizer(
        (*WORDS, "User", "Assistant", ":"),
        {
            "fake_image_token": "<fake_token_around_image>",
            "image_token": "<image>",
            "end_of_utterance_token": "<end_of_utterance>",
            "global_image_token": "<global-img>",
            "im_start": "<|im_start|>",
        },
    )
    _save_processor(
        folder,
        tokenizer,
        image_processor(size={"longest_edge": 168}, max_image_size={"longest_edge": 84}),
        UTTERANCES,
        image_seq_len=9,
    )
    return {
        "text_config": {**_text(tokenizer), "model_type": "llama", "rope_parameters": ROPE},
        "vision_config": {**VISION, "image_size": 84, "patch_size": 14},
        "image_token_id": tokenizer.convert_tokens_to_ids("<image>"),
        "scale_factor": 2,
        "tie_word_embeddings": False,
    }


def _text(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": HIDDEN,
        "intermediate_size": 2 * HIDDEN,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 2048,
        "bos_token_id": None,
        "eos_token_id": tokenizer.convert_tokens_to_ids("<|im_end|>"),
        "pad_token_id": tokenizer.convert_tokens_to_ids("<|endoftext|>"),
    }


def _mrope(rotated: int) -> dict[str, Any]:
    """Sections for time, height and width that fill half of the rotated dimensions."""
    third = rotated // 2 // 3
    return {
        **ROPE,
        "mrope_section": [rotated // 2 - 2 * third, third, third],
        "mrope_interleaved": True,
    }


def _qwen3_vision() -> dict[str, Any]:
    return {
        "hidden_size": 32,
        "depth": 3,
        "num_heads": 2,
        "intermediate_size": 64,
        "out_hidden_size": HIDDEN,
        "patch_size": 16,
        "num_position_embeddings": 64,
    }


def _image_ids(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    ids = {name: int(tokenizer.convert_tokens_to_ids(name)) for name in SPECIAL}
    return {
        "image_token_id": ids["<|image_pad|>"],
        "video_token_id": ids["<|video_pad|>"],
        "vision_start_token_id": ids["<|vision_start|>"],
        "vision_end_token_id": ids["<|vision_end|>"],
    }


def _save_qwen_processor(
    folder: Path, tokenizer: PreTrainedTokenizerFast, template: str = TEMPLATE
) -> None:
    image_processor = Qwen2VLImageProcessorPil(
        size={"shortest_edge": 32 * 32, "longest_edge": 112 * 112}, patch_size=16
    )
    _save_processor(folder, tokenizer, image_processor, template)


def _save_processor(
    folder: Path,
    tokenizer: PreTrainedTokenizerFast,
    image_processor: Any,
    template: str,
    **settings: object,
) -> None:
    tokenizer.save_pretrained(folder)
    image_processor.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(template)
    if settings:
        (folder / "processor_config.json").write_text(json.dumps(settings))


TINY: dict[str, Tiny] = {
    "qwen3_vl": Tiny(_qwen3_vl, seed=9, scale=12.0),
    "internvl": Tiny(_internvl, seed=1, scale=12.0),
    "internvl3_5": Tiny(_internvl_3_5, seed=3, scale=12.0),
    "llava_onevision": Tiny(_llava_onevision, seed=1, scale=12.0),
    "idefics3": Tiny(_idefics3, seed=1, scale=12.0),
    "smolvlm": Tiny(_smolvlm, seed=1, scale=12.0),
    "qwen3_5": Tiny(_qwen3_5, seed=9, scale=6.0),
}
