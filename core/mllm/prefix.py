"""The part of a prompt that all candidates of a query share: run once, then only read."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from transformers.cache_utils import Cache, DynamicCache, DynamicLayer, LinearAttentionLayer
from transformers.modeling_outputs import BaseModelOutputWithPooling
from transformers.models.qwen3_vl.modeling_qwen3_vl import BaseModelOutputWithDeepstackFeatures

from core.errors import ModelError
from core.mllm.batching import BatchLimits, run_in_batches
from core.mllm.families import Family
from core.mllm.model import Mllm
from core.mllm.prompt_layout import Segment, pad_right


class PrefixLayer(DynamicLayer):
    """Keys and values (1, heads, P, head_dim) that any batch may attend to and none may change."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor) -> None:
        super().__init__()
        self.lazy_initialization(keys, values)
        self.keys, self.values = keys, values

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        *args: Any,  # noqa: ANN401, ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return prefix + suffix (B, heads, P + S, head_dim); nothing is kept."""
        assert self.keys is not None, "set in __init__"
        assert self.values is not None, "set in __init__"
        n = key_states.shape[0]
        return (
            torch.cat([self.keys.expand(n, -1, -1, -1), key_states], dim=-2),
            torch.cat([self.values.expand(n, -1, -1, -1), value_states], dim=-2),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The state after `length` prompt tokens, one layer per layer of the model.

    Keys and values are shared by any batch; a recurrent state (of linear attention) moves on with
    every token, so each batch gets copies of it.
    """

    layers: tuple[PrefixLayer | LinearAttentionLayer, ...]
    length: int

    def for_batch(self, n: int) -> Cache:
        """Return a cache from which n prompts go on; it leaves this prefix as it is."""
        return Cache(layers=[_for_batch(layer, n) for layer in self.layers])


def run_prefix(
    loaded: Mllm, ids: torch.Tensor, positions: torch.Tensor, image: torch.Tensor | None
) -> Prefix:
    """Run the prompt up to an image's first token; call it under the lock.

    Args:
        loaded: The model.
        ids: (1, P) int64 with one placeholder per token of the query's image.
        positions: (3, 1, P) or (1, P) int64 as in the full prompt.
        image: (1 + L, T, C) the query's visual tokens and extra layers; None where the prefix
            ends before the query.

    Raises:
        ModelError: The model keeps a state that prompts cannot share.
    """
    cache = DynamicCache(config=loaded.model.config.get_text_config())
    with read_only_at(loaded, ids.new_zeros(1)):  # of this pass only the cache is kept
        loaded.base(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            position_ids=positions,
            cache=cache,
            use_cache=True,
            mm_encoder_outputs=None if image is None else encoder_outputs(loaded.family, [image]),
        )
    return Prefix(tuple(_shared(layer, loaded) for layer in cache.layers), ids.shape[1])


def _shared(layer: object, loaded: Mllm) -> PrefixLayer | LinearAttentionLayer:
    if type(layer) is LinearAttentionLayer:
        return layer
    if type(layer) is not DynamicLayer:
        raise ModelError(
            f"Model {loaded.name} has a layer ({type(layer).__name__}) whose state candidates "
            f"cannot share; choose {loaded.family.example}."
        )
    assert layer.keys is not None, "the prefix was run"
    assert layer.values is not None, "the prefix was run"
    return PrefixLayer(layer.keys, layer.values)


def _for_batch(
    layer: PrefixLayer | LinearAttentionLayer, n: int
) -> PrefixLayer | LinearAttentionLayer:
    if isinstance(layer, PrefixLayer):
        return layer
    own = deepcopy(layer)
    own.reorder_cache(torch.LongTensor([0] * n))  # n copies of the only row
    return own


def run_suffixes(
    loaded: Mllm,
    prefix: Prefix,
    ids: torch.Tensor,
    mask: torch.Tensor,
    positions: torch.Tensor,
    images: list[torch.Tensor],
) -> torch.Tensor:
    """Return the hidden state (B, C) at the last real token of each right-padded suffix.

    Args:
        loaded: The model; call this under its lock.
        prefix: The shared start of the prompts.
        ids: (B, S) int64, right-padded, one placeholder per token of each candidate.
        mask: (B, S) int64, 1 on real tokens.
        positions: (3, B, S) or (B, S) int64 as in the full prompts.
        images: The visual tokens and extra layers (1 + L, T_i, C) of each candidate.
    """
    shared = torch.ones(len(ids), prefix.length, dtype=mask.dtype, device=mask.device)
    ends = mask.sum(dim=1) - 1
    with read_only_at(loaded, ends):
        output = loaded.base(
            input_ids=ids,
            attention_mask=torch.cat([shared, mask], dim=1),
            position_ids=positions,
            cache=prefix.for_batch(len(ids)),
            use_cache=True,
            mm_encoder_outputs=encoder_outputs(loaded.family, images),
        )
    last: torch.Tensor = output.last_hidden_state[torch.arange(len(ids), device=ids.device), ends]
    return last


def encoder_outputs(family: Family, images: Sequence[torch.Tensor]) -> dict[str, Any]:
    """Wrap images (1 + L, T_i, C) as the vision encoder's answer, in a dict that is the model's."""
    tokens = [image[0] for image in images]
    if family.deepstack:
        layers = [[image[layer] for image in images] for layer in range(1, len(images[0]))]
        return {
            "image": BaseModelOutputWithDeepstackFeatures(
                pooler_output=tokens,  # pyright: ignore[reportArgumentType]
                deepstack_features=layers,  # pyright: ignore[reportArgumentType]
            )
        }
    answer: Any = torch.cat(tokens) if family.joined else tokens
    return {"image": BaseModelOutputWithPooling(pooler_output=answer)}


def hidden_states(
    loaded: Mllm,
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


def _prefix(loaded: Mllm, start: Segment, limits: BatchLimits) -> Prefix:
    def run(_: slice) -> Prefix:
        batch = pad_right([start], loaded.device)
        image = batch.images[0] if batch.images[0].shape[1] else None
        with loaded.lock, torch.inference_mode():
            return run_prefix(loaded, batch.ids, batch.positions, image)

    return next(run_in_batches([len(start.ids)], limits, run, "query"))


@contextmanager
def read_only_at(loaded: Mllm, places: torch.Tensor) -> Generator[None]:
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
