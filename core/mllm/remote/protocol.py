"""What the server's dialects have in common: requests of pairs, answers, and faults."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.types.scores import Unscored

_MARK = re.compile(r"<(?=[|/\w])|\[(?=/?[A-Z])")


class ServerFaultError(Exception):
    """A request without a usable answer; `reason` is one sentence for the screen.

    `is_final` says that the next request would fare no better: no server there, a wrong key.
    """

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final


@dataclass(frozen=True, slots=True)
class Answer:
    """One pair's answer: logits in nats up to a constant that both share.

    `answer_mass` is the probability in [0, 1] of the accepted variants that were returned, so a
    lower bound; None where the server tells no probabilities of tokens.
    """

    logit_yes: float
    logit_no: float
    answer_mass: float | None


class PairProtocol(Protocol):
    """One way to ask a server about a query and some candidates."""

    @property
    def path(self) -> str:
        """What follows the server's base address, such as `/rerank`."""
        ...

    @property
    def per_request(self) -> int:
        """Most candidates of one request."""
        ...

    @property
    def fields(self) -> Mapping[str, str]:
        """What changes a score, in words, for fingerprint and receipt."""
        ...

    def body(self, query: str, candidates: Sequence[str], text: str = "") -> dict[str, Any]:
        """Return the request's JSON for images given as data URLs and what the query says.

        Raises:
            ModelError: The query has a text, and the prompt no place for it.
        """
        ...

    def read(self, answer: object, n: int) -> list[Answer | Unscored]:
        """Return the answers to the request's n candidates, in the request's order.

        Raises:
            ServerFaultError: The JSON is not what the protocol promises.
        """
        ...


def without_marks(text: str) -> str:
    """Return a text in which no server's tokenizer finds a mark of its template.

    Which special tokens a server's model has is not known here, so every `<|...|>`, `<word>` and
    `[INST]` is parted by a blank after its first letter.
    """
    return _MARK.sub(lambda found: f"{found.group()[0]} {found.group()[1:]}", text)


def image_part(url: str) -> dict[str, Any]:
    """Return the content part of an image, as OpenAI, vLLM and SGLang write it."""
    return {"type": "image_url", "image_url": {"url": url}}


def finite(value: object) -> float | None:
    """Return a JSON number as a float; None for anything else, NaN and infinity included."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
