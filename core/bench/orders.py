"""Margins of the queries evaluated so far, and outcomes at any depth and fusion from them."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from core.analysis.outcomes import Thresholds, query_outcome
from core.bench.session import Session
from core.reranking.fusion import rank_after
from core.types.corpus import ImageRecord, Relevance
from core.types.rankings import QueryOutcome

_KEPT = 16
Setting = tuple[int, float, float]
"""Depth, lam and gamma: what re-sorts stored scores."""


class Orders:
    """Remembers which queries are scored; every outcome is computed from the score cache.

    Outcomes are kept per query and setting, so that a page that watches an evaluation, or moves a
    slider back, computes only what is new.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._margins: dict[str, dict[str, float]] = {}
        self._seconds: dict[str, dict[str, float | None]] = {}
        self._made: OrderedDict[Setting, dict[str, QueryOutcome | None]] = OrderedDict()
        self._revision = 0

    @property
    def revision(self) -> int:
        """A number that grows whenever a query's margins are taken up."""
        return self._revision

    def margins(self) -> dict[str, dict[str, float]]:
        """Return nats by image_id for every noted query; the inner tables are never changed."""
        with self._lock:
            return dict(self._margins)

    def note(self, query_id: str) -> None:
        """Take up a query of the corpus whose pairs have been scored."""
        query = self._session.queries.get(query_id)
        shortlist = None if query is None else self._session.shortlist(query)
        if query is None or shortlist is None:
            return
        scores = self._session.models().reranker.cached(query, shortlist.image_ids)
        with self._lock:
            self._margins[query_id] = {i: score.margin for i, score in scores.items()}
            self._seconds[query_id] = {i: score.seconds for i, score in scores.items()}
            for made in self._made.values():
                made.pop(query_id, None)
            self._revision += 1

    def outcomes(self, depth: int, lam: float, gamma: float) -> tuple[QueryOutcome, ...]:
        """Return the outcomes of noted queries that have a positive, sorted by query id."""
        setting = (depth, lam, gamma)
        with self._lock:
            margins = dict(self._margins)
            made = dict(self._made.get(setting, {}))
        for query_id in margins.keys() - made.keys():
            query = self._session.queries[query_id]
            made[query_id] = self.outcome(query, margins[query_id], setting)
        with self._lock:
            self._keep(setting, margins, made)
        return tuple(outcome for _, outcome in sorted(made.items()) if outcome is not None)

    def orders(self, depth: int, lam: float, gamma: float) -> dict[str, tuple[str, ...]]:
        """Return the first `depth` after re-ranking of every noted query, by query id."""
        with self._lock:
            margins = dict(self._margins)
        ordered = {
            query_id: self.order(self._session.queries[query_id], scores, (depth, lam, gamma))
            for query_id, scores in sorted(margins.items())
        }
        return {query_id: after[:depth] for query_id, after in ordered.items() if after}

    def order(
        self, query: ImageRecord, margins: Mapping[str, float], setting: Setting
    ) -> tuple[str, ...]:
        """Return the whole order after re-ranking, as the strips show it; empty without an index.

        Args:
            query: A query of the corpus or an upload.
            margins: Scores by image_id of the candidates that were scored.
            setting: Depth, lam and gamma.
        """
        depth, lam, gamma = setting
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return ()
        chosen = self._session.models().reranker.selection(query, shortlist, depth)
        known = {i: margins[i] for i in chosen.image_ids if i in margins}
        return rank_after(chosen.shortlist, known, chosen.depth, lam, gamma).image_ids

    def seconds_per_query(self, depth: int) -> float | None:
        """Return mean seconds that scoring the first `depth` pairs took when it was computed.

        Cached scores keep the time they once took, so reading the cache never counts. A middle
        stage's time is in it. None before the first query, and where no time is known, as of
        imported scores.
        """
        with self._lock:
            known = dict(self._seconds)
        totals = [self._seconds_of(query_id, known[query_id], depth) for query_id in known]
        told = [total for total in totals if total is not None]
        return sum(told) / len(told) if told else None

    def _seconds_of(
        self, query_id: str, known: Mapping[str, float | None], depth: int
    ) -> float | None:
        query = self._session.queries[query_id]
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return None
        chosen = self._session.models().reranker.selection(query, shortlist, depth)
        seconds = [known[i] for i in chosen.image_ids if i in known]
        told = [one for one in seconds if one is not None]
        return chosen.seconds + sum(told) if len(told) == len(seconds) else None

    def outcome(
        self, query: ImageRecord, margins: Mapping[str, float], setting: Setting
    ) -> QueryOutcome | None:
        """Return one query's outcome, or None without an index, ground truth or positive.

        Args:
            query: A query of the corpus or an upload.
            margins: Scores by image_id of the candidates that were scored.
            setting: Depth, lam and gamma.
        """
        return self.outcome_under(self._session.relevance(query.image_id), query, margins, setting)

    def outcome_under(
        self,
        relevance: Relevance | None,
        query: ImageRecord,
        margins: Mapping[str, float],
        setting: Setting,
    ) -> QueryOutcome | None:
        """Return one query's outcome under a ground truth other than the filed one."""
        depth, lam, gamma = setting
        shortlist = self._session.shortlist(query)
        if relevance is None or shortlist is None:
            return None
        ranking = self._session.settings.ranking
        return query_outcome(
            shortlist,
            relevance,
            margins,
            query.instance_id,
            depth=depth,
            k=ranking.k,
            lam=lam,
            gamma=gamma,
            thresholds=Thresholds(ranking.easy, ranking.change),
            selection=self._session.models().reranker.selection(query, shortlist, depth),
        )

    def _keep(
        self,
        setting: Setting,
        margins: Mapping[str, dict[str, float]],
        made: Mapping[str, QueryOutcome | None],
    ) -> None:
        """Keep what was made from margins that no `note` has replaced in the meantime."""
        current = {q: o for q, o in made.items() if self._margins.get(q) is margins[q]}
        self._made[setting] = current
        self._made.move_to_end(setting)
        while len(self._made) > _KEPT:
            self._made.popitem(last=False)
