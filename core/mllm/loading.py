"""Load an image-text model and its processor from safetensors, offline where it can."""

import importlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import transformers
from safetensors import SafetensorError

from core.errors import ModelError
from core.fingerprint import digest
from core.mllm.adapters import with_adapter
from core.mllm.batching import BatchLimits
from core.mllm.checkpoints import Checkpoint, find_checkpoint
from core.mllm.devices import pick_device
from core.mllm.families import Family
from core.mllm.memory import fitting_dtype, need_of, refuse_too_large
from core.mllm.model import Mllm
from core.mllm.model_files import ADAPTER, LOADING, first_line
from core.mllm.quantisation import refuse_left_over, while_loading
from core.mllm.selftest import drawn_images
from core.mllm.tokens import encode_images
from core.mllm.troubles import trouble
from core.mllm.wanted import Quantise, Wanted
from core.mllm.weights_hash import settings_hash, weights_hash
from core.types.runs import Progress

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
    adapter: str | None = None,
    quantise: Quantise = "none",
    watch: Callable[[Progress], None] = lambda _: None,
) -> Mllm:
    """Load a model of a known family from a folder or hub id.

    A hub id is downloaded once into the hub's cache, and not at all when HF_HUB_OFFLINE is set.

    Args:
        name: Folder, hub id or `ID@REVISION`, of a model or of an adapter that names its base.
        device: auto (cuda, else mps, else cpu) or a torch device such as `cuda:1`.
        dtype: auto (bfloat16 on cuda, float16 on mps; on a CPU float32, or bfloat16 where float32
            would take most of the machine's memory) or a name of those.
        min_pixels: Least area of an encoded image; None keeps the processor's own.
        max_pixels: Cap on the area of an encoded image; a smaller own bound is kept. Families
            that see every image as one square tile keep the model's own size instead.
        hash_cache: JSON file that remembers hashes of weights; None hashes at every start.
        adapter: Folder or hub id of a PEFT adapter; `none` leaves out the one of the folder.
        quantise: What is done to the language model's linear layers (bitsandbytes).
        watch: Is told how far a download is.

    Raises:
        ModelError: The model cannot be had, is refused, does not load, or does not fit.
    """
    place = pick_device(device)
    _refuse_broken_torchvision()
    wanted = Wanted(device, dtype, adapter, quantise)
    found = find_checkpoint(name, place, wanted, watch)
    number = fitting_dtype(dtype, place, found.folder)
    refuse_too_large(found.name, need_of(found, place, number))
    processor = _load_processor(found.folder, found.family, found.name)
    bounds = _bound_pixels(processor.image_processor, found.family, min_pixels, max_pixels)
    loaded = Mllm(
        name=name,
        family=found.family,
        model=_load_model(found, number, place),
        processor=processor,
        tokenizer=processor.tokenizer,
        device=place,
        dtype=str(number).removeprefix("torch."),
        attention=ATTENTION,
        processor_backend=BACKEND,
        min_pixels=bounds[0],
        max_pixels=bounds[1],
        weights_hash=_hash(found, hash_cache),
        settings_hash=settings_hash(found.folder),
        quantisation=found.quantisation,
        is_packed_here=found.quantise != "none",
        adapter="none" if found.adapter is None else Path(found.adapter.name).name,
        revision=found.revision,
    )
    return loaded if found.method is None else _with_own_dtype(loaded)


def _hash(found: Checkpoint, cache: Path | None) -> str:
    """Return the hash of the weights, and of the adapter where there is one."""
    own = weights_hash(found.folder, cache)
    if found.adapter is None:
        return own
    return digest({"weights": own, "adapter": found.adapter.sha256})


def _with_own_dtype(loaded: Mllm) -> Mllm:
    """Return a quantised model with the number type that its visual tokens really have."""
    (tokens,) = encode_images(loaded, drawn_images(1), BatchLimits(1, 4096))
    return replace(loaded, dtype=tokens.dtype)


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


def _load_model(found: Checkpoint, dtype: torch.dtype, device: torch.device) -> Any:  # noqa: ANN401
    name, is_quantised = found.name, found.method is not None
    options: dict[str, Any] = while_loading(found.quantise, dtype)
    if found.kernel is not None:
        options["config"] = _without_kernel(found)
    if is_quantised:
        options["device_map"] = {"": device}
    try:
        auto: Any = transformers.AutoModelForImageTextToText
        with LOADING, _weights_alone(found.folder) as folder:
            model, report = auto.from_pretrained(
                str(folder),
                dtype=dtype,
                attn_implementation=ATTENTION,
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
                **options,
            )
    except _THIRD_PARTY as error:
        raise _not_loaded(name, error) from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise trouble("lacking", name=name, n=len(missing), tensor=missing[0])
    refuse_left_over(report["unexpected_keys"], name)
    if found.adapter is not None:
        with LOADING:
            model = with_adapter(model, found.adapter, name, merge=not is_quantised)
    model = model.eval().requires_grad_(False)
    return model if is_quantised else _move(model, device, name)


def _not_loaded(name: str, error: Exception) -> ModelError:
    text = first_line(error)
    if isinstance(error, ImportError):
        remedy = "install the package that it names"
    elif "mismatch" in text or "shape" in text:
        remedy = "choose weights and configuration of one checkpoint"
    else:
        remedy = "choose another checkpoint of the model"
    return ModelError(f"The weights of model {name} cannot be loaded ({text}); {remedy}.")


def _without_kernel(found: Checkpoint) -> Any:  # noqa: ANN401
    """Return the configuration without the attention kernel that it asks for."""
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    own = {key: _plain(value) for key, value in _plain(found.config).items()}
    return CONFIG_MAPPING[found.family.model_type].from_dict(own)


def _plain(value: Any) -> Any:  # noqa: ANN401
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if not key.endswith("attn_implementation")}


@contextmanager
def _weights_alone(folder: Path) -> Generator[Path]:
    """Give a folder without an adapter: transformers adds one that lies beside the weights."""
    if not (folder / ADAPTER).is_file():
        yield folder
        return
    with TemporaryDirectory() as made:
        for path in folder.iterdir():
            if not path.name.startswith("adapter_"):
                (Path(made) / path.name).symlink_to(path.resolve())
        yield Path(made)


def _move(model: Any, device: torch.device, name: str) -> Any:  # noqa: ANN401
    try:
        return model.to(device)
    except RuntimeError as error:
        raise ModelError(
            f"Model {name} does not fit on {device} ({first_line(error)}); use a smaller model, "
            "a smaller dtype, or another device."
        ) from error
