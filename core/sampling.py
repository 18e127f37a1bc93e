"""An even sample, where all there are would be too many: one rule for rows and for items."""

from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


def even_rows(total: int, most: int) -> tuple[int, ...]:
    """Return all of `total` rows, or `most` of them evenly spread in ascending order, each once.

    The first row is always taken; where some are left out, the last one is among them.
    """
    if total <= most:
        return tuple(range(total))
    return tuple(i * total // most for i in range(most))


def spread(items: Sequence[_T], n: int | None) -> Sequence[_T]:
    """Return n items, evenly spread over all of them in their order; None takes all."""
    if n is None or n >= len(items):
        return items
    return [items[row] for row in even_rows(len(items), n)]
