"""What the values of an attribute are called: numbers by quartile, dates as dates, one spelling."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from core.types.number_reading import read_number

MAX_VALUES = 12
"""A numeric attribute with more values than this is binned by quartile."""
MISSING = "missing"
"""The group of what stands for no number in a numeric attribute; an empty cell is in no group."""
_NO_NUMBER = frozenset(
    [
        "nan",
        "na",
        "n/a",
        "#n/a",
        "null",
        "none",
        "-",
        "inf",
        "+inf",
        "-inf",
        "infinity",
        "+infinity",
        "-infinity",
    ]
)
_BOOLEANS = (frozenset({"true", "false"}), frozenset({"yes", "no"}))
# 2001 to 2099 in seconds, and in milliseconds: nothing else that is counted lies there alone.
_SECONDS = (1e9, 4.1e9)
_MILLISECONDS = (1e12, 4.1e12)
_MOST_DIGITS = 17


def value_labels(values: Mapping[str, str]) -> dict[str, str]:
    """Return {key: group} of one attribute's values; nothing of a text with too many values.

    Blanks around a value and the case of true and false mean nothing. In an attribute of numbers,
    equal numbers are one value and what is not finite is `missing`.
    """
    texts = {key: text.strip() for key, text in values.items() if text.strip()}
    words = {text.casefold() for text in texts.values()}
    if any(words <= known for known in _BOOLEANS):
        return {key: text.casefold() for key, text in texts.items()}
    numbers = {key: read_number(text) for key, text in texts.items()}
    known = {key: number for key, number in numbers.items() if number is not None}
    absent = [key for key in texts if key not in known]
    if not known or any(texts[key].casefold() not in _NO_NUMBER for key in absent):
        return texts if len(set(texts.values())) <= MAX_VALUES else {}
    return _number_labels(known, texts) | dict.fromkeys(absent, MISSING)


def _number_labels(numbers: Mapping[str, float], texts: Mapping[str, str]) -> dict[str, str]:
    distinct = sorted(set(numbers.values()))
    if len(distinct) > MAX_VALUES:
        return _quartiles(numbers)
    if _is_date(distinct):
        names = dict(zip(distinct, _names(distinct), strict=True))
    else:  # as they are spelled, the shortest where one number is spelled in several ways
        names: dict[float, str] = {}
        for key, number in numbers.items():
            known = names.get(number, texts[key])
            names[number] = min(known, texts[key], key=lambda text: (len(text), text))
    return {key: names[number] for key, number in numbers.items()}


def _quartiles(numbers: Mapping[str, float]) -> dict[str, str]:
    """Return the quarter of each number, named by the least and the greatest number in it."""
    cuts = np.quantile(list(numbers.values()), [0.25, 0.5, 0.75]).tolist()
    quarters = {key: int(sum(number > cut for cut in cuts)) for key, number in numbers.items()}
    ends: dict[int, tuple[float, float]] = {}
    for quarter in sorted(set(quarters.values())):
        members = [numbers[key] for key, found in quarters.items() if found == quarter]
        ends[quarter] = (min(members), max(members))
    bounds = sorted({bound for pair in ends.values() for bound in pair})
    names = dict(zip(bounds, _names(bounds), strict=True))
    labels = {
        quarter: f"Q{quarter + 1} ({names[low]} to {names[high]})"
        for quarter, (low, high) in ends.items()
    }
    return {key: labels[quarter] for key, quarter in quarters.items()}


def _names(numbers: Sequence[float]) -> list[str]:
    """Return numbers as texts that differ: dates, whole numbers, or with as many digits as needed.

    Args:
        numbers: In order, each once.
    """
    ways: list[Callable[[float], str]] = []
    if _is_date(numbers):
        ways += [_day, _minute, _second]
    elif all(number.is_integer() and abs(number) < 1e15 for number in numbers):
        ways.append(lambda number: str(int(number)))
    for digits in range(3, _MOST_DIGITS + 1):
        ways.append(lambda number, digits=digits: f"{number:.{digits}g}")
    found: list[str] = []
    for way in ways:
        found = [way(number) for number in numbers]
        if len(set(found)) == len(numbers):
            break
    return found


def _is_date(numbers: Sequence[float]) -> bool:
    """Return whether all numbers are whole seconds or milliseconds since 1970."""
    return all(number.is_integer() for number in numbers) and any(
        low <= numbers[0] and numbers[-1] <= high for low, high in (_SECONDS, _MILLISECONDS)
    )


def _time(number: float) -> datetime:
    return datetime.fromtimestamp(number / (1 if number <= _SECONDS[1] else 1000), UTC)


def _day(number: float) -> str:
    return f"{_time(number):%Y-%m-%d}"


def _minute(number: float) -> str:
    return f"{_time(number):%Y-%m-%d %H:%M}"


def _second(number: float) -> str:
    return f"{_time(number):%Y-%m-%d %H:%M:%S}"
