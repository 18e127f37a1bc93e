"""What one ranking gives to the Failures screen, made once per setting and revision."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from core.analysis.appearance_change import PairGroups, pair_groups
from core.analysis.evaluation import MAX_UNSCORED_SHARE
from core.analysis.groups import RankedPositives, ranked_positives
from core.bench.orders import Orders, Setting
from core.bench.receipts import n_chosen
from core.bench.session import Session
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
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[Setting, int], Material] = OrderedDict()

    def get(self, setting: Setting) -> Material:
        """Return what this ranking gives, over the queries evaluated so far."""
        key = (setting, self._orders.revision)
        with self._lock:
            if key in self._made:
                return self._made[key]
        made = self._make(setting)
        with self._lock:
            self._made[key] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made

    def _make(self, setting: Setting) -> Material:
        outcomes = self._orders.outcomes(*setting)
        margins = self._orders.margins()
        found = [self._ranked(o, margins[o.query_id], setting) for o in outcomes]
        ranked = tuple(one for one in found if one is not None)
        n_pairs = len(outcomes) * n_chosen(self._session, setting[0])
        n_unscored = sum(o.n_unscored for o in outcomes)
        records = self._session.queries | self._session.database
        return Material(
            outcomes,
            ranked,
            pair_groups(ranked, records),
            withheld=n_unscored > MAX_UNSCORED_SHARE * max(1, n_pairs),
        )

    def _ranked(
        self, outcome: QueryOutcome, margins: dict[str, float], setting: Setting
    ) -> RankedPositives | None:
        query = self._session.queries[outcome.query_id]
        relevance = self._session.relevance(outcome.query_id)
        shortlist = self._session.shortlist(query)
        if relevance is None or shortlist is None:
            return None
        after = self._orders.order(query, margins, setting)
        return ranked_positives(outcome.query_id, shortlist.image_ids, after, relevance)
