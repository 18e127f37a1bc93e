"""The reliability facet: what the last stage's probability says, held against the ground truth."""

from collections.abc import Iterator

import numpy as np

from core.analysis.evidence_fit import calibration_error, reliability, sigmoids
from core.bench.orders import Orders
from core.bench.session import Session
from core.recent import Recent
from core.reranking.built import RunningStage
from core.types.orders import Fusion, Order
from core.types.reliability import Reliability

_KEPT = 8
_Pair = tuple[float, bool]
"""A log-odds in nats, and whether the pair is a match."""


class ReliabilityFacet:
    """Over the evaluated queries' pairs that the last stage scored; junk is left out."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._made: Recent[tuple[Fusion, int], tuple[Reliability, ...]] = Recent(_KEPT)

    def of(self, fusion: Fusion) -> tuple[Reliability, ...]:
        """Return the probability of the last stage, and before it that of the MLLM within it.

        No pair is scored. Empty where the last stage gives no probability, where there is no ground
        truth, and before the first query is evaluated.
        """
        if not self._session.kind.has_probability or self._session.corpus.relevance is None:
            return ()
        key = (fusion, self._orders.revision)
        return self._made.get_or_make(key, lambda: tuple(self._make(fusion)))

    def _make(self, fusion: Fusion) -> Iterator[Reliability]:
        orders = self._orders.orders(fusion)
        if not orders:
            return
        last = self._session.models().cascade.last
        for leaf in last.leaves:
            if leaf is not last and leaf.kind.has_probability:
                pairs = [pair for order in orders.values() for pair in self._asked(order, leaf)]
                yield from _held(leaf.kind.probability, pairs, len(orders))
        pairs = [pair for order in orders.values() for pair in self._shown(order)]
        yield from _held(last.kind.probability, pairs, len(orders), self._held_out())

    def _shown(self, order: Order) -> Iterator[_Pair]:
        for image_id, score in order.last.scores.items():
            is_match = self._is_match(order.query_id, image_id)
            if is_match is not None:
                yield score, is_match

    def _asked(self, order: Order, leaf: RunningStage) -> Iterator[_Pair]:
        query = self._session.queries[order.query_id]
        known = leaf.reranker.cached(query, list(order.last.scores))
        for image_id, score in known.items():
            is_match = self._is_match(order.query_id, image_id)
            if is_match is not None:
                yield score.margin, is_match

    def _is_match(self, query_id: str, image_id: str) -> bool | None:
        relevance = self._session.relevance(query_id)
        relation = "junk" if relevance is None else relevance.relation(image_id)
        return None if relation == "junk" else relation == "positive"

    def _held_out(self) -> float | None:
        """Return the error on instances held out, where this corpus's labels made the fit."""
        call = self._session.pipeline.last
        if call.name != "evidence":
            return None
        fit = self._session.fits.get(call.option)
        is_here = fit.fitted_on.corpus == self._session.corpus.name
        return fit.held_out.calibration_after if is_here else None


def _held(
    name: str, pairs: list[_Pair], n_queries: int, held_out: float | None = None
) -> Iterator[Reliability]:
    """Yield a probability's reliability; nothing without a pair."""
    if not pairs:
        return
    log_odds, matches = (np.array(column) for column in zip(*pairs, strict=True))
    bins = reliability(sigmoids(log_odds.astype(np.float64)), matches.astype(np.bool_))
    error, n_matches = calibration_error(bins), int(matches.sum())
    yield Reliability(name, bins, error, len(pairs), n_matches, n_queries, held_out)
