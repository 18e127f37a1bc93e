"""Which device and which number type a model runs with."""

import torch

from core.errors import ModelError

_DTYPES = {
    "bfloat16": torch.bfloat16,
    "bf16": torch.bfloat16,
    "float16": torch.float16,
    "fp16": torch.float16,
    "float32": torch.float32,
    "fp32": torch.float32,
}
_AUTO_DTYPES = {"cuda": torch.bfloat16, "mps": torch.float16}


def pick_device(device: str) -> torch.device:
    """Return the device meant by `device`.

    Raises:
        ModelError: The text is no torch device or this machine does not have it.
    """
    if device == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        place = torch.device(device)
        if place.type == "meta":
            raise NotImplementedError("it holds no numbers")
        torch.empty(1, device=place)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise ModelError(
            f"Device '{device}' cannot be used on this machine; use auto or cpu."
        ) from error
    return place


def pick_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """Return the number type meant by `dtype` on this device.

    Raises:
        ModelError: The name is not known.
    """
    if dtype == "auto":
        return _AUTO_DTYPES.get(device.type, torch.float32)
    if dtype not in _DTYPES:
        raise ModelError(f"Dtype '{dtype}' is not known; use auto or one of {', '.join(_DTYPES)}.")
    return _DTYPES[dtype]
