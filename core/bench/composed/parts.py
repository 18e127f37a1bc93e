"""Every composed query with its text taken away, and with its image: what the order rests on."""

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
            parts = self._parts(query, orders)
            if parts is not None:  # else a pair failed: nothing is said of this query
                found = replace(found, queries=(*found.queries, parts))
        self._made.put(fusion, found)
        yield Progress("ask in parts", len(queries), len(queries), "queries"), found

    def _parts(self, query: ImageRecord, orders: list[Order]) -> QueryParts | None:
        if any(order.pending for order in orders):
            return None
        relevance = self._session.relevance(query.image_id)
        outcomes = [self._orders.outcome_under(relevance, query, order) for order in orders]
        known = [outcome.ap_after for outcome in outcomes if outcome is not None]
        whole, image, text = orders
        return QueryParts(
            query.image_id,
            query.text,
            *compared(whole, image),
            *compared(whole, text),
            aps=tuple(known) if len(known) == len(orders) else None,
        )


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
