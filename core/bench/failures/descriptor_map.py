"""The maps facet: descriptors as points of a plane, and selections made on it."""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from core.analysis.projection import fit_pca, inside, umap_plane
from core.analysis.significance import gap_interval
from core.analysis.slices import attribute_labels
from core.bench.failures.report import FailuresFacet
from core.bench.session import Session
from core.errors import SettingsError
from core.fingerprint import digest
from core.recent import Recent
from core.sampling import even_rows
from core.storage.selections import keep_selection, newest_first, selections
from core.types.failures import QuerySlice
from core.types.maps import (
    DescriptorMap,
    MapLinks,
    MapSelection,
    Polygon,
    Projection,
    SelectionMeans,
)
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome

MAX_POINTS = 5_000
"""Most points of a map; above, queries and database images are drawn evenly by their ids."""
MAX_QUERIES = 2_000
"""Most queries among them."""
MAX_LINES = 2_000
"""Most lines from queries to positives."""
N_INSTANCES = 11
"""Instances with a colour of their own: those with the most points."""
COLUMN = "column:"
OTHER, NONE = "other", "none"
_KEPT = 4


class MapsFacet:
    """Everything about the descriptor map.

    Args:
        session: The opened corpus.
        failures: Outcomes of the queries evaluated so far, and the queries of a slice.
    """

    def __init__(self, session: Session, failures: FailuresFacet) -> None:
        self._session = session
        self._failures = failures
        self._selections = selections(session.workspace.selections)
        self.remove = self._selections.remove
        self._lock = threading.Lock()
        self._made = Recent[tuple[object, ...], DescriptorMap](_KEPT)

    def map(self, projection: Projection) -> DescriptorMap | None:
        """Return the map, or None while there is no index; kept once made.

        PCA is fitted on the drawn database images, and queries are projected onto its axes; UMAP
        arranges all that are drawn.

        Raises:
            SettingsError: The projection needs a package, or more images, than there are.
        """
        index = self._session.index
        if index is None:
            return None
        vectors, key_of = self._session.models().vectors, self._session.query_vectors().key
        known = [q.image_id for q in self._session.corpus.queries if key_of(q) in vectors]
        key = (projection, id(index), len(known))
        with self._lock:  # a second reader waits for the first one's map
            return self._made.get_or_make(key, lambda: self._make(projection, known))

    def colours(self, drawn: DescriptorMap) -> tuple[str, ...]:
        """Return by what points can be coloured: `class`, `instance`, `column:light` ..."""
        records = [self._session.record(i) for i in drawn.image_ids]
        general = ["class"] if self._session.corpus.relevance is not None else []
        if any(record.instance_id for record in records):
            general.append("instance")
        return (*general, *(COLUMN + name for name in attribute_labels(records)))

    def labels(self, drawn: DescriptorMap, colour: str, fusion: Fusion) -> tuple[str, ...]:
        """Return every point's group under a colouring; `none` where it has none.

        Args:
            drawn: The map.
            colour: One of `colours`; empty = none, where there are none.
            fusion: Depth, lam and gamma, for failure classes.

        Raises:
            SettingsError: There is no such colouring.
        """
        if not colour:
            return (NONE,) * len(drawn.image_ids)
        if colour not in self.colours(drawn):
            raise SettingsError(
                f"Points cannot be coloured by '{colour[:80]}'; choose another below the map."
            )
        if colour == "class":
            classes = {o.query_id: o.failure_class for o in self._failures.evaluated(fusion)[0]}
            return tuple(classes.get(i, NONE) for i in drawn.image_ids)
        records = [self._session.record(i) for i in drawn.image_ids]
        if colour.startswith(COLUMN):
            found = attribute_labels(records)[colour.removeprefix(COLUMN)]
            return tuple(found.get(i, NONE) for i in drawn.image_ids)
        counts = Counter(r.instance_id for r in records if r.instance_id is not None)
        most = sorted(counts, key=lambda name: (-counts[name], name))[:N_INSTANCES]
        names = [r.instance_id for r in records]
        return tuple(NONE if n is None else n if n in most else OTHER for n in names)

    def links(
        self,
        drawn: DescriptorMap,
        query_id: str | None,
        chosen: QuerySlice | None,
        fusion: Fusion,
    ) -> MapLinks:
        """Return the lines of a slice's queries, or of one query where no slice is chosen.

        Raises:
            SettingsError: There is no such slice.
        """
        wanted = self._failures.members(chosen, fusion) if chosen is not None else {query_id}
        rows = {image_id: row for row, image_id in enumerate(drawn.image_ids)}
        drawn_ids = zip(drawn.image_ids, drawn.is_query, strict=True)
        queries = tuple(i for i, is_query in drawn_ids if is_query and i in wanted)
        found: list[tuple[int, int]] = []
        n_positives = 0
        for one in queries:
            relevance = self._session.relevance(one)
            positives = relevance.positives - relevance.junk if relevance is not None else ()
            n_positives += len(positives)
            found += [(rows[one], rows[i]) for i in sorted(positives) if i in rows]
        return MapLinks(queries, tuple(found[:MAX_LINES]), n_positives)

    def select(self, projection: Projection, polygon: Polygon) -> MapSelection:
        """Keep the queries inside a polygon as a slice `map:ID`.

        Two polygons around the same images are one selection.

        Args:
            projection: The map that the polygon was drawn on.
            polygon: Its corners (x, y) in the map's coordinates, at least three.

        Raises:
            SettingsError: There is no map, no query inside, or too many selections are kept.
            WorkspaceError: The disk is full or read-only.
        """
        drawn = self.map(projection)
        if drawn is None:
            raise SettingsError("There is no map yet: the index is still being built.")
        rows = np.flatnonzero(inside(np.array(polygon, dtype=np.float64), drawn.xy))
        ids = [drawn.image_ids[row] for row in rows]
        queries = tuple(sorted(i for i, row in zip(ids, rows, strict=True) if drawn.is_query[row]))
        images = [i for i in ids if i in self._session.database]
        if not queries:
            raise SettingsError(
                f"No query lies inside (database images inside: {len(images)}); draw the line "
                "around query marks."
            )
        name = digest({"queries": "\n".join(queries), "images": "\n".join(sorted(images))})
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        made = MapSelection(name[:12], now, projection, queries, len(images), polygon)
        keep_selection(self._selections, made)
        return made

    def selections(self, fusion: Fusion) -> tuple[SelectionMeans, ...]:
        """Return every selection, newest first, with its mAP and that of all other queries.

        Only evaluated queries are in the means.

        Raises:
            StaleIndexError: The file of one cannot be read.
        """
        evaluated = self._failures.evaluated(fusion)
        return tuple(_means(one, *evaluated) for one in newest_first(self._selections))

    def _make(self, projection: Projection, known: Sequence[str]) -> DescriptorMap:
        index, session = self._session.index, self._session
        assert index is not None, "asked before"
        queries = [known[row] for row in even_rows(len(known), MAX_QUERIES)]
        rows = even_rows(len(index.image_ids), MAX_POINTS - len(queries))
        database = index.vectors(rows)
        chosen = set(queries)
        more = [place for place, row in enumerate(rows) if index.image_ids[row] not in chosen]
        keys = [session.query_vectors().key(session.queries[i]) for i in queries]
        own = session.models().vectors.get(keys) if keys else database[:0]
        vectors = np.concatenate([own, database[more]])
        shares = None
        if projection == "pca":
            plane = fit_pca(database)
            xy, shares = plane.project(vectors), plane.shares
        else:
            xy = umap_plane(vectors)
        xy.flags.writeable = False
        return DescriptorMap(
            projection=projection,
            image_ids=(*queries, *(index.image_ids[rows[place]] for place in more)),
            is_query=(True,) * len(queries) + (False,) * len(more),
            xy=xy,
            shares=shares,
            dimension=database.shape[1],
            n_images=len(rows),
            n_images_all=len(index.image_ids),
            n_queries=len(queries),
            n_queries_all=len(known),
            n_missing=len(session.corpus.queries)
            - len(known)
            + len(session.database)
            - len(index.image_ids),
        )


def _means(
    selection: MapSelection, outcomes: Sequence[QueryOutcome], withheld: bool
) -> SelectionMeans:
    members = frozenset(selection.query_ids)
    is_in: NDArray[np.bool_] = np.array([o.query_id in members for o in outcomes], dtype=np.bool_)
    n = int(is_in.sum())
    before = np.array([o.ap_before for o in outcomes], dtype=np.float64)
    after = np.array([o.ap_after for o in outcomes], dtype=np.float64)
    both = 0 < n < len(outcomes) and not withheld
    clusters = [o.cluster for o in outcomes]
    return SelectionMeans(
        selection=selection,
        n_evaluated=n,
        map_before=float(before[is_in].mean()) if n else None,
        map_after=float(after[is_in].mean()) if n and not withheld else None,
        effect=float(after[is_in].mean() - after[~is_in].mean()) if both else None,
        interval=gap_interval(after, clusters, is_in) if both else None,
    )
