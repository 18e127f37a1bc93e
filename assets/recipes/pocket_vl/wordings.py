"""The product's prompts as token ids around two images."""

from __future__ import annotations

from dataclasses import replace

from numpy.random import Generator
from transformers import PreTrainedTokenizerBase

from assets.recipes.pocket_vl.pairs import Template
from assets.recipes.pocket_vl.vocabulary import PLAIN_PRESETS
from core.mllm.prompts import Prompt, messages

QUESTION_FIRST_SHARE = 0.4
"""How often training asks before it shows; the product shows first by default."""
FIRST_PRESET_SHARE = 0.4
"""How often training uses the default wording, beyond its turn among the presets."""


def template_of(tokenizer: PreTrainedTokenizerBase, prompt: Prompt) -> Template:
    """Return the token ids of a rendered prompt, cut at its two image places."""
    text = tokenizer.apply_chat_template(
        messages(prompt), add_generation_prompt=True, tokenize=False
    )
    ids = tokenizer(text)["input_ids"]
    image = tokenizer.convert_tokens_to_ids("<|image_pad|>")
    first, second = (place for place, token in enumerate(ids) if token == image)
    return Template(tuple(ids[:first]), tuple(ids[first + 1 : second]), tuple(ids[second + 1 :]))


def default_template(tokenizer: PreTrainedTokenizerBase) -> Template:
    """Return the template of the product's default prompt."""
    return template_of(tokenizer, next(iter(PLAIN_PRESETS.values())))


def all_templates(tokenizer: PreTrainedTokenizerBase) -> dict[str, tuple[Template, ...]]:
    """Return the presets' templates by layout, in the presets' order."""
    return {
        layout: tuple(
            template_of(tokenizer, replace(prompt, layout=layout))
            for prompt in PLAIN_PRESETS.values()
        )
        for layout in ("images_then_question", "question_first")
    }


def draw_template(rng: Generator, templates: dict[str, tuple[Template, ...]]) -> Template:
    """Return one template: mostly images first, mostly the default wording."""
    first = rng.random() < QUESTION_FIRST_SHARE
    pool = templates["question_first" if first else "images_then_question"]
    return pool[0 if rng.random() < FIRST_PRESET_SHARE else int(rng.integers(len(pool)))]
