"""Run prompts that share a start: the start once, then the rests in batches that fit."""

from collections.abc import Callable, Iterator, Sequence

import torch

from core.mllm.batching import BatchLimits, run_in_batches
from core.mllm.model import LoadedMllm
from core.mllm.prefix import Prefix, run_prefix, run_suffixes
from core.mllm.prompt_layout import Segment, pad_right


def hidden_states(
    loaded: LoadedMllm,
    start: Segment,
    lengths: Sequence[int],
    rests: Callable[[slice], list[Segment]],
    limits: BatchLimits,
) -> Iterator[torch.Tensor]:
    """Yield the hidden state (B, C) at the end of each prompt, batch by batch, in order.

    Args:
        loaded: The model; its lock is held during every pass.
        start: What all prompts begin with.
        lengths: Tokens of each rest.
        rests: The rests of a span, made when their turn comes.
        limits: Largest batch; results do not depend on it beyond rounding.

    Raises:
        ModelError: A single prompt does not fit in memory, or the model keeps a state that
            prompts cannot share.
    """
    prefix = _prefix(loaded, start, limits)

    def run(span: slice) -> torch.Tensor:
        batch = pad_right(rests(span), loaded.device)
        with loaded.lock, torch.inference_mode():
            return run_suffixes(
                loaded, prefix, batch.ids, batch.mask, batch.positions, batch.images
            )

    yield from run_in_batches(lengths, limits, run, "candidate")


def _prefix(loaded: LoadedMllm, start: Segment, limits: BatchLimits) -> Prefix:
    def run(_: slice) -> Prefix:
        batch = pad_right([start], loaded.device)
        image = batch.images[0] if batch.images[0].shape[1] else None
        with loaded.lock, torch.inference_mode():
            return run_prefix(loaded, batch.ids, batch.positions, image)

    return next(run_in_batches([len(start.ids)], limits, run, "query"))
