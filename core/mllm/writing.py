"""What the model writes about a pair, in its own words, token by token."""

from collections.abc import Iterator, Sequence

import torch
from transformers.cache_utils import DynamicCache

from core.mllm.answers import all_logits
from core.mllm.model import Mllm
from core.mllm.prefix import encoder_outputs
from core.mllm.prompt_layout import PairAssembler, render
from core.mllm.prompts import Prompt
from core.types.scores import VisualTokens

MOST_TOKENS = 160


def write(
    loaded: Mllm,
    prompt: Prompt,
    query: VisualTokens,
    candidate: VisualTokens,
    most_tokens: int = MOST_TOKENS,
) -> Iterator[str]:
    """Yield the text so far after every token; greedy decoding from stored tokens.

    Costs one pass over the pair and one short pass per token. Ends where the model ends, or after
    `most_tokens`; closing the generator stops within one token.

    Raises:
        ModelError: The prompt cannot be rendered.
    """
    pair_prompt = render(loaded, prompt)
    assembler = PairAssembler(loaded, pair_prompt, query)
    start, rest = assembler.prefix(), assembler.suffix(candidate)
    ids = torch.cat([start.ids, rest.ids])
    positions = torch.cat([start.positions, rest.positions], dim=1)
    yield from greedy(loaded, ids, positions, [start.image, rest.image], most_tokens)


def greedy(
    loaded: Mllm,
    ids: torch.Tensor,
    positions: torch.Tensor,
    images: Sequence[torch.Tensor],
    most_tokens: int,
) -> Iterator[str]:
    """Yield the text that follows a prompt, after every token.

    Args:
        loaded: The model.
        ids: (S,) of the prompt.
        positions: (A, S) of the full prompt.
        images: (1 + L, T_i, C) of each image in order.
        most_tokens: After which the text ends at the latest.
    """
    cache = DynamicCache(config=loaded.model.config.get_text_config())
    ends = _end_ids(loaded)
    place = positions.max() + 1
    written: list[int] = []
    shown = [image.to(loaded.device) for image in images]
    hidden = step(loaded, cache, ids[None], positions, shown)
    while len(written) < most_tokens:
        with torch.inference_mode():
            token = int(all_logits(loaded, hidden)[0].argmax())
        if token in ends:
            return
        written.append(token)
        yield str(loaded.tokenizer.decode(written, skip_special_tokens=True)).strip()
        where = place.expand(len(positions), 1)
        hidden = step(loaded, cache, torch.tensor([[token]]), where, None)
        place = place + 1


def step(
    loaded: Mllm,
    cache: DynamicCache,
    ids: torch.Tensor,
    positions: torch.Tensor,
    images: list[torch.Tensor] | None,
) -> torch.Tensor:
    """Return the last hidden state (1, C) after `ids` (1, S) at `positions` (A, S)."""
    seen = cache.get_seq_length() + ids.shape[1]
    where = positions[:, None] if len(positions) > 1 else positions
    with loaded.lock, torch.inference_mode():
        output = loaded.base(
            input_ids=ids.to(loaded.device),
            attention_mask=torch.ones(1, seen, dtype=torch.int64, device=loaded.device),
            position_ids=where.to(loaded.device),
            cache=cache,
            use_cache=True,
            mm_encoder_outputs=None if images is None else encoder_outputs(loaded.family, images),
        )
    last: torch.Tensor = output.last_hidden_state[:, -1]
    return last


def _end_ids(loaded: Mllm) -> frozenset[int]:
    """Return the tokens that end an answer, from the model's own settings."""
    found = loaded.model.generation_config.eos_token_id
    ids = [found] if isinstance(found, int) else list(found or [])
    tokenizer = loaded.tokenizer.eos_token_id
    return frozenset([*ids, *([] if tokenizer is None else [int(tokenizer)])])
