"""Spare what only the other tokens need: the last layer's feed-forward, at all places but one.

A pair's score is read at one token. Behind the last attention tokens no longer see each other, so
there the feed-forward, two thirds of a layer, is needed at that token alone.
"""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch

from core.mllm.model import LoadedMllm


@contextmanager
def read_only_at(loaded: LoadedMllm, places: torch.Tensor) -> Generator[None]:
    """Within this, only the hidden states at `places` (B,) of the model's output are right.

    They are those of the whole pass, as are the keys and values that it leaves. Call it under the
    model's lock.
    """
    rows = torch.arange(len(places), device=places.device)

    def pick(_: torch.nn.Module, given: tuple[Any, ...]) -> torch.Tensor:
        (hidden,) = given
        return hidden[rows, places][:, None]  # (B, 1, C), added to all S tokens

    hook = loaded.model.get_decoder().layers[-1].mlp.register_forward_pre_hook(pick)
    try:
        yield
    finally:
        hook.remove()
