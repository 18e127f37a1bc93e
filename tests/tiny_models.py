"""Tiny random image-text models of the real classes, saved as folders that `load_mllm` opens."""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import (
    PreTrainedTokenizerFast,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
)

SPECIAL = (
    "<|endoftext|>",
    "<|unk|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|image_pad|>",
    "<|video_pad|>",
)
QUESTION_WORDS = (
    "Do these two images show the same object landmark product artwork Answer yes or no Yes No"
)
TEMPLATE_WORDS = "system user assistant You are a helpful . ? ,"
WORDS = (*QUESTION_WORDS.split(), *TEMPLATE_WORDS.split(), "\n")

# The template of Qwen2.5-VL, without its video branch and image numbering.
TEMPLATE = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def save_tiny_qwen(
    folder: Path,
    *,
    seed: int = 1,
    hidden: int = 64,
    layers: int = 3,
    weight_scale: float = 12.0,
    max_pixels: int = 112 * 112,
    words: tuple[str, ...] = WORDS,
    tokenizer: PreTrainedTokenizerFast | None = None,
    vision: dict[str, object] | None = None,
) -> Path:
    """Save a random Qwen2.5-VL; larger `weight_scale` spreads the margins of different images.

    `words` are its vocabulary where no tokenizer is given, `vision` the sizes of its tower.
    """
    tokenizer = word_tokenizer(words) if tokenizer is None else tokenizer
    config = qwen_config(tokenizer, hidden=hidden, layers=layers, vision=vision)
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(weight_scale)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    image_processor = Qwen2VLImageProcessorPil(
        size={"shortest_edge": 28 * 28, "longest_edge": max_pixels}
    )
    image_processor.save_pretrained(folder)
    (folder / "chat_template.jinja").write_text(TEMPLATE)
    return folder


def qwen_config(
    tokenizer: PreTrainedTokenizerFast,
    *,
    hidden: int,
    layers: int,
    vocabulary: int | None = None,
    vision: dict[str, object] | None = None,
    n_heads: int = 4,
) -> Qwen2_5_VLConfig:
    head = hidden // n_heads
    width = {"hidden_size": 32, "depth": 3, "num_heads": 2, "intermediate_size": 64}
    ids = {
        name: int(tokenizer.convert_tokens_to_ids(name)) for name in SPECIAL if "unk" not in name
    }
    return Qwen2_5_VLConfig(
        text_config={
            "vocab_size": vocabulary or len(tokenizer),
            "hidden_size": hidden,
            "intermediate_size": hidden * 2,
            "num_hidden_layers": layers,
            "num_attention_heads": n_heads,
            "num_key_value_heads": max(1, n_heads // 2),
            "max_position_embeddings": 2048,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 10000.0,
                "mrope_section": [head // 8, head // 8 + head // 16, head // 4 - head // 16],
            },
            "bos_token_id": None,
            "eos_token_id": ids["<|im_end|>"],
        },
        vision_config={
            **(vision or width),
            "fullatt_block_indexes": [1],
            "out_hidden_size": hidden,
            "window_size": 56,
            "patch_size": 14,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
        tie_word_embeddings=True,
    )


QWEN_TOKENS = {
    "image_token": "<|image_pad|>",
    "video_token": "<|video_pad|>",
    "vision_start": "<|vision_start|>",
    "vision_end": "<|vision_end|>",
    "im_start": "<|im_start|>",
}


def word_tokenizer(
    words: tuple[str, ...], named: Mapping[str, str] = QWEN_TOKENS
) -> PreTrainedTokenizerFast:
    """One token per word; words outside the list become <|unk|>; `named` are special tokens."""
    vocabulary = dict.fromkeys((*SPECIAL, *named.values(), *words))
    vocabulary = {word: index for index, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<|unk|>"))
    tokenizer.normalizer = normalizers.Replace(Regex(" +"), " ")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n"), "isolated"),
            pre_tokenizers.Split(Regex(r" "), "removed"),
            pre_tokenizers.Punctuation("isolated"),
        ]
    )
    return _with_special(tokenizer, named)


def byte_tokenizer(words: tuple[str, ...]) -> PreTrainedTokenizerFast:
    """Byte-level BPE as Qwen's, with merges for `words`; some families load no other kind."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=list(SPECIAL),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([*words, " ".join(words)], trainer)
    return _with_special(tokenizer, QWEN_TOKENS)


def _with_special(tokenizer: Tokenizer, named: Mapping[str, str]) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<|unk|>",
        pad_token="<|endoftext|>",
        eos_token="<|im_end|>",
        extra_special_tokens=dict(named),
    )


def rewrite_json(path: Path, **changes: object) -> None:
    """Set keys of a JSON object file."""
    value = json.loads(path.read_text())
    path.write_text(json.dumps({**value, **changes}))
