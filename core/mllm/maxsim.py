"""MaxSim: late interaction over stored visual tokens, with no call of the language model."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import torch

from core.errors import ModelError
from core.interfaces import PairScorer
from core.mllm.tokens import to_tensor
from core.types.scores import PlainScore, VisualTokens

_BATCH = 16
"""Candidates between two looks at whether to stop."""


class MaxSimScorer(PairScorer):
    """Mean over the query's tokens of the best cosine among the candidate's tokens.

    score(q, d) = 1/T_q * sum over i of max over j of cos(q_i, d_j), in [-1, 1], computed in
    float32. Higher is better; it is a cosine, so it has no logits, no probability and no answer
    mass. It is not symmetric: every query token must find its like, not every candidate token. A
    token of norm 0 has cosine 0 to all. Only the tokens themselves are compared, not the layers
    that some families add inside the language model, nor the tokens' positions. Late interaction
    as in ColBERT (arXiv 2004.12832, equation 3), with the mean in place of the sum so that the
    number of tokens does not matter.

    One candidate is one product of (T_q, C) and (C, T_d), so a score never depends on the batch.

    Args:
        token_fields: What makes a stored token another one, in words: tower and compression. Asked
            whenever the fingerprint is, since a codebook may be trained after the scorer is made.
        device: Where the products are computed.
    """

    def __init__(self, token_fields: Callable[[], Mapping[str, str]], device: torch.device) -> None:
        self._device = device
        self._token_fields = token_fields

    @property
    def receipt_fields(self) -> Mapping[str, str]:
        """What the fingerprint hashes, in words, for receipts."""
        return {
            **self._token_fields(),
            "score": "MaxSim: mean over query tokens of the best cosine among candidate tokens",
            "computed in": "float32",
        }

    def score(
        self,
        query_tokens: VisualTokens,
        candidates: Sequence[VisualTokens],
        mass_first: int = 0,  # noqa: ARG002 - a cosine has no answer mass
    ) -> Iterator[list[PlainScore]]:
        """Yield the scores of each batch of candidates, in order.

        Raises:
            ModelError: Tokens of another model, or that are not finite.
        """
        query = self._unit(query_tokens)
        for start in range(0, len(candidates), _BATCH):
            yield [self._one(query, one) for one in candidates[start : start + _BATCH]]

    def _one(self, query: torch.Tensor, candidate: VisualTokens) -> PlainScore:
        clock = time.perf_counter()
        with torch.inference_mode():
            unit = self._unit(candidate)
            if unit.shape[1] != query.shape[1]:
                raise ModelError(
                    f"Visual tokens of lengths {query.shape[1]} and {unit.shape[1]} cannot be "
                    "compared; encode both images with one model."
                )
            score = (query @ unit.T).amax(dim=1).mean().item()
        return PlainScore(score, time.perf_counter() - clock)

    def _unit(self, tokens: VisualTokens) -> torch.Tensor:
        """Return (T, C) float32 tokens of unit L2 norm; zeros stay zeros."""
        values = to_tensor(tokens).to(self._device, torch.float32)
        if not bool(torch.isfinite(values).all()):
            raise ModelError(
                "Stored visual tokens are not finite, so they have no cosine; load the model with "
                "dtype float32 or bfloat16."
            )
        return torch.nn.functional.normalize(values, dim=1)
