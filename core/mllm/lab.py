"""The local MLLM opened up: any pair in any wording, for the screens that look inside."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.interfaces import PairTokens, Reranker
from core.mllm.engine import MllmScorer
from core.mllm.loading import LoadedMllm
from core.mllm.looking import PairLooker
from core.mllm.prompts import Prompt
from core.mllm.writing import write
from core.types import ImageRecord, VisualTokens

_KEPT = 8
_WORDS = (
    "Describe in a few short sentences what the main objects in these two images have in common "
    "and where they differ."
)
_ANSWERS_ONLY = 0.5


class PairLab:
    """Scorers and lookers of any wording over one loaded model; the last few are kept.

    Args:
        loaded: The model.
        prompt: The bench's own prompt.
        make_scorer: Makes the scorer of a prompt.
        stored: What the scorer is shown of a query and of a candidate.
        make_reranker: Makes what scores shortlists with a scorer and keeps its scores.
    """

    def __init__(
        self,
        loaded: LoadedMllm,
        prompt: Prompt,
        make_scorer: Callable[[Prompt], MllmScorer],
        stored: PairTokens,
        make_reranker: Callable[[MllmScorer], Reranker],
    ) -> None:
        self._loaded = loaded
        self._own = prompt
        self._make_scorer = make_scorer
        self._stored = stored
        self._make_reranker = make_reranker
        self._scorers: OrderedDict[Prompt, MllmScorer] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def prompt(self) -> Prompt:
        """The bench's own prompt."""
        return self._own

    def scorer(self, prompt: Prompt) -> MllmScorer:
        """Return the scorer of a wording; a new one runs four small pairs.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        key = self._own if _same(prompt, self._own) else replace(prompt, name="")
        with self._lock:
            if key not in self._scorers:
                self._scorers[key] = self._make_scorer(prompt)
            self._scorers.move_to_end(key)
            while len(self._scorers) > _KEPT:
                oldest = next(one for one in self._scorers if one != self._own)
                del self._scorers[oldest]
            return self._scorers[key]

    def tokens(
        self, query: ImageRecord, candidate: ImageRecord
    ) -> tuple[VisualTokens, VisualTokens]:
        """Return what the scorer is shown of a pair, encoded and stored on first use.

        Raises:
            ImageError: One of the images cannot be decoded.
        """
        return self._stored.queries.tokens(query), self._stored.candidates.tokens(candidate)

    def reranker(self, prompt: Prompt) -> Reranker:
        """Return what scores shortlists with a wording; its scores are kept like the bench's own.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        return self._make_reranker(self.scorer(prompt))

    def looker(self, prompt: Prompt) -> PairLooker:
        """Return what looks inside the answers to a wording.

        Raises:
            ModelError: The prompt cannot be rendered or answered by one token per side.
        """
        return PairLooker(self._loaded, prompt, self.scorer(prompt).answers)

    def words(self, query: VisualTokens, candidate: VisualTokens) -> Iterator[str] | None:
        """Return the model's text about the pair as it grows, or None where it cannot write.

        It cannot where it goes on to say yes or no when it is asked to describe: such a model was
        trained to answer one question.

        Raises:
            ModelError: The pair does not fit in memory.
        """
        ask = replace(self._own, name="words", question=_WORDS, layout="images_then_question")
        looker = PairLooker(self._loaded, ask, self.scorer(self._own).answers)
        if looker.look(query, candidate, 1).answer_mass >= _ANSWERS_ONLY:
            return None
        return write(self._loaded, ask, query, candidate)


def _same(one: Prompt, other: Prompt) -> bool:
    return replace(one, name="") == replace(other, name="")
