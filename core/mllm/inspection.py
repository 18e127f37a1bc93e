"""Look inside one answer: the whole distribution of the next token, both orders, attribution."""

import time
from dataclasses import dataclass

import torch

from core.errors import ModelError
from core.mllm.ablation import PairAblation
from core.mllm.answers import AnswerTokens, all_logits
from core.mllm.batching import BatchLimits
from core.mllm.model import Mllm
from core.mllm.prefix import hidden_states
from core.mllm.prompt_layout import PairAssembler, PairPrompt, render
from core.mllm.prompts import Prompt
from core.mllm.saliency import explain
from core.types.pairs import Answer, NextToken, PairAttribution
from core.types.scores import VisualTokens

N_TOKENS = 10
_LIMITS = BatchLimits(items=64, tokens=8192)


@dataclass(eq=False)
class PairInspector:
    """Answers of one prompt in full, from stored tokens.

    Args:
        loaded: The model.
        prompt: The question.
        answers: The answer tokens that the scorer of this prompt chose.

    Raises:
        ModelError: The prompt cannot be rendered.
    """

    loaded: Mllm
    prompt: Prompt
    answers: AnswerTokens

    def __post_init__(self) -> None:
        self._pair_prompt = render(self.loaded, self.prompt)

    def _rendered(self, query: VisualTokens) -> PairPrompt:
        if not query.text:
            return self._pair_prompt
        return render(self.loaded, self.prompt, query_text=query.text)

    def look(
        self, query: VisualTokens, candidate: VisualTokens, n_tokens: int = N_TOKENS
    ) -> Answer:
        """Return logits, answer mass and the most probable next tokens of one ordered pair.

        Costs one pass over both images and the whole output head, in float32.

        Raises:
            ModelError: A logit is not finite, or the pair does not fit in memory.
        """
        clock = time.perf_counter()
        assembler = PairAssembler(self.loaded, self._rendered(query), query)
        suffix = assembler.suffix(candidate)
        (hidden,) = hidden_states(
            self.loaded,
            assembler.prefix(),
            [len(suffix.ids)],
            lambda _: [suffix],
            _LIMITS,
        )
        answers = self.answers
        with torch.inference_mode():
            logits = all_logits(self.loaded, hidden)[0].double()
        if not bool(torch.isfinite(logits).all()):
            raise ModelError(
                f"Model {self.loaded.name} answered a pair with a logit that is not finite in "
                f"{self.loaded.dtype}; load it with dtype float32 or bfloat16."
            )
        probabilities = logits.softmax(dim=0)
        first = probabilities.topk(min(n_tokens, len(logits)))
        tokens = tuple(
            self._token(int(one), float(probability))
            for probability, one in zip(first.values, first.indices, strict=True)
        )
        return Answer(
            float(logits[answers.yes.token_id]),
            float(logits[answers.no.token_id]),
            float(probabilities[list(answers.all_ids)].sum()),
            tokens,
            time.perf_counter() - clock,
        )

    def explain(self, query: VisualTokens, candidate: VisualTokens) -> PairAttribution:
        """Return what every cell of both images adds to the margin; see `saliency.explain`.

        Raises:
            ModelError: A logit is not finite, or one pair does not fit in memory.
        """
        return explain(self.ablation(query, candidate), query, candidate)

    def ablation(self, query: VisualTokens, candidate: VisualTokens) -> PairAblation:
        """Return what runs one pair with tokens left out."""
        return PairAblation(self.loaded, self._rendered(query), self.answers, query, candidate)

    def _token(self, token_id: int, probability: float) -> NextToken:
        answers = self.answers
        is_scored = token_id in (answers.yes.token_id, answers.no.token_id)
        text = str(self.loaded.tokenizer.decode([token_id]))
        return NextToken(text, token_id, probability, answers.side_of(token_id), is_scored)
