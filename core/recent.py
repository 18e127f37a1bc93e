"""A small thread-safe cache that forgets what was used longest ago."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """The last `most` values by key; reading a value counts as using it.

    Args:
        most: How many values are kept, at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._kept: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def get(self, key: K) -> V | None:
        """Return the value under a key, or None where it is not kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def put(self, key: K, value: V) -> V:
        """Keep a value under a key, in place of an older one, and return it."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return value

    def get_or_make(self, key: K, make: Callable[[], V]) -> V:
        """Return the value under a key, made where it is not kept.

        Nothing is locked while it is made, so two threads may both make it; the first one that
        ends is what both are given.
        """
        found = self.get(key)
        if found is not None:
            return found
        made = make()
        found = self.get(key)
        return self.put(key, made) if found is None else found

    def clear(self) -> None:
        """Drop all values."""
        with self._lock:
            self._kept.clear()
