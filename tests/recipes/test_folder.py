"""The embedded model folder is a real Qwen2.5-VL, small, and scored as it was trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from assets.recipes.pocket_vl.folder import LEAST_AREA, MOST_AREA
from assets.recipes.pocket_vl.pairs import answer_logits, pack
from assets.recipes.pocket_vl.tokenizer import train_tokenizer
from assets.recipes.pocket_vl.tower import encode, normalise
from assets.recipes.pocket_vl.wordings import default_template
from core.mllm.loading import load_mllm
from core.mllm.prompts import NO_WORDS, PRESETS, YES_WORDS, messages

FOLDER = Path(__file__).parents[2] / "assets" / "pocket-vl"


@pytest.fixture(scope="module")
def loaded():
    return load_mllm(str(FOLDER), device="cpu", dtype="float32")


def rendered(loaded, prompt):
    return loaded.processor.apply_chat_template(messages(prompt), add_generation_prompt=True)


def test_the_folder_is_small_and_its_weights_are_safetensors_in_bfloat16():
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 20 * 1024 * 1024
    assert [path.name for path in files if path.suffix in {".bin", ".pt", ".pth", ".pkl"}] == []
    with (FOLDER / "model.safetensors").open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    header.pop("__metadata__", None)
    assert {entry["dtype"] for entry in header.values()} == {"BF16"}


def test_config_and_processor_name_the_published_classes():
    config = json.loads((FOLDER / "config.json").read_text())
    processor = json.loads((FOLDER / "processor_config.json").read_text())
    assert config["architectures"] == ["Qwen2_5_VLForConditionalGeneration"]
    assert config["tie_word_embeddings"] is True
    assert processor["processor_class"] == "Qwen2_5_VLProcessor"
    assert processor["image_processor"]["image_processor_type"] == "Qwen2VLImageProcessor"
    assert processor["video_processor"]["video_processor_type"] == "Qwen2VLVideoProcessor"


@pytest.mark.parametrize("word", YES_WORDS + NO_WORDS)
def test_every_spelling_of_an_answer_is_one_token_after_the_prompt(loaded, word):
    text = rendered(loaded, PRESETS["object"])
    before, after = (loaded.tokenizer(t)["input_ids"] for t in (text, text + word))
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_the_template_renders_as_qwens_does(loaded):
    assert rendered(loaded, PRESETS["object"]) == (
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n"
        "<|vision_start|><|image_pad|><|vision_end|><|vision_start|><|image_pad|><|vision_end|>"
        "Do these two images show the same object? Answer yes or no.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )


@pytest.mark.parametrize("text", ["naïve café", "Ωμέγα 東京", "tab\t\nline", "🙂", "zxqj 0x7f"])
def test_no_text_is_unknown_to_the_tokenizer(loaded, text):
    assert loaded.tokenizer.decode(loaded.tokenizer(text)["input_ids"]) == text


def test_the_recipe_trains_the_tokenizer_of_the_folder(loaded):
    assert train_tokenizer().get_vocab() == loaded.tokenizer.get_vocab()


@pytest.mark.parametrize(
    ("size", "grid"),
    [
        ((320, 320), [14, 14]),
        ((320, 240), [12, 16]),
        ((240, 320), [16, 12]),
        ((300, 333), [14, 14]),
        ((640, 360), [10, 20]),
    ],
)
def test_images_become_about_196_pixels_square(loaded, size, grid):
    out = loaded.processor.image_processor(images=[Image.new("RGB", size)], return_tensors="pt")
    assert out["image_grid_thw"].tolist() == [[1, *grid]]
    assert LEAST_AREA <= grid[0] * grid[1] * 196 <= MOST_AREA


@torch.no_grad()
def test_the_processor_path_gives_the_margins_of_the_training_path(loaded):
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (196, 196, 3), dtype=np.uint8) for _ in range(2)]
    inputs = loaded.processor(
        text=[rendered(loaded, PRESETS["object"])],
        images=[Image.fromarray(image) for image in images],
        return_tensors="pt",
    )
    expected = loaded.model(**inputs).logits[0, -1]
    tokens = encode(loaded.model.model.visual, normalise(torch.from_numpy(np.stack(images))))
    packing = pack(default_template(loaded.tokenizer), (7, 7), (7, 7), 1)
    actual = answer_logits(loaded.model, packing, tokens[:1], tokens[1:][None])[0, 0]
    assert torch.allclose(actual, expected, atol=2e-3)  # float32, pixels rounded alike
