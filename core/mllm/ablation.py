"""Margins of one pair with some stored tokens of either image left out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ModelError
from core.mllm.answers import AnswerTokens, logits_of
from core.mllm.batching import BatchLimits
from core.mllm.model import Mllm
from core.mllm.prefix import hidden_states
from core.mllm.prompt_layout import PairAssembler, PairPrompt, Segment
from core.types.scores import VisualTokens

_LIMITS = BatchLimits(items=64, tokens=8192)

Kept = NDArray[np.bool_]
"""(T,): which stored tokens of an image stay; they keep their positions."""


def keep_tokens(tokens: VisualTokens, kept: Kept) -> VisualTokens:
    """Return the image without the tokens that are not kept; `full_count` and grid stay."""
    return replace(
        tokens,
        tokens=tokens.tokens[kept],
        positions=tokens.positions[kept],
        extra=None if tokens.extra is None else tokens.extra[:, kept],
    )


@dataclass(frozen=True, slots=True, eq=False)
class PairAblation:
    """Runs variants of one pair's prompt from stored tokens; the vision encoder is not called.

    What a variant shares with the others is run once and only read. A variant of the candidate
    shares everything before the candidate, so it costs the candidate and the question. A token of
    the query stands in the sight of all that follow it, the rest of the query included, so a
    variant of the query shares only what stands before the query, and costs both images and the
    question. Masking the token's keys in the whole query's cache would be cheaper, but wrong: the
    later tokens have seen it. Putting the candidate first would be another prompt.

    Args:
        loaded: The model.
        prompt: The rendered prompt.
        answers: The two tokens whose logits make the margin.
        query: Stored tokens of the query.
        candidate: Stored tokens of the candidate.
        limits: Largest batch; results do not depend on it beyond rounding.
    """

    loaded: Mllm
    prompt: PairPrompt
    answers: AnswerTokens
    query: VisualTokens
    candidate: VisualTokens
    limits: BatchLimits = _LIMITS

    def candidate_margins(self, kept: Sequence[Kept]) -> NDArray[np.float64]:
        """Return the margin in nats of each variant of the candidate, beside the whole query.

        Raises:
            ModelError: A logit is not finite, or one pair does not fit in memory.
        """
        assembler = PairAssembler(self.loaded, self.prompt, self.query)
        rests = [assembler.suffix(keep_tokens(self.candidate, one)) for one in kept]
        return self._margins(assembler.prefix(), rests)

    def query_margins(self, kept: Sequence[Kept]) -> NDArray[np.float64]:
        """Return the margin in nats of each variant of the query, beside the whole candidate.

        Raises:
            ModelError: A logit is not finite, or one pair does not fit in memory.
        """
        n_head = len(self.prompt.head)
        start: Segment | None = None
        rests: list[Segment] = []
        for one in kept:
            assembler = PairAssembler(self.loaded, self.prompt, keep_tokens(self.query, one))
            before = assembler.prefix()
            start = Segment(before.ids[:n_head], before.positions[:, :n_head], before.image[:, :0])
            rests.append(_after(before, n_head, assembler.suffix(self.candidate)))
        return np.zeros(0) if start is None else self._margins(start, rests)

    def _margins(self, start: Segment, rests: Sequence[Segment]) -> NDArray[np.float64]:
        lengths = [len(rest.ids) for rest in rests]
        scored = (self.answers.yes.token_id, self.answers.no.token_id)
        margins: list[float] = []
        for hidden in hidden_states(
            self.loaded, start, lengths, lambda span: list(rests[span]), self.limits
        ):
            with torch.inference_mode():
                logits = logits_of(self.loaded, hidden, scored)
            margins += (logits[:, 0] - logits[:, 1]).tolist()
        if not all(math.isfinite(margin) for margin in margins):
            raise ModelError(
                f"Model {self.loaded.name} answered a pair with a logit that is not finite in "
                f"{self.loaded.dtype}; load it with dtype float32 or bfloat16."
            )
        return np.array(margins)


def _after(before: Segment, n_head: int, suffix: Segment) -> Segment:
    """Return the prompt without its head: both images, one after the other, in one piece."""
    return Segment(
        torch.cat([before.ids[n_head:], suffix.ids]),
        torch.cat([before.positions[:, n_head:], suffix.positions], dim=1),
        torch.cat([before.image, suffix.image], dim=1),
    )
