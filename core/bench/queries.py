"""The queries facet: list, inspect, score, add."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.bench.cards import Candidates, n_positives
from core.bench.orders import Orders
from core.bench.session import Session
from core.bench.stage_steps import alone, stage_steps
from core.bench.states import States
from core.types.corpus import ImageRecord, Relevance
from core.types.orders import Fusion, Order
from core.types.rankings import QueryOutcome, QueryRow, QueryView
from core.types.runs import Progress
from core.types.scores import FailedPair, PairScore
from core.types.visitors import SCRIPT, Visitor


class QueriesFacet:
    """Everything about single queries."""

    def __init__(self, session: Session, orders: Orders, states: States) -> None:
        self._session = session
        self._orders = orders
        self._states = states
        self.record = session.record
        self._failed: dict[str, dict[str, str]] = {}

    def rows(self, fusion: Fusion, visitor: Visitor = SCRIPT) -> tuple[QueryRow, ...]:
        """Return one row per query: the corpus's by id, then the visitor's uploads, newest first.

        Damaged copies that a sweep kept for inspection are left out.
        """
        outcomes = {o.query_id: o for o in self._orders.outcomes(fusion)}
        uploads = [(record, True) for record in self._session.uploads.records(visitor.owner)]
        own = [(record, False) for record in self._session.corpus.queries]
        records = own + uploads
        states = self._states.of_queries((record.image_id for record, _ in records), outcomes)
        return tuple(
            QueryRow(
                query_id=record.image_id,
                instance_id=record.instance_id,
                uploaded=uploaded,
                problem=record.problem,
                outcome=outcomes.get(record.image_id),
                state=states[record.image_id],
                name=record.tags["name"] if uploaded else "",
                text=record.text,
            )
            for record, uploaded in records
        )

    def thumbnail(self, image_id: str, side_px: int) -> Path:
        """Return a WebP preview whose long side is `side_px`, made on first use.

        Raises:
            UnknownImageError: No image has this id.
            ImageError: The image cannot be decoded.
        """
        return self._session.thumbnails.path(self._session.record(image_id), side_px)

    def inspect(self, query_id: str, fusion: Fusion, limit: int = 100) -> QueryView:
        """Return the query's strips from cached scores; no pair is scored here.

        Empty strips and `n_shortlist` 0 mean that the index is still to be built.

        Args:
            query_id: A query of the corpus or an upload.
            fusion: Depth, and how cosine and score are joined.
            limit: Candidates per strip.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
        """
        query = self._session.record(query_id)
        relevance = self._session.relevance(query_id)
        order = self._orders.of(query, fusion)
        if order is None:
            return _empty_view(query, relevance, fusion)
        failed = self._failed.get(query_id, {})
        pending = [image_id for image_id in order.pending if image_id not in failed]
        outcome = None if pending else self._orders.outcome(query, order)
        cards = Candidates(self._session.database, relevance, order, failed)
        view = view_of(query, order, cards, limit, pending, outcome)
        k = self._session.settings.ranking.k
        uses = self._orders.uses_of(order)
        return replace(view, stages=stage_steps(order, uses, relevance, failed, k))

    def inspect_stage(
        self, query_id: str, fusion: Fusion, place: int, limit: int = 100
    ) -> QueryView | None:
        """Return what one stage made of the order before it, from cached scores.

        None without an index, and where the pipeline has no such stage.

        Args:
            query_id: A query of the corpus or an upload.
            fusion: Depth, and how cosine and score are joined.
            place: Of the stage, 0 = the first.
            limit: Candidates per strip.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
        """
        query = self._session.record(query_id)
        order = self._orders.of(query, fusion)
        if order is None or not 0 <= place < len(order.stages):
            return None
        of_stage, failed = alone(order, place), self._failed.get(query_id, {})
        relevance = self._session.relevance(query_id)
        cards = Candidates(self._session.database, relevance, of_stage, failed)
        pending = [image_id for image_id in of_stage.pending if image_id not in failed]
        return view_of(query, of_stage, cards, limit, pending, None)

    def score(self, query_id: str, depth: int) -> Iterator[Progress]:
        """Score what is missing of the first `depth`; each batch is stored before it is reported.

        Closing the generator stops within one batch.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
            ModelError: The model failed.
        """
        query = self._session.record(query_id)
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return
        cascade = self._session.trusted_models().cascade
        total = cascade.n_pairs(depth, len(shortlist.image_ids))
        done = 0
        self._failed.pop(query_id, None)
        for n, batch in cascade.work(query, shortlist, depth):
            done += n
            self._note_failures(query_id, batch)
            yield Progress("score", min(done, total), total, "pairs")
        self._orders.note(query_id)

    def add_upload(self, data: bytes, name: str, visitor: Visitor = SCRIPT) -> str:
        """Keep a dropped or pasted image for its visitor and return its query id.

        Raises:
            ImageError: It is refused or cannot be decoded.
            WorkspaceError: The quota for uploads is used up.
        """
        return self._session.uploads.add(data, name, visitor.owner).image_id

    def _note_failures(self, query_id: str, batch: Sequence[PairScore | FailedPair]) -> None:
        reasons = {pair.image_id: pair.reason for pair in batch if isinstance(pair, FailedPair)}
        if reasons:
            self._failed.setdefault(query_id, {}).update(reasons)


def view_of(
    query: ImageRecord,
    order: Order,
    cards: Candidates,
    limit: int,
    pending: Sequence[str],
    outcome: QueryOutcome | None,
) -> QueryView:
    """Return what the Queries screen shows of an order.

    Args:
        query: The query.
        order: Its candidates' order.
        cards: Makes their cards.
        limit: Most candidates per strip.
        pending: The candidates that are still to be scored by a stage.
        outcome: What the order is worth, if that is known.
    """
    return QueryView(
        query=query,
        before=cards.make(order.before.image_ids[:limit]),
        after=cards.make(order.after[:limit]),
        moved=cards.make(order.head),
        depth=len(order.head),
        lam=order.fusion.lam,
        gamma=order.fusion.gamma,
        n_shortlist=len(order.before.image_ids),
        n_positives=cards.n_positives,
        n_pending=len(pending),
        n_unscored=len({*order.unscored, *pending}),
        outcome=outcome,
        exact=order.before.exact,
        kind=order.last.kind,
    )


def _empty_view(query: ImageRecord, relevance: Relevance | None, fusion: Fusion) -> QueryView:
    return QueryView(
        query=query,
        before=(),
        after=(),
        moved=(),
        depth=fusion.depth,
        lam=fusion.lam,
        gamma=fusion.gamma,
        n_shortlist=0,
        n_positives=n_positives(relevance),
        n_pending=0,
        n_unscored=0,
        outcome=None,
        exact=True,
    )
