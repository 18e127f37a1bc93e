"""Which tokens count as yes and no, and what the output head says about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch.nn import functional

from core.errors import ModelError
from core.mllm.model import Mllm
from core.mllm.prompts import Prompt, answer_forms

_ROWS_AT_ONCE = 16_384  # head rows held in float32 at a time: 235 MB at hidden size 3584


@dataclass(frozen=True, slots=True)
class Variant:
    """An answer that is exactly one token after the prompt, by its first accepted spelling."""

    word: str
    token_id: int


@dataclass(frozen=True, slots=True)
class AnswerTokens:
    """The variants that are one token in context, and the two of one form that are scored.

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
    mean_log_probabilities: Callable[[Sequence[int]], Sequence[float]],
) -> AnswerTokens:
    """Choose the form of both answers: the one with the largest summed probability in context.

    A form is a candidate if both of its spellings are one known token after the prompt. Choosing
    each side by itself pairs " Yes" with "No" on real vocabularies, and the margin then measures a
    habit of spaces and capitals as well.

    Args:
        loaded: The model whose tokenizer is asked.
        prompt: Says which spellings are accepted.
        text: The rendered prompt that the answer follows.
        mean_log_probabilities: Log of each token id's mean probability over a few calibration
            pairs, in nats; logs, because the probabilities may be too small for a float.

    Raises:
        ModelError: No form has a variant of exactly one token on both sides.
    """
    yes = variants(loaded, text, prompt.yes)
    no = variants(loaded, text, prompt.no)
    shared = {*_ids(yes)} & {*_ids(no)}
    yes = {word: one for word, one in yes.items() if one.token_id not in shared}
    no = {word: one for word, one in no.items() if one.token_id not in shared}
    forms = [(yes[a], no[b]) for a, b in answer_forms(prompt) if a in yes and b in no]
    if not forms:
        side = "no" if yes else "yes"
        raise ModelError(
            f"Model {loaded.name} cannot answer {side} in one token after this prompt; choose "
            "another model or prompt."
        )
    ids = [*_ids(yes), *_ids(no)]
    logs = dict(zip(ids, mean_log_probabilities(ids), strict=True))

    def summed(form: tuple[Variant, Variant]) -> float:
        return float(np.logaddexp(logs[form[0].token_id], logs[form[1].token_id]))

    chosen = max(forms, key=summed)  # ties: the first form
    return AnswerTokens(*chosen, all_ids=tuple(ids), yes_ids=tuple(_ids(yes)))


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


def log_probabilities(loaded: Mllm, hidden: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
    """Return (B, len(ids)) float32 logs of the probabilities over the whole vocabulary, in nats."""
    total = all_logits(loaded, hidden).logsumexp(dim=1, keepdim=True)
    return logits_of(loaded, hidden, ids) - total


def answer_mass(loaded: Mllm, hidden: torch.Tensor, ids: Sequence[int]) -> torch.Tensor:
    """Return (B,) float32: the probability of all of `ids` over the whole vocabulary."""
    total = all_logits(loaded, hidden).logsumexp(dim=1)
    return (logits_of(loaded, hidden, ids).logsumexp(dim=1) - total).exp().clamp(0.0, 1.0)


def variants(loaded: Mllm, text: str, words: Sequence[str]) -> dict[str, Variant]:
    """Return the variant of each word that is one known token after `text`, in the given order."""
    before = token_ids(loaded, text)
    unknown = loaded.tokenizer.unk_token_id
    first: dict[int, Variant] = {}
    found: dict[str, Variant] = {}
    for word in words:
        after = token_ids(loaded, text + word)
        if len(after) == len(before) + 1 and after[:-1] == before and after[-1] != unknown:
            found[word] = first.setdefault(after[-1], Variant(word, after[-1]))
    return found


def _ids(variants: Mapping[str, Variant]) -> list[int]:
    """Return the token ids of variants, each once, in order."""
    return list(dict.fromkeys(one.token_id for one in variants.values()))


def token_ids(loaded: Mllm, text: str) -> list[int]:
    """Return the ids of a rendered prompt, which holds its special tokens already."""
    return [int(one) for one in loaded.tokenizer(text, add_special_tokens=False)["input_ids"]]
