"""A saved run's rankings, made again from the score cache and held against its APs."""

from collections.abc import Iterator, Mapping, Sequence

from core.bench.orders import Orders
from core.bench.receipts import receipt_fields
from core.bench.session import Session
from core.errors import ExchangeError
from core.reporting.html import Strips
from core.types.corpus import Relation, Relevance
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome
from core.types.runs import RunReport, Summary

N_CARDS = 8
_SAME = (
    "corpus fingerprint",
    "descriptor fingerprint",
    "score fingerprint",
    "scorer",
    "middle stage",
    "shortlist",
    "k",
    "pipeline",
)
"""Fields of a receipt without which the bench would rank otherwise; older runs lack the last."""


class RunRankings:
    """Rankings are not in a report; the stored scores give them, if the bench is the run's own."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders

    def require_same_corpus(self, report: RunReport) -> None:
        """Refuse a run of another ground truth.

        Raises:
            ExchangeError: The corpus or its labels have changed since.
        """
        if report.receipt.fields.get("corpus fingerprint") != self._session.corpus.fingerprint:
            raise ExchangeError(
                "The corpus or its labels have changed since this run; evaluate again and export "
                "the new run."
            )

    def whole(self, report: RunReport) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every query with its images after re-ranking, best first, junk left out.

        Raises:
            ExchangeError: This bench does not hold the run's scores.
        """
        self._require(report)
        relevance = self._session.corpus.relevance or {}
        for outcome in report.outcomes:
            _, after = self._before_and_after(report, outcome)
            junk = relevance[outcome.query_id].junk
            yield outcome.query_id, tuple(i for i in after if i not in junk)

    def strips(self, report: RunReport, outcomes: Sequence[QueryOutcome]) -> Mapping[str, Strips]:
        """Return the first candidates of some queries before and after.

        Raises:
            ExchangeError: This bench does not hold the run's scores.
        """
        self._require(report)
        relevance = self._session.corpus.relevance or {}
        made: dict[str, Strips] = {}
        for outcome in outcomes:
            labels = relevance[outcome.query_id]
            before, after = self._before_and_after(report, outcome)
            made[outcome.query_id] = Strips(_cards(before, labels), _cards(after, labels))
        return made

    def _require(self, report: RunReport) -> None:
        self.require_same_corpus(report)
        if not self._session.is_loaded or self._session.index is None:
            raise ExchangeError(
                "The index is not open yet; try again when the preparation above has ended."
            )
        summary = report.summary
        asked = int(report.receipt.fields.get("depth", summary.depth))  # may exceed the shortlist
        now = receipt_fields(self._session, Fusion(asked, summary.lam, summary.gamma))
        then = {"pipeline": now["pipeline"], **report.receipt.fields}
        others = [name for name in _SAME if now.get(name) != then.get(name)]
        if others:
            raise ExchangeError(
                f"This run has another {others[0]} than the bench that is open; open the bench as "
                "the run's command says and export it there."
            )

    def _before_and_after(
        self, report: RunReport, outcome: QueryOutcome
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return a query's shortlist before and after, checked against the run's AP."""
        summary = report.summary
        query = self._session.queries[outcome.query_id]
        order = self._orders.of(query, _fusion(summary))
        assert order is not None, "there is an index"
        again = self._orders.outcome(query, order)
        if again is None or again.ap_after != outcome.ap_after:
            raise ExchangeError(
                f"The stored scores no longer give this run's AP of query '{outcome.query_id}'; "
                "evaluate again and export the new run."
            )
        return order.before.image_ids, order.after


def _cards(image_ids: Sequence[str], labels: Relevance) -> tuple[tuple[str, Relation], ...]:
    return tuple((image_id, labels.relation(image_id)) for image_id in image_ids[:N_CARDS])


def _fusion(summary: Summary) -> Fusion:
    return Fusion(summary.depth, summary.lam, summary.gamma)
