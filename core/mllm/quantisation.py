"""How the weights of a model are quantised: what is known, what it needs, what is refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from core.mllm.troubles import trouble
from core.mllm.wanted import Quantise
from core.mllm.weight_files import Tensor

UNQUANTISED = "none"
_CONFIGS = ("quantization_config", "compression_config")
_PACKED = frozenset({"U32", "I32", "U8", "I8", "U16", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F4"})
_LEFT_OVER = ("scale", "qzeros", "qweight", "weight_packed", "absmax", "quant_state", ".biases")
KEPT = (
    "lm_head",
    "model.visual",
    "model.vision_tower",
    "model.vision_model",
    "model.connector",
    "model.multi_modal_projector",
)
"""What `quantise` leaves in its own number type: two rows of the head are read in float32, and
stored visual tokens keep the vision tower's precision."""


UNPACKED_ON_CPU = frozenset({"fp8", "mxfp8"})
"""What transformers turns into plain numbers while loading where there is no CUDA device."""


@dataclass(frozen=True, slots=True)
class Method:
    """A kind of quantisation: in words, the packages it needs, and whether only CUDA runs it."""

    title: str
    packages: tuple[str, ...] = ()
    needs_cuda: bool = False


# Packages as the quantizers of transformers 5.24 ask for them (quantizers/quantizer_*.py).
METHODS: Mapping[str, Method] = {
    "bitsandbytes_4bit": Method("bitsandbytes 4 bit", ("bitsandbytes", "accelerate")),
    "bitsandbytes_8bit": Method("bitsandbytes 8 bit", ("bitsandbytes", "accelerate")),
    "gptq": Method("GPTQ", ("optimum", "gptqmodel")),
    "awq": Method("AWQ", ("gptqmodel", "accelerate")),
    "fp8": Method("FP8", ("accelerate",)),
    "mxfp8": Method("MXFP8", ("accelerate",)),
    "compressed-tensors": Method("compressed-tensors", ("compressed-tensors", "accelerate")),
    "torchao": Method("torchao", ("torchao", "accelerate")),
    "auto-round": Method("AutoRound", ("auto-round",)),
    "hqq": Method("HQQ", ("hqq", "accelerate")),
    "quanto": Method("Quanto", ("optimum-quanto", "accelerate")),
    "aqlm": Method("AQLM", ("aqlm", "accelerate")),
    "bitnet": Method("BitNet", ("accelerate",)),
    "quark": Method("Quark", ("amd-quark",)),
    "mxfp4": Method("MXFP4", ("accelerate", "kernels")),
    "eetq": Method("EETQ", ("kernels", "accelerate"), needs_cuda=True),
    "fbgemm_fp8": Method("FBGEMM FP8", ("fbgemm-gpu", "accelerate"), needs_cuda=True),
    "higgs": Method("HIGGS", ("flute-kernel", "accelerate"), needs_cuda=True),
    "nvfp4": Method("NVFP4", ("kernels", "accelerate"), needs_cuda=True),
    "spqr": Method("SpQR", ("spqr-quant", "accelerate"), needs_cuda=True),
    "vptq": Method("VPTQ", ("vptq", "accelerate"), needs_cuda=True),
}


def stored_method(config: Mapping[str, Any], name: str) -> str | None:
    """Return the method by which a model's configuration says it is quantised, None = it is not.

    Raises:
        ModelError: It is packed for MLX, or by a method that transformers does not know and would
            skip with a log line.
    """
    own = _quantisation_config(config)
    if own is None:
        if isinstance(config.get("quantization"), dict):
            raise trouble("mlx", name=name)
        return None
    method = str(own.get("quant_method") or "")[:40]
    if not method and _is_bitsandbytes(own):
        method = "bitsandbytes"
    if not method and {"group_size", "bits"} <= own.keys():
        raise trouble("mlx", name=name)
    if method == "bitsandbytes":
        method = f"bitsandbytes_{4 if _has(own, 'load_in_4bit') else 8}bit"
    if method not in _known():
        raise _unknown(name, method or "without a method")
    return method


def refuse_packed(tensors: Iterable[Tensor], name: str) -> None:
    """Do nothing if weights that no configuration calls quantised are plain numbers.

    Raises:
        ModelError: A matrix holds packed integers or 8 bit floats, whose scales would be skipped.
    """
    for tensor in tensors:
        if tensor.dtype in _PACKED and len(tensor.shape) > 1:
            raise _unknown(name, f"{tensor.dtype} tensors such as {tensor.name[:80]}")


def refuse_left_over(unexpected: Iterable[str], name: str) -> None:
    """Do nothing if no tensor of a quantisation was skipped while the model was loaded.

    Raises:
        ModelError: One was: the weights would be numbers without their scales.
    """
    found = sorted(key for key in unexpected if any(mark in key for mark in _LEFT_OVER))
    if found:
        raise trouble("foreign", name=name, n=len(found), tensor=found[0][:80])


def refuse_lacking_packages(method: str, name: str, device: torch.device) -> None:
    """Do nothing if what a method needs is installed and the device can run it.

    Raises:
        ModelError: A package is missing, named with the line that installs it; or a GPU is.
    """
    known = METHODS.get(method, Method(method))
    if known.needs_cuda and device.type != "cuda":
        raise trouble("needs-gpu", name=name, method=known.title, device=device)
    lacking = [one for one in known.packages if not is_installed(one)]
    if lacking:
        words = {"packages": " and ".join(lacking), "install": " ".join(lacking)}
        raise trouble("packages", name=name, method=known.title, **words)


def title_of(method: str | None) -> str:
    """Return a method in words, `none` without one."""
    if method is None:
        return UNQUANTISED
    return METHODS.get(method, Method(method)).title


def method_of(quantise: Quantise) -> str | None:
    """Return the method that `model.quantise` means."""
    return None if quantise == "none" else f"bitsandbytes_{quantise}"


def while_loading(quantise: Quantise, dtype: torch.dtype) -> dict[str, Any]:
    """Return what `from_pretrained` is told to quantise the language model's linear layers."""
    if quantise == "none":
        return {}
    from transformers import BitsAndBytesConfig

    kinds: dict[str, Any] = {"load_in_8bit": True}
    if quantise == "4bit":
        kinds = {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_compute_dtype": dtype,
        }
    return {"quantization_config": BitsAndBytesConfig(**kinds, llm_int8_skip_modules=[*KEPT])}


def is_installed(package: str) -> bool:
    """Return whether a distribution is installed; nothing is imported."""
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def _quantisation_config(config: Mapping[str, Any]) -> Mapping[str, Any] | None:
    parts = (config, config.get("text_config"), config.get("llm_config"))
    for part in (one for one in parts if isinstance(one, dict)):
        for key in _CONFIGS:
            if isinstance(part.get(key), dict):
                return part[key]
            if part.get(key) is not None:
                return {"quant_method": repr(part[key])}
    return None


def _is_bitsandbytes(config: Mapping[str, Any]) -> bool:
    return _has(config, "load_in_4bit") or _has(config, "load_in_8bit")


def _has(config: Mapping[str, Any], key: str) -> bool:
    return bool(config.get(key) or config.get(f"_{key}"))


def _known() -> frozenset[str]:
    from transformers.quantizers.auto import AUTO_QUANTIZER_MAPPING

    return frozenset(AUTO_QUANTIZER_MAPPING)


def _unknown(name: str, method: str) -> Exception:
    words = {"method": method, "version": version("transformers")}
    return trouble("unknown-quantisation", name=name, **words)
