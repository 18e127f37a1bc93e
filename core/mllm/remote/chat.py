"""OpenAI-compatible chat completions: the log-probabilities of the answer's first token."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from core.mllm.prompts import Prompt, answer_forms, messages
from core.mllm.remote.protocol import Answer, ServerFaultError, finite, image_part
from core.types.scores import Unscored

_TOP = 20  # the most that OpenAI, and vLLM unless started with --max-logprobs, will return
_NOT_RETURNED = -9999.0  # what OpenAI and vLLM write in place of a log-probability they lack
_ID_PREFIX = "token_id:"  # how vLLM writes a token under return_tokens_as_token_ids


class ChatProtocol:
    """One pair per request, one token of answer, at temperature 0.

    The margin is logP(yes) - logP(no) in one form: the one with the largest summed probability of
    those of which both spellings were returned. The local engine chooses the form once; a server
    shows only each pair's most probable tokens, so here it is chosen per pair. Tokens that are
    asked for by id are of one form as far as is known: the best of each side counts.

    Args:
        model: The model's name on the server.
        prompt: The question.
        yes_ids: Tokens of yes that vLLM is asked for (`logprob_token_ids`); empty = the 20 most
            probable tokens are asked for and matched by their text.
        no_ids: Tokens of no.
    """

    path = "/chat/completions"
    per_request = 1  # a conversation is about two images

    def __init__(
        self, model: str, prompt: Prompt, yes_ids: Sequence[int] = (), no_ids: Sequence[int] = ()
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._ids = [*yes_ids, *no_ids]
        if self._ids:
            self._yes = {f"{_ID_PREFIX}{one}" for one in yes_ids}
            self._no = {f"{_ID_PREFIX}{one}" for one in no_ids}
            self._forms = [(self._yes, self._no)]
        else:
            self._yes, self._no = set(prompt.yes), set(prompt.no)
            self._forms = [({yes}, {no}) for yes, no in answer_forms(prompt)]

    @property
    def fields(self) -> Mapping[str, str]:
        """What changes a score, in words."""
        prompt = self._prompt
        tokens = (
            f"the best of each side among the tokens {sorted(self._yes)} and {sorted(self._no)}"
            if self._ids
            else f"the most probable form of each pair ({_in_words(prompt)}) among the {_TOP} most "
            "probable tokens"
        )
        return {
            "protocol": "chat completions",
            "prompt": prompt.question,
            "layout": prompt.layout,
            "system": "the chat template's own" if prompt.system is None else prompt.system,
            "answer tokens": tokens,
        }

    def body(self, query: str, candidates: Sequence[str], text: str = "") -> dict[str, Any]:
        """Return the request's JSON for one pair of images given as data URLs."""
        (candidate,) = candidates
        asked = {"logprob_token_ids": self._ids, "return_tokens_as_token_ids": True}
        return {
            "model": self._model,
            "messages": _with_images(messages(self._prompt.asked(text)), (query, candidate)),
            "max_tokens": 1,
            "temperature": 0,
            "logprobs": True,
            "top_logprobs": _TOP,
            **(asked if self._ids else {}),
        }

    def read(self, answer: object, n: int) -> list[Answer | Unscored]:
        """Return the pair's answer, or why there is none.

        Raises:
            ServerFaultError: The answer holds no log-probabilities.
        """
        assert n == 1, "a chat request holds one pair"
        returned = _returned(answer)
        accepted = [logp for token, logp in returned if token in self._yes | self._no]
        if not all(math.isfinite(logp) for logp in accepted):
            return [
                Unscored("The server gave a log-probability that is not a number for this pair.")
            ]
        logits = _in_one_form(returned, self._forms)
        if logits is None:
            return [Unscored(self._missing({token for token, _ in returned}))]
        mass = min(1.0, math.fsum(math.exp(logp) for logp in accepted))
        return [Answer(*logits, mass)]

    def _missing(self, returned: set[str]) -> str:
        side = "no" if returned & self._yes else "yes"
        if self._ids:
            return (
                f"The server returned none of the tokens in server.{side}_token_ids, so the margin "
                "is not known; check the ids, and that it is a vLLM that takes logprob_token_ids."
            )
        lacking = (
            "yes and no only in unlike forms"
            if returned & self._yes and returned & self._no
            else f"no spelling of {side}"
        )
        return (
            f"The server's {_TOP} most probable tokens hold {lacking}, so the margin is not known; "
            "with vLLM set server.yes_token_ids and server.no_token_ids."
        )


def _in_one_form(
    returned: Sequence[tuple[str, float]], forms: Sequence[tuple[set[str], set[str]]]
) -> tuple[float, float] | None:
    """Return log P of yes and of no in the most probable form that was returned whole, or None."""
    found: list[tuple[float, float]] = []
    for form in forms:
        yes, no = ([logp for token, logp in returned if token in side] for side in form)
        if yes and no:
            found.append((max(yes), max(no)))
    return max(found, key=lambda pair: np.logaddexp(*pair), default=None)  # ties: the first form


def _in_words(prompt: Prompt) -> str:
    return ", ".join(f"{yes!r}/{no!r}" for yes, no in answer_forms(prompt))


def _with_images(chat: Sequence[dict[str, Any]], urls: Sequence[str]) -> list[dict[str, Any]]:
    waiting = iter(urls)
    return [
        {
            **message,
            "content": [
                image_part(next(waiting)) if part["type"] == "image" else part
                for part in message["content"]
            ],
        }
        for message in chat
    ]


def _returned(answer: object) -> list[tuple[str, float]]:
    """Return tokens with their log-probabilities in nats, NaN where one is no number.

    Two tokens may have the same text, so a text can stand here twice; an entry that is repeated
    counts once.
    """
    try:
        token = cast("Any", answer)["choices"][0]["logprobs"]["content"][0]
        entries: list[Any] = list(token["top_logprobs"])
        found = [(str(one["token"]), finite(one["logprob"])) for one in entries]
    except (KeyError, IndexError, TypeError) as error:
        raise ServerFaultError(
            "The server's answer holds no log-probabilities; use a server that returns logprobs in "
            "chat completions, such as vLLM or SGLang."
        ) from error
    return [
        (_plain(token), math.nan if logp is None else logp)
        for token, logp in dict.fromkeys(found)
        if logp is None or logp > _NOT_RETURNED
    ]


def _plain(token: str) -> str:
    """Return a token with the space that some tokenizers write as a sign of their own."""
    return token.replace("\u2581", " ").replace("\u0120", " ")
