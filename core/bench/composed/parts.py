"""Every composed query with its text taken away, and with its image: what the order rests on."""

import statistics
from collections.abc import Iterator
from dataclasses import replace

from core.bench.composed.asked import blank, compared
from core.bench.orders import Orders
from core.bench.session import Session
from core.errors import SettingsError
from core.recent import Recent
from core.types.composed import PartsReport, QueryParts
from core.types.corpus import ImageRecord
from core.types.jobs import Step
from core.types.orders import Fusion, Order
from core.types.runs import Progress

WAYS = ("as asked", "image alone", "text alone")
_KEPT = 4


class PartsFacet:
    """Scores composed queries as asked, by their image alone, and by their text alone."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._made = Recent[Fusion, PartsReport](_KEPT)

    @property
    def queries(self) -> tuple[ImageRecord, ...]:
        """The corpus's queries with a text that can be opened, by id."""
        return tuple(
            one for one in self._session.corpus.queries if one.text and one.problem is None
        )

    def report(self, fusion: Fusion) -> PartsReport:
        """Return what was measured under these settings; empty before `measure`."""
        return self._made.get(fusion) or PartsReport(len(self.queries))

    def measure(self, fusion: Fusion) -> Iterator[Step[PartsReport]]:
        """Score what is missing of every composed query, all three ways; yields what is known.

        What is scored is stored, so that a stopped measurement goes on where it was.

        Raises:
            SettingsError: No query has a text, or there is no index yet.
            ImageError: A query cannot be decoded.
            ModelError: The model failed or is not fit to score.
        """
        session, queries = self._session, self.queries
        if not queries:
            raise SettingsError("No query of this corpus has a text; see the column `text`.")
        if session.index is None:
            raise SettingsError("The index is not built yet; wait for it or run `index`.")
        cascade = session.trusted_models().cascade
        nothing = session.uploads.add_pixels(blank(), "no image", queries[0].image_id)
        found = PartsReport(len(queries))
        aps: dict[str, list[float]] = {way: [] for way in WAYS}
        for done, query in enumerate(queries):
            yield Progress("ask in parts", done, len(queries), "queries"), found
            orders: list[Order] = []
            for record in asked_three_ways(query, nothing):
                shortlist = session.shortlist(record)
                assert shortlist is not None, "there is an index"
                for _ in cascade.work(record, shortlist, fusion.depth):
                    yield Progress("ask in parts", done, len(queries), "queries"), found
                order = self._orders.of(record, fusion)
                assert order is not None, "there is an index"
                orders.append(order)
            found = self._with(found, query, orders, aps)
        self._made.put(fusion, found)
        yield Progress("ask in parts", len(queries), len(queries), "queries"), found

    def _with(
        self,
        found: PartsReport,
        query: ImageRecord,
        orders: list[Order],
        aps: dict[str, list[float]],
    ) -> PartsReport:
        if any(order.pending or order.unscored for order in orders):
            return found  # a pair failed: nothing is said of this query
        relevance = self._session.relevance(query.image_id)
        for way, order in zip(WAYS, orders, strict=True):
            outcome = self._orders.outcome_under(relevance, query, order)
            if outcome is not None:
                aps[way].append(outcome.ap_after)
        whole, image, text = orders
        parts = QueryParts(
            query.image_id, query.text, *compared(whole, image), *compared(whole, text)
        )
        means = {way: statistics.fmean(one) for way, one in aps.items() if one}
        return replace(found, queries=(*found.queries, parts), means=means)


def asked_three_ways(
    query: ImageRecord, nothing: ImageRecord
) -> tuple[ImageRecord, ImageRecord, ImageRecord]:
    """Return a composed query as it is, without its text, and with a blank picture."""
    parent = {"parent": query.image_id}
    alone = replace(query, text="", tags={**parent, "asked": "image alone"})
    spoken = replace(
        nothing, image_id=query.image_id, text=query.text, tags={**parent, "asked": "text alone"}
    )
    return query, alone, spoken
