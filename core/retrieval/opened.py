"""The index that a bench searches, shared by all that look into it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # FAISS is imported by the first search, not before the first picture
    from core.retrieval.index import FlatIndex


@dataclass(eq=False)
class OpenedIndex:
    """Holds the index of a bench and of its variants; None until it was opened or built."""

    index: "FlatIndex | None" = None
