"""The index that a bench searches, shared by all that look into it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types.corpus import ImageRecord

if TYPE_CHECKING:  # FAISS is imported by the first search, not before the first picture
    from core.retrieval.index import FlatIndex

QueryKey = Callable[[ImageRecord], str]
"""Returns the address of a query's vector; see `core.retrieval.query_vectors`."""


@dataclass(eq=False)
class OpenedIndex:
    """Holds the index of a bench and of its variants; None until it was opened or built."""

    index: "FlatIndex | None" = None
