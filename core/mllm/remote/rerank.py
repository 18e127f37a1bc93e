"""A re-ranker's `/rerank` and `/score`: one number per candidate, in vLLM's or SGLang's words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

from core.mllm.prompts import Prompt
from core.mllm.remote.protocol import Answer, ServerFaultError, finite, image_part
from core.types.scores import Unscored

_WRONG_SHAPE = (
    "The server's answer holds no list of scores; check server.engine and server.protocol."
)

Dialect = Literal["vllm rerank", "vllm score", "sglang rerank"]


@dataclass(frozen=True, slots=True, eq=False)
class RerankProtocol:
    """Several candidates per request; a score is a probability of yes or its logit.

    The margin is the logit of the score: log(p / (1 - p)) of a probability, the score itself of a
    logit. The question is sent as the re-ranker's instruction; where it stands in the prompt is
    for the server's template to say.

    Args:
        model: The model's name on the server.
        prompt: The question.
        dialect: Whose request and answer, at which address.
        scores: What the server returns. For `logit`, vLLM is asked to leave out the sigmoid.
    """

    per_request = 8

    model: str
    prompt: Prompt
    dialect: Dialect
    scores: Literal["probability", "logit"] = "probability"

    @property
    def path(self) -> str:
        """What follows the server's base address."""
        return "/score" if self.dialect == "vllm score" else "/rerank"

    @property
    def fields(self) -> Mapping[str, str]:
        """What changes a score, in words."""
        margin = (
            "the server's score, a logit"
            if self.scores == "logit"
            else "log(p / (1 - p)) of the server's score, a probability"
        )
        return {
            "protocol": self.dialect,
            "prompt": self.prompt.question,
            "layout": "the server's template, the prompt as its instruction",
            "margin": margin,
        }

    def body(self, query: str, candidates: Sequence[str], text: str = "") -> dict[str, Any]:
        """Return the request's JSON for images given as data URLs and what the query says."""
        question = self.prompt.asked(text).question
        if self.dialect == "sglang rerank":
            return {
                "model": self.model,
                "query": [image_part(query)],
                "documents": [[image_part(url)] for url in candidates],
                "instruct": question,
                "return_documents": False,
            }
        return {
            "model": self.model,
            "query" if self.path == "/rerank" else "queries": {"content": [image_part(query)]},
            "documents": [{"content": [image_part(url)]} for url in candidates],
            "instruction": question,
            **({"use_activation": False} if self.scores == "logit" else {}),
        }

    def read(self, answer: object, n: int) -> list[Answer | Unscored]:
        """Return the answers in the request's order, whatever order they came in.

        Raises:
            ServerFaultError: There is not exactly one score for every candidate.
        """
        scores: dict[int, object] = {}
        for one in self._entries(answer):
            index, score = self._entry(one)
            if index in scores:
                raise ServerFaultError(f"The server scored image {index} of a request twice.")
            scores[index] = score
        if sorted(scores) != list(range(n)):
            raise ServerFaultError(
                f"The server returned {len(scores)} scores for {n} images, or for others than were "
                "sent; check server.protocol."
            )
        return [self._answer(scores[i]) for i in range(n)]

    def _entries(self, answer: object) -> list[Any]:
        found = answer
        if self.dialect != "sglang rerank":
            name = "results" if self.path == "/rerank" else "data"
            found = cast("dict[str, Any]", answer).get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise ServerFaultError(_WRONG_SHAPE)
        return cast("list[Any]", found)

    def _entry(self, one: Any) -> tuple[int, object]:  # noqa: ANN401 - any JSON
        name = "relevance_score" if self.dialect == "vllm rerank" else "score"
        try:
            index, score = one["index"], one[name]
        except (KeyError, TypeError, IndexError) as error:
            raise ServerFaultError(_WRONG_SHAPE) from error
        if not isinstance(index, int) or isinstance(index, bool):
            raise ServerFaultError(_WRONG_SHAPE)
        return index, score

    def _answer(self, value: object) -> Answer | Unscored:
        score = finite(value)
        if score is None:
            return Unscored("The server gave a score that is not a finite number for this pair.")
        if self.scores == "logit":
            return Answer(score, 0.0, None)
        if not 0.0 <= score <= 1.0:
            return Unscored(
                f"The server's score {score:g} is no probability; set server.scores to logit."
            )
        if score in (0.0, 1.0):
            return Unscored(
                f"The server's probability is exactly {score:g}, so the margin is infinite; with "
                "vLLM set server.scores to logit."
            )
        return Answer(math.log(score), math.log1p(-score), None)
