"""How the queries of an opened bench stand, and the bench as a whole."""

from collections.abc import Callable, Iterable, Mapping

from core.bench.orders import Orders
from core.bench.query_states import (
    UPLOADED,
    Tally,
    bench_state,
    query_state,
    tally,
    work_name,
)
from core.bench.session import Session
from core.types.jobs import JobView
from core.types.orders import Fusion
from core.types.rankings import QueryOutcome
from core.types.states import State, StateName

ViewJob = Callable[[str], JobView | None]
"""How a job of the board stands, by its key."""


def no_jobs(_key: str) -> None:
    """Say that nothing runs, where a bench has no board."""


class States:
    """Says why numbers are missing, from the corpus, the scores and the running work.

    Args:
        session: The bench.
        orders: Its outcomes.
        view_job: Of the jobs `plan` and `prepare`.
    """

    def __init__(self, session: Session, orders: Orders, view_job: ViewJob) -> None:
        self._session = session
        self._orders = orders
        self._view_job = view_job

    def of_queries(
        self, query_ids: Iterable[str], outcomes: Mapping[str, QueryOutcome]
    ) -> dict[str, State]:
        """Return how some queries stand, by id; those that are not the corpus's are uploads."""
        work, error = self._work()
        why_not = self._session.obstacles
        return {
            query_id: query_state(
                why_not.get(query_id, UPLOADED), outcomes.get(query_id), work, error
            )
            for query_id in query_ids
        }

    def of_bench(self, fusion: Fusion) -> State:
        """Return how the numbers over all queries stand."""
        nothing = self._session.nothing_to_measure
        return nothing or bench_state(self.counts(fusion), *self._work())

    def counts(self, fusion: Fusion) -> Tally:
        """Return how many queries are scored and left out."""
        return tally(tuple(self._session.obstacles.values()), self._orders.outcomes(fusion))

    def _work(self) -> tuple[StateName, str | None]:
        planning, preparing = self._view_job("plan"), self._view_job("prepare")
        error = next((job.error for job in (preparing, planning) if job and job.error), None)
        return work_name(planning, preparing), error
