"""What one ranking gives to the Failures screen, made once per setting and revision."""

from dataclasses import dataclass

from core.analysis.appearance_change import PairGroups, pair_groups
from core.analysis.groups import RankedPositives, ranked_positives
from core.bench.orders import Orders
from core.bench.session import Session
from core.recent import Recent
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome

_KEPT = 8


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What one ranking gives: outcomes, where positives stand, and pair groups.

    `withheld` says that too many pairs have no score.
    """

    outcomes: tuple[QueryOutcome, ...]
    ranked: tuple[RankedPositives, ...]
    changes: tuple[PairGroups, ...]
    withheld: bool

    @property
    def positives(self) -> tuple[str, ...]:
        """Every positive of every evaluated query, sorted."""
        return tuple(sorted({i for query in self.ranked for i in query.positives}))


class Materials:
    """Makes and keeps the material of the last few rankings."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._made: Recent[tuple[Fusion, int], Material] = Recent(_KEPT)

    def get(self, fusion: Fusion) -> Material:
        """Return what this ranking gives, over the queries evaluated so far."""
        key = (fusion, self._orders.revision)
        return self._made.get_or_make(key, lambda: self._make(fusion))

    def _make(self, fusion: Fusion) -> Material:
        outcomes = self._orders.outcomes(fusion)
        found = [self._ranked(outcome, fusion) for outcome in outcomes]
        ranked = tuple(one for one in found if one is not None)
        records = self._session.queries | self._session.database
        return Material(
            outcomes,
            ranked,
            pair_groups(ranked, records),
            withheld=self._orders.withheld(fusion, [o.query_id for o in outcomes]),
        )

    def _ranked(self, outcome: QueryOutcome, fusion: Fusion) -> RankedPositives | None:
        relevance = self._session.relevance(outcome.query_id)
        order = self._orders.noted(outcome.query_id, fusion)
        if relevance is None or order is None:
            return None
        before = order.before.image_ids
        return ranked_positives(outcome.query_id, before, order.after, relevance)
