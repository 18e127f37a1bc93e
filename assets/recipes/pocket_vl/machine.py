"""Where training runs and writes: torch's default device, set once by the command line, and a log.

Random draws happen on that device, so runs on different devices take different examples.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from numpy.typing import NDArray
from torch import Tensor


def add_options(parser: argparse.ArgumentParser) -> None:
    """Let a command be told device and threads."""
    parser.add_argument("--device", default="cpu", help="cpu or cuda (default: cpu)")
    parser.add_argument("--threads", type=int, default=2, help="of the CPU (default: 2)")


def settle(device: str, threads: int) -> None:
    """Make `device` the one that everything runs on from now on."""
    torch.set_num_threads(threads)
    if torch.device(device) != here():  # a default that was set costs a little in every call
        torch.set_default_device(device)


def here() -> torch.device:
    """Return the device that everything runs on."""
    return torch.get_default_device()


def to_here(array: NDArray) -> Tensor:
    """Return an array as a tensor on the device."""
    return torch.from_numpy(array).to(here())


def make_generator(seed: int) -> torch.Generator:
    """Return a seeded source of random numbers on the device."""
    return torch.Generator(here()).manual_seed(seed)


def mixed_precision() -> torch.autocast:
    """Return the context in which matrices are multiplied in the working type."""
    return torch.autocast(here().type, torch.bfloat16, working_type() == torch.bfloat16)


def working_type() -> torch.dtype:
    """Return bfloat16 where the device has instructions for it, else float32.

    Without them a step of training takes 15 times as long in bfloat16.
    """
    return torch.bfloat16 if _multiplies_bfloat16() else torch.float32


def _multiplies_bfloat16() -> bool:
    if here().type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    known = torch.cpu.get_capabilities()
    return any(known.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def speak() -> None:
    """Write progress to stderr; for processes of a pool too."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")


@contextmanager
def log_to(folder: Path) -> Iterator[None]:
    """Write what is logged to `train.log` of a folder as well."""
    handler = logging.FileHandler(folder / "train.log")
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
