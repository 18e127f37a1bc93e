"""The families of image-text models that the engine can run, as a table of their differences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from core.errors import ModelError

Sampling = Literal["flat", "each", "together"]


def _nothing() -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Family:
    """What the engine must know of one family beyond transformers' common interface.

    Args:
        model_type: The configuration's name for the family.
        title: Its name in sentences.
        example: A checkpoint that works.
        encoder_inputs: The image processor's outputs that `get_image_features` takes.
        grid_input: Which of `encoder_inputs` holds the grid of each image, (time, height, width)
            in patches: such a family keeps an image's aspect ratio within the pixel bounds, and
            its position ids are (3, S) along the grid. None: every image is one square tile of
            the model's own size, and its position ids (1, S) count along the prompt.
        tile_tokens: The processor's attribute that says how many tokens a tile has; None where
            there is a grid.
        one_tile: Image processor settings that keep an image from being cut into several tiles.
        sampling: How images are handed to the image processor so that the encoder answers with
            one (T, C) tensor per image, none of them seeing another: as a flat list, as a sample
            each, or together in one sample of at least two, as they stand in the prompt of a pair.
        joined: Whether the language model takes the tokens of all images as one tensor.
        deepstack: Whether the vision encoder gives further layers of tokens for an image, which
            are added inside the language model (DeepStack).
        template: Arguments of the chat template besides the messages.
        processor: Name of the processor class where transformers would choose another one.
    """

    model_type: str
    title: str
    example: str
    encoder_inputs: tuple[str, ...]
    grid_input: str | None = None
    tile_tokens: str | None = None
    one_tile: Mapping[str, Any] = field(default_factory=_nothing)
    sampling: Sampling = "flat"
    joined: bool = False
    deepstack: bool = False
    template: Mapping[str, Any] = field(default_factory=_nothing)
    processor: str | None = None


FAMILIES: tuple[Family, ...] = (
    Family(
        model_type="qwen2_5_vl",
        title="Qwen2.5-VL",
        example="Qwen/Qwen2.5-VL-3B-Instruct",
        encoder_inputs=("pixel_values", "image_grid_thw"),
        grid_input="image_grid_thw",
    ),
    Family(
        model_type="qwen3_vl",
        title="Qwen3-VL",
        example="Qwen/Qwen3-VL-2B-Instruct",
        encoder_inputs=("pixel_values", "image_grid_thw"),
        grid_input="image_grid_thw",
        deepstack=True,
    ),
    Family(
        model_type="internvl",
        title="InternVL3 and InternVL3.5",
        example="OpenGVLab/InternVL3-1B-hf",
        encoder_inputs=("pixel_values",),
        tile_tokens="image_seq_length",
        one_tile={"crop_to_patches": False},
        joined=True,
    ),
    Family(
        model_type="llava_onevision",
        title="LLaVA-OneVision",
        example="llava-hf/llava-onevision-qwen2-0.5b-ov-hf",
        encoder_inputs=("pixel_values", "image_sizes", "batch_num_images"),
        tile_tokens="num_image_tokens",
        sampling="together",
    ),
    Family(
        model_type="idefics3",
        title="Idefics3 and SmolVLM",
        example="HuggingFaceTB/SmolVLM-256M-Instruct",
        encoder_inputs=("pixel_values", "pixel_attention_mask"),
        tile_tokens="image_seq_len",
        one_tile={"do_image_splitting": False},
        sampling="each",
    ),
    Family(
        model_type="smolvlm",
        title="SmolVLM2",
        example="HuggingFaceTB/SmolVLM2-2.2B-Instruct",
        encoder_inputs=("pixel_values", "pixel_attention_mask"),
        tile_tokens="image_seq_len",
        one_tile={"do_image_splitting": False},
        sampling="each",
        # SmolVLM's own class asks for num2words and torchvision, which only videos need; for
        # images both write the same prompt.
        processor="Idefics3Processor",
    ),
    Family(
        model_type="qwen3_5",
        title="Qwen3.5",
        example="Qwen/Qwen3.5-4B",
        encoder_inputs=("pixel_values", "image_grid_thw"),
        grid_input="image_grid_thw",
        template={"enable_thinking": False},  # else the answer would follow a line of thought
    ),
)


def family_of(model_type: str, name: str) -> Family:
    """Return the row of the table for a configuration's `model_type`.

    Raises:
        ModelError: The model `name` belongs to no family of the table.
    """
    for family in FAMILIES:
        if family.model_type == model_type:
            return family
    known = ", ".join(f"{family.title} (such as {family.example})" for family in FAMILIES)
    raise ModelError(
        f"Model {name} is of the family '{model_type}', which Second Look cannot run; "
        f"choose a model of {known}."
    )
