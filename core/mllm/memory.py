"""How much memory is free where a model would be loaded, and how much its weights would take."""

import os
from pathlib import Path

import torch

from core.mllm.devices import pick_device, pick_dtype
from core.mllm.model_folders import n_values
from core.types.setting import MemoryNeed

_GROUP_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
_MEMINFO = Path("/proc/meminfo")


def memory_need(folder: Path, device: str, dtype: str, replaced: Path | None) -> MemoryNeed:
    """Return what the weights of a folder take once loaded, and what is free for them.

    Args:
        folder: Of safetensors weights.
        device: auto or a torch device.
        dtype: auto or a name of a number type.
        replaced: Folder of the model that is loaded now and goes first, None = no model is.

    Raises:
        ModelError: The device cannot be used here, or a weight file is damaged.
    """
    place = pick_device(device)
    number = pick_dtype(dtype, place)
    free = free_bytes(place)
    if free is not None and replaced is not None:
        free += n_values(replaced) * number.itemsize
    return MemoryNeed(
        n_bytes=n_values(folder) * number.itemsize,
        free_bytes=free,
        dtype=str(number).removeprefix("torch."),
        device=str(place),
    )


def free_bytes(device: torch.device) -> int | None:
    """Return the free memory of a device in bytes, or None where the system does not tell."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    known = [one for one in (_available(), *map(_group_rest, _GROUP_LIMITS)) if one is not None]
    return min(known, default=None)


def _available() -> int | None:
    """Return what the system can give without swapping."""
    try:
        lines = _MEMINFO.read_text("ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line[:13] == "MemAvailable:")
    except (OSError, ValueError, StopIteration):
        return _free_pages()


def _free_pages() -> int | None:
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):  # macOS does not tell
        return None


def _group_rest(files: tuple[Path, Path]) -> int | None:
    """Return what a container's limit leaves; None without a limit."""
    try:
        limit, used = (int(file.read_text("ascii")) for file in files)
    except (OSError, ValueError):  # no such file, or the word max
        return None
    return max(0, limit - used)
