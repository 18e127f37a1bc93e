"""Clocks, floating-point operations, the machine's matmul peak, peak memory."""

import gc
import statistics
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

_STATUS = Path("/proc/self/status")
_PEAK_SECONDS = 1.0


class Meter:
    """Measures on one device: CPU seconds of this process on a CPU, wall seconds on a GPU."""

    def __init__(self, device: torch.device) -> None:
        self._device = device

    @property
    def unit(self) -> str:
        """What a second is."""
        return "wall" if self._device.type == "cuda" else "CPU"

    def now(self) -> float:
        """Return seconds, after everything asked for is done."""
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
            return time.perf_counter()
        return time.process_time()

    def matmul_peak(self, dtype: torch.dtype, side: int) -> float:
        """Return floating-point operations per second of square matrix products, median of 5."""
        left = torch.randn(side, side, device=self._device, dtype=dtype)
        right = torch.randn(side, side, device=self._device, dtype=dtype)
        left @ right
        rates: list[float] = []
        for _ in range(5):
            started, n = self.now(), 0
            while (passed := self.now() - started) < _PEAK_SECONDS / 5 or n == 0:
                for _ in range(1 if self._device.type == "cpu" else 20):
                    left @ right
                    n += 1
            rates.append(2 * side**3 * n / passed if passed else 0.0)
        return statistics.median(rates)

    @contextmanager
    def peak_memory(self):
        """Yield a list that holds, afterwards, MiB at the peak above what was held before."""
        found: list[float] = []
        gc.collect()
        before = self._reset_peak()
        yield found
        found.append(self._peak() - before)

    def _reset_peak(self) -> float:
        if self._device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._device)
            return torch.cuda.memory_allocated(self._device) / 2**20
        Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak starts again
        return _status_mib("VmRSS")

    def _peak(self) -> float:
        if self._device.type == "cuda":
            return torch.cuda.max_memory_allocated(self._device) / 2**20
        return _status_mib("VmHWM")


def count_flops(work: Callable[[], object]) -> int:
    """Return the floating-point operations of matrix products and convolutions, 2 per product.

    Attention is run by its plain formula while counting, since fused CPU kernels are not counted.
    """
    counter = FlopCounterMode(display=False)
    with sdpa_kernel(SDPBackend.MATH), counter:
        work()
    return counter.get_total_flops()


def _status_mib(name: str) -> float:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"{_STATUS} has no {name}")
