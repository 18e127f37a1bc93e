"""Cut long lists into batches that fit in memory; halve them when one does not."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core.errors import ModelError

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")

_CPU_OUT_OF_MEMORY = "can't allocate memory"  # torch's CPU allocator raises a plain RuntimeError
_MPS_OUT_OF_MEMORY = "MPS backend out of memory"


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much goes through the model at once; results do not depend on it beyond rounding.

    `items` is a number of images or candidates; `tokens` the padded tokens of such a batch.
    """

    items: int = 16
    tokens: int = 8192


def run_in_batches(
    lengths: Sequence[int],
    limits: BatchLimits,
    run: Callable[[slice], _Result],
    what: str,
) -> Iterator[_Result]:
    """Yield `run(span)` for consecutive spans of the items that cover all of them in order.

    A span that runs out of memory is run again at half its size, and later ones stay that small.

    Args:
        lengths: Tokens of each item; a batch costs its longest item times its number of items.
        limits: Largest number of items and of padded tokens; one item always goes through.
        run: The work on one span.
        what: The kind of item, for the error.

    Raises:
        ModelError: One single item does not fit in memory.
    """
    start, most = 0, limits.items
    while start < len(lengths):
        stop = _end_of_batch(lengths, start, BatchLimits(most, limits.tokens))
        try:
            result = run(slice(start, stop))
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if not is_out_of_memory(error):
                raise
            if stop - start == 1:
                raise ModelError(
                    f"Out of memory with a single {what} of {lengths[start]} tokens; lower the "
                    "pixel bound, or use a smaller model or dtype."
                ) from error
            most = (stop - start) // 2
        else:
            yield result
            start = stop
            continue
        _log.warning("Out of memory with %d %ss; trying %d.", stop - start, what, most)
        _free_memory()


def is_out_of_memory(error: RuntimeError) -> bool:
    """Return whether a torch error means that a device or the machine has no memory left."""
    import torch

    text = str(error)
    return (
        isinstance(error, torch.OutOfMemoryError)
        or _CPU_OUT_OF_MEMORY in text
        or _MPS_OUT_OF_MEMORY in text
    )


def _end_of_batch(lengths: Sequence[int], start: int, limits: BatchLimits) -> int:
    stop, longest = start + 1, lengths[start]
    while stop < len(lengths) and stop - start < limits.items:
        longest = max(longest, lengths[stop])
        if longest * (stop + 1 - start) > limits.tokens:
            break
        stop += 1
    return stop


def _free_memory() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
