"""Write the model folder that every Qwen2.5-VL loader reads: weights, tokenizer, processor."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase, Qwen2_5_VLProcessor, Qwen2VLImageProcessorPil
from transformers import Qwen2_5_VLForConditionalGeneration as PocketVl

from assets.recipes.pocket_vl.architecture import IMAGE_AREA, PATCH_PX

LEAST_AREA = 30 * 28 * 28
"""30 tokens: small images are enlarged to at least this. It leaves room to try smaller pictures."""
MOST_AREA = IMAGE_AREA * 115 // 100
"""49 tokens for a square image, 48 for one of 3:4 (168 x 224); the slack keeps nearly square ones
from falling to 168 x 196, because Qwen's resizing rounds both sides down."""


def make_processor(tokenizer: PreTrainedTokenizerBase) -> Qwen2_5_VLProcessor:
    """Return the processor without its video half, which needs torchvision to exist."""
    parts = [part for part in Qwen2_5_VLProcessor.get_attributes() if part != "video_processor"]
    image_only = type(
        "Qwen2_5_VLProcessor",
        (Qwen2_5_VLProcessor,),
        {"get_attributes": classmethod(lambda _: parts)},
    )
    images = Qwen2VLImageProcessorPil(
        size={"shortest_edge": LEAST_AREA, "longest_edge": MOST_AREA},
        patch_size=PATCH_PX,
        merge_size=2,
        temporal_patch_size=2,
    )
    return image_only(
        image_processor=images, tokenizer=tokenizer, chat_template=tokenizer.chat_template
    )


def save_folder(model: PocketVl, tokenizer: PreTrainedTokenizerBase, folder: Path) -> None:
    """Write config, bfloat16 weights, tokenizer, processor and template into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    small = PocketVl(model.config).to(torch.bfloat16)
    small.load_state_dict(model.state_dict())
    small.generation_config.do_sample = False
    small.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    make_processor(tokenizer).save_pretrained(folder)
    _name_parts_as_published(folder / "processor_config.json")


def _name_parts_as_published(path: Path) -> None:
    """Name the image processor as hub folders do and add the video part that Auto expects."""
    config = json.loads(path.read_text(encoding="utf-8"))
    images = config["image_processor"]
    images["image_processor_type"] = "Qwen2VLImageProcessor"
    video = {key: value for key, value in images.items() if key != "image_processor_type"}
    config["video_processor"] = {**video, "video_processor_type": "Qwen2VLVideoProcessor"}
    config["processor_class"] = "Qwen2_5_VLProcessor"
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
