"""Load an image-text model and its processor from safetensors, offline where it can."""

import importlib
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from core.errors import ModelError
from core.mllm.devices import pick_device, pick_dtype
from core.mllm.families import Family, family_of
from core.mllm.model import Mllm
from core.mllm.model_files import (
    LOADING,
    first_line,
    locate,
    read_config,
    refuse_no_tokenizer,
)
from core.mllm.weights_hash import settings_hash, weights_hash

DEFAULT_MAX_PIXELS = 448 * 448
"""Area of an encoded image unless the caller says otherwise: 256 tokens of Qwen2.5-VL, whose own
bound (12,845,056 px) would make 16,384."""

ATTENTION = "sdpa"
BACKEND = "pil"

_THIRD_PARTY = (
    OSError,
    ValueError,
    RuntimeError,
    KeyError,
    TypeError,
    AttributeError,
    ImportError,
    SafetensorError,
)


def load_mllm(
    name: str,
    device: str = "auto",
    dtype: str = "auto",
    *,
    min_pixels: int | None = None,
    max_pixels: int = DEFAULT_MAX_PIXELS,
    hash_cache: Path | None = None,
) -> Mllm:
    """Load a model of a known family from a folder or hub id.

    A hub id is downloaded once into the hub's cache, and not at all when HF_HUB_OFFLINE is set.

    Args:
        name: Folder or hub id.
        device: auto (cuda, else mps, else cpu) or a torch device such as `cuda:1`.
        dtype: auto (bfloat16 on cuda, float16 on mps, float32 on cpu) or a name of those.
        min_pixels: Least area of an encoded image; None keeps the processor's own.
        max_pixels: Cap on the area of an encoded image; a smaller own bound is kept. Families
            that see every image as one square tile keep the model's own size instead.
        hash_cache: JSON file that remembers hashes of weights; None hashes at every start.

    Raises:
        ModelError: The model cannot be had, is refused, does not load, or does not fit.
    """
    place = pick_device(device)
    number = pick_dtype(dtype, place)
    family = _family(name)
    _refuse_broken_torchvision()
    folder = locate(name)
    processor = _load_processor(folder, family, name)
    bounds = _bound_pixels(processor.image_processor, family, min_pixels, max_pixels)
    model = _load_model(folder, number, name)
    return Mllm(
        name=name,
        family=family,
        model=_move(model, place, name),
        processor=processor,
        tokenizer=processor.tokenizer,
        device=place,
        dtype=str(number).removeprefix("torch."),
        attention=ATTENTION,
        processor_backend=BACKEND,
        min_pixels=bounds[0],
        max_pixels=bounds[1],
        weights_hash=weights_hash(folder, hash_cache),
        settings_hash=settings_hash(folder),
    )


def _family(name: str) -> Family:
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES as IMAGE_TEXT,
    )

    model_type = str(read_config(name).get("model_type", ""))
    if model_type not in IMAGE_TEXT:
        raise ModelError(
            f"Model {name} ('{model_type}') is not an image-text model; choose one that takes "
            "images and answers in text, such as Qwen/Qwen2.5-VL-3B-Instruct."
        )
    return family_of(model_type, name)


def _refuse_broken_torchvision() -> None:
    from transformers.utils.import_utils import is_torchvision_available

    if not is_torchvision_available():
        return
    try:
        importlib.import_module("torchvision")
    except Exception as error:  # a broken build raises whatever it likes
        raise ModelError(
            f"torchvision is installed but does not work ({first_line(error)}); Second Look does "
            "not need it: run `pip uninstall torchvision`."
        ) from error


def _load_processor(folder: Path, family: Family, name: str) -> Any:  # noqa: ANN401
    """Build the family's processor without its video half, which would demand torchvision."""
    from transformers.models.auto.processing_auto import (
        PROCESSOR_MAPPING_NAMES,  # pyright: ignore[reportPrivateImportUsage]
    )

    refuse_no_tokenizer(folder, name)
    offline = {"local_files_only": True, "trust_remote_code": False}
    try:
        own = str(PROCESSOR_MAPPING_NAMES[family.model_type])
        whole = getattr(transformers, family.processor or own)
        parts = [part for part in whole.get_attributes() if part != "video_processor"]
        changes = {
            "get_attributes": classmethod(lambda _: parts),
            "images_kwargs": {**getattr(whole, "images_kwargs", {}), **family.one_tile},
        }
        image_only = type(whole.__name__, (whole,), changes)
        processor = image_only.from_pretrained(str(folder), **offline)
        processor.image_processor = transformers.AutoImageProcessor.from_pretrained(
            str(folder), backend=BACKEND, **family.one_tile, **offline
        )
    except _THIRD_PARTY as error:
        raise ModelError(
            f"The processor of model {name} cannot be loaded ({first_line(error)}); the folder "
            "needs its tokenizer and preprocessor files."
        ) from error
    if not processor.chat_template:
        processor.chat_template = processor.tokenizer.chat_template
    if not processor.chat_template:
        raise ModelError(
            f"Model {name} has no chat template; choose an instruction-tuned model of the family."
        )
    return processor


def _bound_pixels(
    image_processor: Any,  # noqa: ANN401
    family: Family,
    low: int | None,
    high: int,
) -> tuple[int, int]:
    """Set the processor's area bounds and return them; a tile's area cannot be set."""
    own = image_processor.size
    if family.grid_input is None:
        own = getattr(image_processor, "max_image_size", own)
        area = int(own["longest_edge"]) ** 2 if "longest_edge" in own else own["height"] ** 2
        return area, area
    low = int(own["shortest_edge"]) if low is None else low
    high = min(int(own["longest_edge"]), high)
    low = low if low <= high else high
    if low < 1:
        raise ModelError(f"Pixel bounds {low} to {high} cannot be used; give positive areas.")
    image_processor.size = {"shortest_edge": low, "longest_edge": high}
    return low, high


def _load_model(folder: Path, dtype: torch.dtype, name: str) -> Any:  # noqa: ANN401
    try:
        auto: Any = transformers.AutoModelForImageTextToText
        with LOADING:
            model, report = auto.from_pretrained(
                str(folder),
                dtype=dtype,
                attn_implementation=ATTENTION,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
    except _THIRD_PARTY as error:
        raise ModelError(
            f"The weights of model {name} cannot be loaded ({first_line(error)}); download the "
            "model again."
        ) from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise ModelError(
            f"The weights of model {name} lack {len(missing)} tensors, such as {missing[0]}; "
            "download the model again."
        )
    return model.eval().requires_grad_(False)


def _move(model: Any, device: torch.device, name: str) -> Any:  # noqa: ANN401
    try:
        return model.to(device)
    except RuntimeError as error:
        raise ModelError(
            f"Model {name} does not fit on {device} ({first_line(error)}); use a smaller model, "
            "a smaller dtype, or another device."
        ) from error
