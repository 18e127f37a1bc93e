"""Queries that are asked of a part of the database alone: a benchmark's own galleries."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.retrieval.query_vectors import QueryVectors
from core.types.corpus import Corpus, ImageRecord
from core.types.scores import Shortlist

if TYPE_CHECKING:
    from core.retrieval.index import FlatIndex

Gallery = frozenset[str]


def galleries_of(corpus: Corpus) -> Mapping[str, Gallery]:
    """Return the database images that a query is asked of, where it is not all of them."""
    use = corpus.benchmark
    if use is None:
        return {}
    return {
        use.queries[one.query_id]: frozenset(use.image_ids[image] for image in one.gallery)
        for one in use.benchmark.queries
        if one.gallery is not None
    }


def search(
    index: "FlatIndex", vectors: QueryVectors, query: ImageRecord, n: int, gallery: Gallery | None
) -> Shortlist:
    """Return the n nearest images of the database or, where there is one, of the query's gallery.

    Raises:
        ImageError: The query's vector is not stored and its image cannot be decoded.
        ModelError: The descriptor computes none.
    """
    vector = vectors.of(query)
    if gallery is None:
        return index.search(query.image_id, vector, min(n, len(index.image_ids)))
    found = index.search(query.image_id, vector, len(index.image_ids))
    places = [place for place, one in enumerate(found.image_ids) if one in gallery][:n]
    cosines = found.cosines[places]
    cosines.flags.writeable = False
    ids = tuple(found.image_ids[place] for place in places)
    return Shortlist(query.image_id, ids, cosines, found.exact)
