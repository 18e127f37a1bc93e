"""The descriptor map: images as points of a plane, and what was selected on it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.types.runs import Interval

Projection = Literal["pca", "umap"]
PROJECTIONS: tuple[Projection, ...] = get_args(Projection)
Polygon = tuple[tuple[float, float], ...]
"""Corners in the map's coordinates, in order; the last one is joined to the first."""


@dataclass(frozen=True, slots=True, eq=False)
class DescriptorMap:
    """Where descriptors lie in two dimensions.

    Row i of `xy`, (N, 2) float32 and read-only, is image_ids[i]; `is_query[i]` says that it is a
    query (it may be a database image too). `shares` are the parts of the database descriptors'
    variance that the two axes carry, None where the projection has no such thing. `dimension` is
    that of the descriptors. `n_images` of `n_images_all` database images and `n_queries` of
    `n_queries_all` queries are drawn; the others were left out evenly, `n_missing` of them because
    they have no descriptor.
    """

    projection: Projection
    image_ids: tuple[str, ...]
    is_query: tuple[bool, ...]
    xy: NDArray[np.float32]
    shares: tuple[float, float] | None
    dimension: int
    n_images: int
    n_images_all: int
    n_queries: int
    n_queries_all: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class MapLinks:
    """Lines from queries to their positives: (row of a query, row of its positive) on the map.

    `query_ids` are those that lines were asked for and that are drawn. Of their `n_positives`
    (query, positive) pairs some may have no line: the positive is not drawn, or the lines are too
    many.
    """

    query_ids: tuple[str, ...]
    rows: tuple[tuple[int, int], ...]
    n_positives: int


@dataclass(frozen=True, slots=True)
class MapSelection:
    """Queries that were selected on the map by a line drawn around them.

    `selection_id` follows from what was selected. `n_images` counts the database images inside;
    `created_at` is UTC.
    """

    selection_id: str
    created_at: str
    projection: Projection
    query_ids: tuple[str, ...]
    n_images: int
    polygon: Polygon


@dataclass(frozen=True, slots=True)
class SelectionMeans:
    """A selection held against all other queries.

    None = no query of it is evaluated, or no other, or withheld since too many pairs are unscored.

    `n_evaluated` of its queries are evaluated. `effect` is their mean AP after minus that of all
    others, `interval` a bootstrap over instances: it is not corrected, since the queries were
    chosen by looking.
    """

    selection: MapSelection
    n_evaluated: int
    map_before: float | None
    map_after: float | None
    effect: float | None
    interval: Interval | None
