"""The moves facet: what re-ranking did to single queries and positives, largest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.metrics import ap_at_k, negatives_before
from core.bench.orders import Noted, Orders
from core.bench.queries import QueriesFacet
from core.bench.session import Session
from core.bench.stage_use import stage_names
from core.bench.stored_scorers import KnownScorer, ScorersFacet
from core.recent import Recent
from core.types.corpus import ImageRecord, Relevance
from core.types.orders import Fusion
from core.types.rankings import QueryChange, QueryOutcome
from core.types.runs import StageMean
from core.types.scorers import DESCRIPTOR_ID, MovedPositive, MovedPositives, ScorerEntry

_KEPT = 8
_Side = KnownScorer | None
"""A scorer of pairs, or None for the descriptor."""


@dataclass(frozen=True, slots=True)
class _Moves:
    """One query's positives under both scorers; `noted` is what they were made from."""

    noted: Noted
    pairs: tuple[MovedPositive, ...]
    n_unscored: int
    is_partial: bool


class MovesFacet:
    """Compares two scorers positive by positive; what was counted is kept until scores change."""

    def __init__(
        self, session: Session, orders: Orders, scorers: ScorersFacet, queries: QueriesFacet
    ) -> None:
        self._session = session
        self._orders = orders
        self._scorers = scorers
        self._queries = queries
        self._made: Recent[tuple[object, ...], dict[str, _Moves]] = Recent(_KEPT)
        self._stages: Recent[tuple[Fusion, int], tuple[StageMean, ...]] = Recent(_KEPT)

    def positives(
        self, a: str | None, b: str | None, fusion: Fusion, n: int
    ) -> MovedPositives | None:
        """Return the n positives that two scorers move most; None while there is no index.

        Args:
            a: A scorer's id; None = the descriptor.
            b: Another one's; None = the bench's own.
            fusion: Depth, and how cosine and score are joined.
            n: How many pairs.

        Raises:
            SettingsError: The workspace has no scores of one of them.
        """
        if self._session.index is None or not self._session.is_loaded:
            return None
        sides = (self._side(a or DESCRIPTOR_ID), self._side(b or self._own().scorer_id))
        made = self._count(sides, fusion)
        pairs = [pair for moves in made.values() for pair in moves.pairs]
        moved = sorted(
            (pair for pair in pairs if pair.change),
            key=lambda pair: (-abs(pair.change), pair.query_id, pair.image_id),
        )
        return MovedPositives(
            a=self._entry(sides[0]),
            b=self._entry(sides[1]),
            pairs=tuple(moved[:n]),
            n_pairs=len(pairs),
            n_unscored=sum(moves.n_unscored for moves in made.values()),
            n_partial=sum(moves.is_partial for moves in made.values()),
            n_queries=len(made),
            n_total=len(self._session.measurable),
        )

    def queries(
        self, fusion: Fusion, n: int, n_cards: int
    ) -> tuple[tuple[QueryChange, ...], tuple[QueryChange, ...]]:
        """Return the n biggest rescues and the n biggest harms so far, each with its first cards.

        Raises:
            ImageError: A query cannot be decoded any more.
        """
        rescues, harms = largest_changes(self._orders.outcomes(fusion), n)
        return (
            tuple(self._with_cards(outcome, fusion, n_cards) for outcome in rescues),
            tuple(self._with_cards(outcome, fusion, n_cards) for outcome in harms),
        )

    def stages(self, fusion: Fusion) -> tuple[StageMean, ...]:
        """Return the mAP before, after every stage, and after the fusion where there is one.

        Over the queries evaluated so far; empty before the first.
        """
        key = (fusion, self._orders.revision)
        return self._stages.get_or_make(key, lambda: self._mean_stages(fusion))

    def _mean_stages(self, fusion: Fusion) -> tuple[StageMean, ...]:
        k = self._session.settings.ranking.k
        names = ("before", *stage_names(self._session), *(["fusion"] if fusion.lam else []))
        aps: list[list[float]] = []
        for query_id, order in self._orders.orders(fusion).items():
            relevance = self._session.relevance(query_id)
            made = (order.before.image_ids, *(one.image_ids for one in order.stages), order.after)
            if relevance is None or ap_at_k(order.after, relevance, k) is None:
                continue
            aps.append([ap_at_k(ids, relevance, k) or 0.0 for ids in made[: len(names)]])
        withheld = self._orders.withheld(fusion, self._orders.evaluated())
        return tuple(
            StageMean(name, None if place and withheld else sum(column) / len(aps), len(aps))
            for place, (name, column) in enumerate(zip(names, zip(*aps, strict=True), strict=False))
        )

    def _with_cards(self, outcome: QueryOutcome, fusion: Fusion, n_cards: int) -> QueryChange:
        return QueryChange(outcome, self._queries.inspect(outcome.query_id, fusion, n_cards))

    def _side(self, wanted: str) -> _Side:
        return None if wanted == DESCRIPTOR_ID else self._scorers.find(wanted)

    def _entry(self, side: _Side) -> ScorerEntry:
        return self._scorers.entries()[0] if side is None else side.entry

    def _own(self) -> ScorerEntry:
        return self._scorers.known()[0].entry

    def _count(self, sides: tuple[_Side, _Side], fusion: Fusion) -> dict[str, _Moves]:
        key = (fusion, *(self._version(side) for side in sides))
        known = self._made.get(key) or {}
        made: dict[str, _Moves] = {}
        for query_id, noted in sorted(self._orders.evaluated().items()):
            old = known.get(query_id)
            if old is not None and old.noted is noted:
                made[query_id] = old
                continue
            found = self._moves(self._session.queries[query_id], sides, fusion, noted)
            if found is not None:
                made[query_id] = found
        return self._made.put(key, made)

    def _version(self, side: _Side) -> object:
        """Return what changes when there may be other scores of a scorer."""
        if side is None or side.entry.is_own:  # the own scorer's are in `Orders`
            return None if side is None else side.fingerprint
        return (side.fingerprint, self._session.scores.written(side.fingerprint))

    def _moves(
        self, query: ImageRecord, sides: tuple[_Side, _Side], fusion: Fusion, noted: Noted
    ) -> _Moves | None:
        relevance = self._session.relevance(query.image_id)
        orders = [self._order(query, side, fusion) for side in sides]
        if relevance is None or None in orders:
            return None
        found = [order for order in orders if order is not None]
        counts = [negatives_before(image_ids, relevance) for image_ids, _ in found]
        unscored = {image_id for _, missing in found for image_id in missing}
        return _moves_of(query.image_id, relevance, counts, unscored, noted)

    def _order(
        self, query: ImageRecord, side: _Side, fusion: Fusion
    ) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """Return the order by one scorer and what of the pairs it was asked for has no score."""
        if side is None:
            shortlist = self._session.shortlist(query)
            return None if shortlist is None else (shortlist.image_ids, ())
        if side.entry.is_own:
            order = self._orders.noted(query.image_id, fusion)
        else:
            order = self._orders.of(query, fusion, (self._scorers.stage(side, query),))
        return None if order is None else (order.after, order.pending)


def _moves_of(
    query_id: str,
    relevance: Relevance,
    counts: Sequence[dict[str, int]],
    unscored: set[str],
    noted: Noted,
) -> _Moves:
    first, second = counts
    pairs = tuple(
        MovedPositive(query_id, image_id, first[image_id], second[image_id])
        for image_id in sorted(first)
        if image_id not in unscored
    )
    missing = sum(relevance.relation(image_id) == "positive" for image_id in unscored)
    return _Moves(noted, pairs, missing, is_partial=len(unscored) > missing)


def largest_changes(
    outcomes: Sequence[QueryOutcome], n: int
) -> tuple[tuple[QueryOutcome, ...], tuple[QueryOutcome, ...]]:
    """Return the n rescued that gain most AP and the n harmed that lose most; ties by id."""
    harmed = [o for o in outcomes if o.failure_class.startswith("harmed")]
    rescued = [o for o in outcomes if o.failure_class == "rescued"]
    harmed.sort(key=lambda o: (o.delta, o.query_id))
    rescued.sort(key=lambda o: (-o.delta, o.query_id))
    return tuple(rescued[:n]), tuple(harmed[:n])
