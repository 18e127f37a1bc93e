"""Margins of the queries evaluated so far, and outcomes at any depth and fusion from them."""

import threading
from collections.abc import Mapping
from functools import partial

from core.analysis.outcomes import Thresholds, query_outcome
from core.settings import Settings
from core.types import QueryOutcome
from core.workbench.shared import Shared

_KEPT = 16


def thresholds(settings: Settings) -> Thresholds:
    """Return when a query counts as easy, rescued or harmed."""
    return Thresholds(settings.ranking.easy, settings.ranking.change)


class Results:
    """Remembers which queries are scored; every outcome is computed from the score cache."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._lock = threading.Lock()
        self._margins: dict[str, dict[str, float]] = {}
        self._seconds: dict[str, dict[str, float]] = {}
        self._made: dict[tuple[int, float, float, int], tuple[QueryOutcome, ...]] = {}
        self._version = 0

    @property
    def n_noted(self) -> int:
        """How many queries are in the results."""
        return len(self._margins)

    def note(self, query_id: str) -> None:
        """Take up a query of the corpus whose pairs have been scored."""
        query = self._shared.queries.get(query_id)
        shortlist = None if query is None else self._shared.shortlist(query)
        if query is None or shortlist is None:
            return
        scores = self._shared.models().reranker.cached(query, shortlist.image_ids)
        with self._lock:
            self._margins[query_id] = {i: score.margin for i, score in scores.items()}
            self._seconds[query_id] = {i: score.seconds for i, score in scores.items()}
            self._version += 1

    def outcomes(self, depth: int, lam: float, gamma: float) -> tuple[QueryOutcome, ...]:
        """Return the outcomes of noted queries that have a positive, sorted by query id."""
        with self._lock:
            key = (depth, lam, gamma, self._version)
            margins = dict(self._margins)
        if key not in self._made:
            made = self._compute(margins, depth, lam, gamma)
            with self._lock:
                self._made = {k: v for k, v in self._made.items() if k[3] == self._version}
                if len(self._made) >= _KEPT:
                    self._made.clear()
                self._made[key] = made
            return made
        return self._made[key]

    def seconds_per_query(self, depth: int) -> float | None:
        """Return mean seconds that scoring the first `depth` pairs took when it was computed.

        Cached scores keep the time they once took, so reading the cache never counts. None
        before the first query.
        """
        with self._lock:
            seconds = dict(self._seconds)
        totals = [
            sum(seconds[query_id].get(image_id, 0.0) for image_id in shortlist.image_ids[:depth])
            for query_id in seconds
            if (shortlist := self._shared.shortlist(self._shared.queries[query_id])) is not None
        ]
        return sum(totals) / len(totals) if totals else None

    def _compute(
        self, margins: Mapping[str, Mapping[str, float]], depth: int, lam: float, gamma: float
    ) -> tuple[QueryOutcome, ...]:
        settings = self._shared.settings
        outcome = partial(
            query_outcome,
            depth=depth,
            k=settings.ranking.k,
            lam=lam,
            gamma=gamma,
            thresholds=thresholds(settings),
        )
        found: list[QueryOutcome] = []
        for query_id in sorted(margins):
            query = self._shared.queries[query_id]
            relevance = self._shared.relevance(query_id)
            shortlist = self._shared.shortlist(query)
            if relevance is None or shortlist is None:
                continue
            one = outcome(shortlist, relevance, margins[query_id], query.instance_id)
            if one is not None:
                found.append(one)
        return tuple(found)
