"""How much memory is free where a model would be loaded, and how much its weights would take."""

import os
from collections.abc import Iterable
from pathlib import Path

import torch

from core.mllm.checkpoints import Checkpoint
from core.mllm.devices import pick_dtype
from core.mllm.quantisation import UNPACKED_ON_CPU
from core.mllm.troubles import trouble
from core.mllm.wanted import Quantise
from core.mllm.weight_files import Tensor, n_bytes, n_values, tensors_of
from core.types.setting import MemoryNeed

MOST_OF_MEMORY = 0.6
"""Weights that take more of all memory in float32 are loaded as bfloat16 on a CPU: the rest is for
the system, the pictures and the tokens."""
_BITS_PER_WEIGHT = {"4bit": 4.5, "8bit": 8.0}  # nf4: a float32 scale per 64 weights
_KEPT = ("visual.", "vision_tower.", "vision_model.", "connector.", "projector.", "lm_head")
_GROUP_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ),
)
_MEMINFO = Path("/proc/meminfo")


def fitting_dtype(dtype: str, place: torch.device, folder: Path) -> torch.dtype:
    """Return the number type of a model on a device: `auto` on a CPU depends on all its memory.

    It does not depend on what is free just now, so that stored tokens and scores, which belong to
    a number type, are found again.

    Raises:
        ModelError: The name is not known, or a weight file is damaged.
    """
    number = pick_dtype(dtype, place)
    if dtype != "auto" or number is not torch.float32:
        return number
    whole = total_bytes()
    large = whole is not None and n_values(folder) * number.itemsize > MOST_OF_MEMORY * whole
    return torch.bfloat16 if large else number


def need_of(
    found: Checkpoint, place: torch.device, dtype: torch.dtype, freed: int = 0
) -> MemoryNeed:
    """Return what a checkpoint's weights take once loaded, and what is free for them.

    Quantised on disk, they take what they take there, but for FP8 where there is no CUDA. `freed`
    are the bytes that the model that is loaded now gives back first.

    Raises:
        ModelError: A weight file is damaged.
    """
    if found.stored is None:
        taken = loaded_bytes(tensors_of(found.folder, found.name), dtype, found.quantise)
    elif found.stored in UNPACKED_ON_CPU and place.type != "cuda":
        taken = loaded_bytes(tensors_of(found.folder, found.name), dtype, "none")
    else:
        taken = n_bytes(found.folder)
    number, free = str(dtype).removeprefix("torch."), free_bytes(place)
    return MemoryNeed(
        n_bytes=taken,
        free_bytes=None if free is None else free + freed,
        dtype=number if found.method is None else f"{found.quantisation}, {number}",
        device=str(place),
    )


def refuse_too_large(name: str, need: MemoryNeed) -> None:
    """Do nothing if weights fit into what is free, or the system does not tell.

    Raises:
        ModelError: They do not; the sentence says how they could.
    """
    if need.free_bytes is None or need.n_bytes <= need.free_bytes:
        return
    words = {"need": f"{need.n_bytes / 1e9:.2f}", "free": f"{need.free_bytes / 1e9:.2f}"}
    remedies = ["choose a smaller model"]
    if "bit" not in need.dtype:
        remedies.append("`--quantise 4bit`")
    if need.dtype == "float32":
        remedies.append("`--dtype bfloat16`")
    remedy = " or ".join((", ".join(remedies[:-1]), remedies[-1]) if remedies[1:] else remedies)
    where = {"dtype": need.dtype, "device": need.device}
    raise trouble("memory", name=name, **words, **where, remedy=remedy)


def loaded_bytes(tensors: Iterable[Tensor], dtype: torch.dtype, quantise: Quantise) -> int:
    """Return what unquantised tensors take once loaded; `quantise` packs the linear layers."""
    bits = 8.0 * dtype.itemsize
    packed = _BITS_PER_WEIGHT.get(quantise, bits)
    return int(sum(one.n_values * (packed if _is_linear(one) else bits) for one in tensors) / 8)


def _is_linear(tensor: Tensor) -> bool:
    is_matrix = len(tensor.shape) == 2 and "embed" not in tensor.name
    return is_matrix and not any(mark in tensor.name for mark in _KEPT)


def free_bytes(device: torch.device) -> int | None:
    """Return the free memory of a device in bytes, or None where the system does not tell."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    known = [one for one in (_available(), *map(_group_rest, _GROUP_LIMITS)) if one is not None]
    return min(known, default=None)


def total_bytes() -> int | None:
    """Return all memory of the machine, or of the container; None where it does not tell."""
    limits = (_group_limit(files[0]) for files in _GROUP_LIMITS)
    known = [one for one in (_all_pages(), *limits) if one is not None]
    return min(known, default=None)


def _all_pages() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _group_limit(file: Path) -> int | None:
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):  # no such file, or the word max
        return None


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
