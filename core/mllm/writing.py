"""What the model writes about a pair, in its own words, token by token."""

from collections.abc import Iterator

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
    ids = torch.cat([start.ids, rest.ids])[None]
    positions = torch.cat([start.positions, rest.positions], dim=1)
    cache = DynamicCache(config=loaded.model.config.get_text_config())
    images = [one.image.to(loaded.device) for one in (start, rest)]
    ends = _end_ids(loaded)
    place = positions.max() + 1
    written: list[int] = []
    hidden = _step(loaded, cache, ids, positions, images)
    while len(written) < most_tokens:
        with torch.inference_mode():
            token = int(all_logits(loaded, hidden)[0].argmax())
        if token in ends:
            return
        written.append(token)
        yield str(loaded.tokenizer.decode(written, skip_special_tokens=True)).strip()
        step = place.expand(len(positions), 1)
        hidden = _step(loaded, cache, torch.tensor([[token]]), step, None)
        place = place + 1


def _step(
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
