"""The moves facet: what re-ranking did to single queries and positives, largest first."""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from core.analysis.metrics import negatives_before
from core.bench.orders import Orders, Setting
from core.bench.queries import QueriesFacet
from core.bench.session import Session
from core.bench.stored_scorers import KnownScorer, ScorersFacet
from core.reranking.fusion import rank_after
from core.types.corpus import ImageRecord, Relevance
from core.types.rankings import QueryChange, QueryOutcome, Selection
from core.types.scorers import DESCRIPTOR_ID, MovedPositive, MovedPositives, ScorerEntry
from core.types.scores import Shortlist

_KEPT = 8
_Side = KnownScorer | None
"""A scorer of pairs, or None for the descriptor."""


@dataclass(frozen=True, slots=True)
class _Moves:
    """One query's positives under both scorers; `margins` is what they were made from."""

    margins: object
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
        self._lock = threading.Lock()
        self._made: OrderedDict[object, dict[str, _Moves]] = OrderedDict()

    def positives(
        self, a: str | None, b: str | None, depth: int, lam: float, gamma: float, n: int
    ) -> MovedPositives | None:
        """Return the n positives that two scorers move most; None while there is no index.

        Args:
            a: A scorer's id; None = the descriptor.
            b: Another one's; None = the bench's own.
            depth: How many of the shortlist a scorer re-orders.
            lam: Weight of the cosine in [0, 1].
            gamma: Slope of the sigmoid, per unit of the score.
            n: How many pairs.

        Raises:
            SettingsError: The workspace has no scores of one of them.
        """
        if self._session.index is None or not self._session.is_loaded:
            return None
        sides = (self._side(a or DESCRIPTOR_ID), self._side(b or self._own().scorer_id))
        setting = (depth, lam, gamma)
        made = self._count(sides, setting)
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
        self, depth: int, lam: float, gamma: float, n: int, n_cards: int
    ) -> tuple[tuple[QueryChange, ...], tuple[QueryChange, ...]]:
        """Return the n biggest rescues and the n biggest harms so far, each with its first cards.

        Raises:
            ImageError: A query cannot be decoded any more.
        """
        rescues, harms = largest_changes(self._orders.outcomes(depth, lam, gamma), n)
        return (
            tuple(self._with_cards(outcome, (depth, lam, gamma), n_cards) for outcome in rescues),
            tuple(self._with_cards(outcome, (depth, lam, gamma), n_cards) for outcome in harms),
        )

    def _with_cards(self, outcome: QueryOutcome, setting: Setting, n_cards: int) -> QueryChange:
        return QueryChange(
            outcome, self._queries.inspect(outcome.query_id, *setting, limit=n_cards)
        )

    def _side(self, wanted: str) -> _Side:
        return None if wanted == DESCRIPTOR_ID else self._scorers.find(wanted)

    def _entry(self, side: _Side) -> ScorerEntry:
        return self._scorers.entries()[0] if side is None else side.entry

    def _own(self) -> ScorerEntry:
        return self._scorers.known()[0].entry

    def _count(self, sides: tuple[_Side, _Side], setting: Setting) -> dict[str, _Moves]:
        margins = self._orders.margins()
        key = (setting, *(self._version(side) for side in sides))
        with self._lock:
            known = dict(self._made.get(key, {}))
        made: dict[str, _Moves] = {}
        for query_id, scores in sorted(margins.items()):
            old = known.get(query_id)
            if old is not None and old.margins is scores:
                made[query_id] = old
                continue
            found = self._moves(self._session.queries[query_id], sides, setting, scores)
            if found is not None:
                made[query_id] = found
        with self._lock:
            self._made[key] = made
            self._made.move_to_end(key)
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def _version(self, side: _Side) -> object:
        """Return what changes when there may be other scores of a scorer."""
        if side is None or side.entry.is_own:  # the own scorer's are in `Orders`
            return None if side is None else side.fingerprint
        return (side.fingerprint, self._session.scores.written(side.fingerprint))

    def _moves(
        self,
        query: ImageRecord,
        sides: tuple[_Side, _Side],
        setting: Setting,
        own: dict[str, float],
    ) -> _Moves | None:
        shortlist = self._session.shortlist(query)
        relevance = self._session.relevance(query.image_id)
        if shortlist is None or relevance is None:
            return None
        counts: list[dict[str, int]] = []
        unscored: set[str] = set()
        for side in sides:
            order, missing = self._order(query, shortlist, side, setting, own)
            counts.append(negatives_before(order, relevance))
            unscored |= missing
        return _moves_of(query.image_id, relevance, counts, unscored, own)

    def _order(
        self,
        query: ImageRecord,
        shortlist: Shortlist,
        side: _Side,
        setting: Setting,
        own: dict[str, float],
    ) -> tuple[tuple[str, ...], set[str]]:
        """Return the order by one scorer and what of the first `depth` it has not scored."""
        depth, lam, gamma = setting
        if side is None:
            return shortlist.image_ids, set()
        if side.entry.is_own:
            chosen: Selection = self._session.models().reranker.selection(query, shortlist, depth)
            margins = {i: own[i] for i in chosen.image_ids if i in own}
            wanted = (*chosen.image_ids, *chosen.missing)
            order = rank_after(chosen.shortlist, margins, chosen.depth, lam, gamma)
        else:
            wanted = shortlist.image_ids[:depth]
            scores = self._scorers.scores(side, query, wanted)
            margins = {image_id: score.margin for image_id, score in scores.items()}
            order = rank_after(shortlist, margins, depth, lam, gamma)
        return order.image_ids, {image_id for image_id in wanted if image_id not in margins}


def _moves_of(
    query_id: str,
    relevance: Relevance,
    counts: Sequence[dict[str, int]],
    unscored: set[str],
    margins: object,
) -> _Moves:
    first, second = counts
    pairs = tuple(
        MovedPositive(query_id, image_id, first[image_id], second[image_id])
        for image_id in sorted(first)
        if image_id not in unscored
    )
    missing = sum(relevance.relation(image_id) == "positive" for image_id in unscored)
    return _Moves(margins, pairs, missing, is_partial=len(unscored) > missing)


def largest_changes(
    outcomes: Sequence[QueryOutcome], n: int
) -> tuple[tuple[QueryOutcome, ...], tuple[QueryOutcome, ...]]:
    """Return the n rescued that gain most AP and the n harmed that lose most; ties by id."""
    harmed = [o for o in outcomes if o.failure_class.startswith("harmed")]
    rescued = [o for o in outcomes if o.failure_class == "rescued"]
    harmed.sort(key=lambda o: (o.delta, o.query_id))
    rescued.sort(key=lambda o: (-o.delta, o.query_id))
    return tuple(rescued[:n]), tuple(harmed[:n])
