"""One variant of a trade-off grid at work: indexed, scored and summarised like any bench."""

from collections.abc import Iterator, Sequence

from core.analysis.tradeoff_rows import Measured
from core.bench.evaluation import RunsFacet
from core.bench.orders import Orders
from core.bench.protocol_numbers import ProtocolsFacet
from core.bench.queries import QueriesFacet
from core.bench.receipts import receipt_fields
from core.bench.session import Session
from core.bench.states import States, no_jobs
from core.fingerprint import receipt
from core.types.corpus import ImageRecord
from core.types.orders import Fusion
from core.types.runs import Progress, Receipt


class VariantBench:
    """The corpus and stores of a bench under another compression and scorer.

    Args:
        session: Of that compression and scorer; its depth is the greatest measured.
        queries: Which queries are measured.
    """

    def __init__(self, session: Session, queries: Sequence[ImageRecord]) -> None:
        self._session = session
        self._queries = queries
        self._orders = Orders(session)
        self._runs = runs_of(session, self._orders)

    def index(self) -> Iterator[Progress]:
        """Encode what is not stored; see `RunsFacet.build_index`."""
        yield from self._runs.build_index()

    def score(self) -> Iterator[Progress]:
        """Score what is not cached of the chosen queries."""
        yield from self._runs.score(self._queries, self._session.pipeline.depth)

    def measured(self, depth: int) -> Measured:
        """Return means, outcomes and orders at a depth up to the one scored; calls no model."""
        ranking = self._session.settings.ranking
        fusion = Fusion(depth, ranking.lam, ranking.gamma)
        summary = self._runs.summary(fusion)
        assert summary is not None, "there is a query with a positive"
        orders = {q: order.after[:depth] for q, order in self._orders.orders(fusion).items()}
        return Measured(summary, self._orders.outcomes(fusion), orders)

    def receipt(self, depth: int) -> Receipt:
        """Return where the numbers at a depth come from."""
        return tradeoff_receipt(self._session, depth, len(self._queries))


def runs_of(session: Session, orders: Orders | None = None) -> RunsFacet:
    """Return what indexes and evaluates a variant of a bench, of which no screen hears."""
    orders = orders or Orders(session)
    states = States(session, orders, no_jobs)
    queries = QueriesFacet(session, orders, states)
    return RunsFacet(session, orders, queries, states, ProtocolsFacet(session, orders, queries))


def tradeoff_receipt(
    session: Session, depth: int, n_queries: int, without: Sequence[str] = ()
) -> Receipt:
    """Return the receipt of a depth, or of a whole table, `without` what its rows differ in."""
    ranking = session.settings.ranking
    fields = receipt_fields(session, Fusion(depth, ranking.lam, ranking.gamma))
    fields["queries"] = f"{n_queries} of {len(session.corpus.queries)}, evenly spread"
    return receipt({name: text for name, text in fields.items() if name not in without})
