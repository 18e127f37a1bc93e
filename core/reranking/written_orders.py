"""What a model's answer says of the order of a block: numbers read, and what was wrong with it.

Official parsers read every run of digits, a count in prose included, and differ on repeats and
missing numbers (tests/core/reranking/test_written_orders.py). Here a number outside the block is
dropped, a repeat counts once, what is missing keeps its order behind what is named, and an answer
that names nothing leaves the block as it was; each is counted.
"""

import re
from dataclasses import dataclass

_THINKING = re.compile(r"<think>.*?(</think>|$)", re.S)
_ANSWER = re.compile(r"<answer>(.*?)(?:</answer>|$)", re.S)
_FIELD = re.compile(r'"[^"]*"\s*:\s*\[([^\[\]]*)\]')
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_SAID = re.compile(r"\b(?:ans(?:wer)?)\s*:\s*\(?\s*(-?\d+)", re.I)
_BARE = re.compile(r"[\d\s,;>.()]+")
_NUMBER = re.compile(r"-?\d+")
_CIRCLED = {chr(0x2460 + i): f"[{i + 1}]" for i in range(20)}
"""Circled numbers, which are one character each."""


@dataclass(frozen=True, slots=True)
class WrittenOrder:
    """The places of a block from 0, best first, and how many numbers were not as asked for.

    `named` says how many places the answer named; 0 leaves the block as it was.
    """

    places: tuple[int, ...]
    named: int
    outside: int
    repeated: int

    @property
    def missing(self) -> int:
        """How many places the answer did not name."""
        return len(self.places) - self.named

    @property
    def first(self) -> int | None:
        """The place that is named first; None where nothing is."""
        return self.places[0] if self.named else None


def read_order(text: str, n: int) -> WrittenOrder:
    """Return the order of n candidates, shown as [1] to [n], that an answer names."""
    given = [number - 1 for number in _numbers(text)]
    inside = [place for place in given if 0 <= place < n]
    named = list(dict.fromkeys(inside))
    rest = [place for place in range(n) if place not in named]
    return WrittenOrder(
        places=(*named, *rest),
        named=len(named),
        outside=len(given) - len(inside),
        repeated=len(inside) - len(named),
    )


def _numbers(text: str) -> list[int]:
    """Return the numbers that an answer is made of; of several forms, the plainest one counts."""
    said = _THINKING.sub("", text).translate(str.maketrans(_CIRCLED))
    framed = _ANSWER.search(said)
    said = said if framed is None else framed[1]
    field = _FIELD.search(said)
    lists = [field[1]] if field is not None else _BRACKETS.findall(said)
    if lists:
        return [int(one) for part in lists for one in _NUMBER.findall(part)]
    spoken = _SAID.search(said)
    if spoken is not None:
        return [int(spoken[1])]
    is_bare = _BARE.fullmatch(said) is not None
    return [int(one) for one in _NUMBER.findall(said)] if is_bare else []
