"""How single values stand in the page's address: texts to values, and back.

The address comes from the browser and is not trusted: a reader takes the default where a text can
mean nothing, clamps numbers and cuts texts.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import astuple
from typing import Any, TypeVar, get_args

from core.types.annotation import QUEUE_KINDS, QueueKind, QueueSpec
from core.types.corpus import Box
from core.types.failures import QUERY_SLICE_KINDS, QuerySlice
from core.types.sets import QueryChoice

MAX_TEXT, MAX_ID = 120, 1000
MAX_PARTS = 10_000
MAX_SCORERS = 6
MAX_PIPELINE = 600
SETS: tuple[QueryChoice, ...] = get_args(QueryChoice)
_NAMED_QUEUES: tuple[QueueKind, ...] = ("class", "slice", "query", "set", "disagreement", "unlike")

T = TypeVar("T")
Read = Callable[[str, Any, Any], Any]
"""Makes a value of a text ("" = none), the default and the limits of the selection."""


def queue_text(queue: QueueSpec) -> str:
    """Return a queue as the address names it: `hard`, `class:missed`, `slice:light=dim`."""
    return f"{queue.kind}:{queue.name}" if queue.name else queue.kind


def slice_text(chosen: QuerySlice) -> str:
    """Return a set of queries as the address names it: `lost:fusion`, `tag:light=dim`."""
    return f"{chosen.kind}:{chosen.name}"


def number_text(value: float) -> str:
    """Return a number as short as it can be written with three decimals: 0.25, 1, 0."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def set_text(chosen: tuple[QueryChoice | None, int]) -> str:
    """Return which queries are chosen, and how many: `hardest:20`; empty for none."""
    return f"{chosen[0]}:{chosen[1]}" if chosen[0] else ""


def parsed(parse: Callable[[str], object]) -> Read:
    """Return the reader that takes the default where `parse` makes None of a text."""

    def read(text: str, default: object, _: object) -> object:
        value = parse(text)
        return default if value is None else value

    return read


def choice(allowed: Sequence[str]) -> Read:
    """Return the reader of one of some words."""
    return parsed(lambda text: text if text in allowed else None)


def matching(pattern: str) -> Read:
    """Return the reader of a text that fits a pattern."""
    return parsed(lambda text: text if re.fullmatch(pattern, text) else None)


def number(low: float, high: float) -> Read:
    """Return the reader of a number, clamped to `low` and `high`."""
    return lambda text, default, _: clamped(text, default, low, high)


def whole(high: int) -> Read:
    """Return the reader of a whole number from 0 to `high`."""
    return lambda text, default, _: round(clamped(text, default, 0, high))


def clamped(text: str, default: T, low: float, high: float) -> float | T:
    """Return the number that a text is, clamped and rounded to three decimals, or the default."""
    try:
        value = float(text) if text else default
    except ValueError:
        return default
    if not isinstance(value, float | int) or not math.isfinite(value):
        return default
    return round(max(low, min(value, high)), 3) + 0.0


def box_of(text: str) -> Box | None:
    """Return the box that `x0,y0,x1,y1` names, or None where no box can look like that."""
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isdecimal() and len(part) <= 6 for part in parts):
        return None
    x0, y0, x1, y1 = (int(part) for part in parts)
    return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def queue_of(text: str) -> QueueSpec | None:
    """Return the queue that `class:missed` names, or None where there can be no such queue."""
    kind, _, name = text.partition(":")
    if kind not in QUEUE_KINDS or bool(name) != (kind in _NAMED_QUEUES):
        return None
    return QueueSpec(kind, name[:MAX_ID])


def box_text(box: Box) -> str:
    """Return a box as the address names it."""
    return ",".join(map(str, astuple(box)))


def set_of(text: str) -> tuple[str, int] | None:
    """Return how `hardest:20` chooses queries, and how many; 0 = all."""
    name, _, number = text.partition(":")
    return (name, round(clamped(number, 0, 0, MAX_PARTS))) if name in SETS else None


def scorers_of(text: str) -> tuple[str, ...]:
    """Return names joined by semicolons, each once."""
    names = dict.fromkeys(trimmed(name) for name in text.split(";"))
    return tuple(name for name in names if name)[:MAX_SCORERS]


def parse_slice(text: str) -> QuerySlice | None:
    """Return the set of queries that `text` names; its name is looked up where it is used."""
    kind, _, name = text.partition(":")
    return QuerySlice(kind, cut(name)) if kind in QUERY_SLICE_KINDS and name else None


def cut(text: str) -> str:
    """Return the printable part of a text, no longer than an id."""
    return "".join(char for char in text if char.isprintable())[:MAX_ID]


def pipeline_of(text: str) -> str:
    """Return the printable part of a pipeline, whatever it says."""
    return cut(text)[:MAX_PIPELINE].strip()


def trimmed(text: str) -> str:
    """Return the printable part of what somebody typed, no longer than a name."""
    return cut(text)[:MAX_TEXT].strip()
