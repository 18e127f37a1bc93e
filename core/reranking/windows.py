"""Orders from answers about a few candidates at a time; the answers come from elsewhere.

A question is a generator's `yield` of candidates, its answer what is sent back, so that whoever
asks can keep answers, stop between two questions and go on later.
"""

from collections.abc import Generator, Sequence

Order = tuple[int, ...]
"""Items of the first-stage order, from 0."""
Listwise = Generator[Order, Sequence[int], Order]
"""Yields blocks, is sent each block's places from 0 best first, returns the whole order."""
Setwise = Generator[Order, int | None, Order]
"""Yields sets, is sent the place of the best (None = unreadable), returns the whole order."""


def spans(n: int, window: int, step: int) -> list[tuple[int, int]]:
    """Return the windows from the end of a list to its front, half-open; the last begins at 0."""
    found: list[tuple[int, int]] = []
    end = n
    while end > 0 and (not found or found[-1][0] > 0):
        found.append((max(0, end - window), end))
        end -= step
    return found


def sliding(n: int, window: int, step: int) -> Listwise:
    """Order n items by windows that slide from the end to the front (RankGPT).

    A list shorter than the window is one question, and the front is always asked about: the first
    code did neither (golden/listwise/sliding.json).
    """
    order = list(range(n))
    for start, end in spans(n, window, step):
        block = order[start:end]
        places = yield tuple(block)
        order[start:end] = [block[place] for place in places]
    return tuple(order)


def heap_sorted(n: int, children: int, k: int) -> Setwise:
    """Find the first k of n items by asking which of a parent and its children is best (setwise).

    An unreadable answer leaves the parent where it is; behind the first k the items keep their
    order. About k * log(n) questions.
    """
    heap = list(range(n))
    for parent in range(n // children, -1, -1):
        yield from _sift(heap, n, parent, children)
    first: list[int] = []
    for end in range(n - 1, -1, -1):
        heap[0], heap[end] = heap[end], heap[0]
        first.append(heap[end])
        if len(first) == k:
            break
        yield from _sift(heap, end, 0, children)
    return (*first, *(item for item in range(n) if item not in first))


def _sift(heap: list[int], n: int, parent: int, children: int) -> Generator[Order, int | None]:
    """Let the best of a parent and its children rise, as long as it is a child."""
    while children * parent + 1 < n:
        own = range(children * parent + 1, min(children * (parent + 1) + 1, n))
        places = [parent, *own]
        best = yield tuple(heap[place] for place in places)
        chosen = parent if best is None or best >= len(places) else places[best]
        if chosen == parent:
            return
        heap[parent], heap[chosen] = heap[chosen], heap[parent]
        parent = chosen
