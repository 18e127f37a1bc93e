"""Ask the model about several candidates in one prompt: by its next token, or in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from transformers.cache_utils import DynamicCache

from core.errors import ModelError
from core.mllm.answers import log_probabilities, variants
from core.mllm.model import Mllm
from core.mllm.prompt_layout import without_special_tokens
from core.mllm.prompts import TEXT_PLACE
from core.mllm.set_prompt import SetInput, lay_out, render_set
from core.mllm.writing import greedy, step
from core.types.scores import VisualTokens

CHOOSE = (
    "The first image is the query, the others are candidates 1 to {n} in this order. Which "
    "candidate shows the same object as the query? Answer with its number alone."
)
RANK = (
    "The first image is the query, the others are candidates 1 to {n} in this order. Rank all "
    "candidates by how surely they show the same object as the query. Answer with the order alone, "
    "best first, such as [2] > [1] > [3]."
)
BEST = (
    "The first image is the query, the others are candidates 1 to {n} in this order. Which "
    "candidate shows the same object as the query? Answer with its number alone, such as [2]."
)
SAID = " The query is not looked for as it is, but changed as described: {text}"
"""What is added to a question about a composed query."""
_TOKENS_PER_NUMBER, _MORE_TOKENS = 6, 8


@dataclass(frozen=True, slots=True)
class Chosen:
    """Log-probabilities of the candidates' labels in nats, and the total probability of all."""

    log_probabilities: tuple[float, ...]
    mass: float


class SeveralAsker:
    """The local MLLM, asked about a query and the candidates of one block.

    Args:
        loaded: The model.
        compression: What was done to the tokens, in words.
    """

    def __init__(self, loaded: Mllm, compression: Callable[[], Mapping[str, str]]) -> None:
        self._loaded = loaded
        self._compression = compression

    @property
    def fields(self) -> Mapping[str, str]:
        """What changes an answer beside the question, in words."""
        loaded = self._loaded
        kernel = {"attention kernel": loaded.attention, "dtype": loaded.dtype}
        return {**loaded.tower_fields, **self._compression(), **kernel}

    def choose(self, query: VisualTokens, candidates: Sequence[VisualTokens]) -> Chosen:
        """Return how probable each candidate's number is as the next token.

        Raises:
            ModelError: A number is not one token after the prompt.
        """
        loaded, n = self._loaded, len(candidates)
        prompt = render_set(loaded, self._question(CHOOSE, query, n), n)
        labels = variants(loaded, prompt.text, [str(number) for number in range(1, n + 1)])
        ids = [one.token_id for one in labels.values()]
        if len(set(ids)) < n:
            raise ModelError(
                f"Model {loaded.name} cannot answer the numbers 1 to {n} in one token each; choose "
                "a smaller set or another model."
            )
        hidden = last_hidden(loaded, lay_out(loaded, prompt, (query, *candidates)))
        with torch.inference_mode():
            found = log_probabilities(loaded, hidden, ids)[0]
        return Chosen(tuple(found.tolist()), min(1.0, float(found.exp().sum())))

    def _question(self, question: str, query: VisualTokens, n: int) -> str:
        """Return a question about n candidates, with what the query says in front."""
        asked = question.format(n=n)
        if not query.text:
            return asked
        head, _, rest = asked.partition(". ")
        said = without_special_tokens(self._loaded, query.text)
        return f"{head}.{SAID.replace(TEXT_PLACE, said)}. {rest}"

    def say(self, question: str, query: VisualTokens, candidates: Sequence[VisualTokens]) -> str:
        """Return what the model writes, greedily, at most a few tokens per candidate."""
        n = len(candidates)
        prompt = render_set(self._loaded, self._question(question, query, n), n)
        given = lay_out(self._loaded, prompt, (query, *candidates))
        most = _TOKENS_PER_NUMBER * n + _MORE_TOKENS
        texts = list(greedy(self._loaded, given.ids, given.positions, given.images, most))
        return texts[-1] if texts else ""


def last_hidden(loaded: Mllm, given: SetInput) -> torch.Tensor:
    """Return the hidden state (1, C) after the whole prompt."""
    cache = DynamicCache(config=loaded.model.config.get_text_config())
    images = [image.to(loaded.device) for image in given.images]
    return step(loaded, cache, given.ids[None], given.positions, images)
