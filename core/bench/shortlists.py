"""The first stage's lists, found once per query: of the index, a gallery, a file, or a parent."""

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from core.recent import Recent
from core.retrieval.galleries import galleries_of, search
from core.retrieval.query_vectors import QueryVectors
from core.types.corpus import Corpus, ImageRecord
from core.types.scores import Shortlist

if TYPE_CHECKING:
    from core.retrieval.imported import ImportedShortlists
    from core.retrieval.index import FlatIndex

_CANDIDATES_KEPT = 16_000_000
"""Of all remembered shortlists together; 12 bytes each, so at most about 190 MB."""


class Searched(Protocol):
    """What a bench is searched with; see `core.bench.session.Session`."""

    @property
    def index(self) -> "FlatIndex | None":
        """The index, once it was opened or built."""
        ...

    lists: "ImportedShortlists | None"

    def query_vectors(self) -> QueryVectors:
        """Return the first stage's vectors of queries."""
        ...

    def record(self, image_id: str) -> ImageRecord:
        """Return a query, database image or upload."""
        ...


class Shortlists:
    """Finds and remembers the shortlists of a bench.

    Args:
        session: The bench.
        corpus: What it searches.
        n: Length of a list.
    """

    def __init__(self, session: Searched, corpus: Corpus, n: int) -> None:
        self._session = session
        self._n = n
        self._kept = Recent[str, Shortlist](max(1, _CANDIDATES_KEPT // n))
        self.clear = self._kept.clear
        self.galleries = galleries_of(corpus)

    def of(self, query: ImageRecord) -> Shortlist | None:
        """Return a query's list, or None without an index; see `Session.shortlist`."""
        session, n = self._session, self._n
        if (index := session.index) is None:
            return None
        if session.lists is not None:
            return session.lists.of(query, n)
        vectors = session.query_vectors()
        if query.tags.get("asked") == "text alone" and not vectors.reads_text(query):
            parent = self.of(session.record(query.tags["parent"]))  # a blank picture finds nothing
            return None if parent is None else replace(parent, query_id=query.image_id)
        gallery = self.galleries.get(query.tags.get("parent", query.image_id))
        key = query.asked_key if gallery is None else f"{query.image_id} {query.asked_key}"
        if (known := self._kept.get(key)) is not None:  # of a query that asks alike
            return replace(known, query_id=query.image_id)
        return self._kept.put(key, search(index, vectors, query, n, gallery))
