"""Which tokens count as yes and no, and what the output head says about them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch.nn import functional

from core.errors import ModelError
from core.mllm.model import Mllm
from core.mllm.prompts import Prompt

_ROWS_AT_ONCE = 16_384  # head rows held in float32 at a time: 235 MB at hidden size 3584


@dataclass(frozen=True, slots=True)
class Variant:
    """A spelling of an answer that is exactly one token after the prompt."""

    word: str
    token_id: int


@dataclass(frozen=True, slots=True)
class AnswerTokens:
    """The variants that survive in context, and the one of each side that is scored.

    `all_ids` holds those of yes first; `yes_ids` are only these.
    """

    yes: Variant
    no: Variant
    all_ids: tuple[int, ...]
    yes_ids: tuple[int, ...]

    def side_of(self, token_id: int) -> Literal["yes", "no"] | None:
        """Return which answer a token is a spelling of, or None."""
        if token_id not in self.all_ids:
            return None
        return "yes" if token_id in self.yes_ids else "no"

    def in_words(self) -> str:
        """Return both scored tokens for receipts."""
        return (
            f"yes {self.yes.word!r} ({self.yes.token_id}), no {self.no.word!r} ({self.no.token_id})"
        )


def find_answers(
    loaded: Mllm,
    prompt: Prompt,
    text: str,
    mean_logits: Callable[[Sequence[int]], Sequence[float]],
) -> AnswerTokens:
    """Choose one token per side: the variant with the larger mean logit in context.

    Args:
        loaded: The model whose tokenizer is asked.
        prompt: Says which spellings are accepted.
        text: The rendered prompt that the answer follows.
        mean_logits: Mean logit in nats of each token id over a few calibration pairs.

    Raises:
        ModelError: A side has no variant of exactly one token.
    """
    yes = _variants(loaded, text, prompt.yes)
    no = _variants(loaded, text, prompt.no)
    shared = {one.token_id for one in yes} & {one.token_id for one in no}
    yes = [one for one in yes if one.token_id not in shared]
    no = [one for one in no if one.token_id not in shared]
    if not yes or not no:
        side = "no" if yes else "yes"
        raise ModelError(
            f"Model {loaded.name} cannot answer {side} in one token after this prompt; choose "
            "another model or prompt."
        )
    ids = [one.token_id for one in (*yes, *no)]
    logits = dict(zip(ids, mean_logits(ids), strict=True))
    return AnswerTokens(
        yes=max(yes, key=lambda one: logits[one.token_id]),  # ties: the first spelling
        no=max(no, key=lambda one: logits[one.token_id]),
        all_ids=tuple(ids),
        yes_ids=tuple(one.token_id for one in yes),
    )


def logits_of(loaded: Mllm, hidden: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
    """Return (B, len(ids)) float32 logits from only these rows of the output head."""
    head = loaded.model.get_output_embeddings()
    rows = torch.tensor(list(ids), device=head.weight.device)
    bias = None if head.bias is None else head.bias[rows].float()
    return functional.linear(hidden.float(), head.weight[rows].float(), bias)


def all_logits(loaded: Mllm, hidden: torch.Tensor) -> torch.Tensor:
    """Return (B, vocabulary) float32 logits; the head is widened a few rows at a time."""
    n = loaded.model.get_output_embeddings().weight.shape[0]
    parts = [
        logits_of(loaded, hidden, range(start, min(start + _ROWS_AT_ONCE, n)))
        for start in range(0, n, _ROWS_AT_ONCE)
    ]
    return torch.cat(parts, dim=1)


def answer_mass(loaded: Mllm, hidden: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
    """Return (B,) float32: the probability of all of `ids` over the whole vocabulary."""
    total = all_logits(loaded, hidden).logsumexp(dim=1)
    return (logits_of(loaded, hidden, ids).logsumexp(dim=1) - total).exp().clamp(0.0, 1.0)


def _variants(loaded: Mllm, text: str, words: Sequence[str]) -> list[Variant]:
    """Return the words that are one known token after `text`; one spelling per token."""
    before = token_ids(loaded, text)
    unknown = loaded.tokenizer.unk_token_id
    found: dict[int, Variant] = {}
    for word in words:
        after = token_ids(loaded, text + word)
        if len(after) == len(before) + 1 and after[:-1] == before and after[-1] != unknown:
            found.setdefault(after[-1], Variant(word, after[-1]))
    return list(found.values())


def token_ids(loaded: Mllm, text: str) -> list[int]:
    """Return the ids of a rendered prompt, which holds its special tokens already."""
    return [int(one) for one in loaded.tokenizer(text, add_special_tokens=False)["input_ids"]]
