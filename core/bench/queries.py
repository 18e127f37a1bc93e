"""The queries facet: list, inspect, score, add."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.bench.cards import Candidates, n_positives
from core.bench.orders import Orders
from core.bench.scorer_choice import score_kind
from core.bench.session import Session
from core.reranking.fusion import rank_after
from core.types.corpus import ImageRecord, Relevance
from core.types.rankings import QueryRow, QueryView
from core.types.runs import Progress
from core.types.scores import FailedPair, PairScore


class QueriesFacet:
    """Everything about single queries."""

    def __init__(self, session: Session, orders: Orders) -> None:
        self._session = session
        self._orders = orders
        self._failed: dict[str, dict[str, str]] = {}

    def rows(self, depth: int, lam: float, gamma: float) -> tuple[QueryRow, ...]:
        """Return one row per query: uploads newest first, then the corpus's by id.

        Damaged copies that a sweep kept for inspection are left out.
        """
        outcomes = {o.query_id: o for o in self._orders.outcomes(depth, lam, gamma)}
        uploads = [
            (record, True)
            for record in self._session.uploads.records()
            if "parent" not in record.tags
        ]
        own = [(record, False) for record in self._session.corpus.queries]
        return tuple(
            QueryRow(
                query_id=record.image_id,
                instance_id=record.instance_id,
                uploaded=uploaded,
                problem=record.problem,
                outcome=outcomes.get(record.image_id),
            )
            for record, uploaded in uploads + own
        )

    def record(self, image_id: str) -> ImageRecord:
        """Return a query, database image or upload.

        Raises:
            UnknownImageError: None of them has this id.
        """
        return self._session.record(image_id)

    def thumbnail(self, image_id: str, side_px: int) -> Path:
        """Return a WebP preview whose long side is `side_px`, made on first use.

        Raises:
            UnknownImageError: No image has this id.
            ImageError: The image cannot be decoded.
        """
        return self._session.thumbnails.path(self._session.record(image_id), side_px)

    def inspect(
        self, query_id: str, depth: int, lam: float, gamma: float, limit: int = 100
    ) -> QueryView:
        """Return the query's strips from cached scores; no pair is scored here.

        Empty strips and `n_shortlist` 0 mean that the index is still to be built.

        Args:
            query_id: A query of the corpus or an upload.
            depth: How many of the shortlist the second stage may re-order.
            lam: Weight of the cosine in [0, 1].
            gamma: Slope of the sigmoid, per nat.
            limit: Candidates per strip.

        Raises:
            UnknownImageError: There is no such query.
            ImageError: It cannot be decoded.
        """
        query = self._session.record(query_id)
        relevance = self._session.relevance(query_id)
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return _empty_view(query, relevance, depth, lam, gamma)
        head = shortlist.image_ids[:depth]
        reranker = self._session.models().reranker
        chosen = reranker.selection(query, shortlist, depth)
        scores = reranker.cached(query, chosen.image_ids)
        margins = {image_id: score.margin for image_id, score in scores.items()}
        after = rank_after(chosen.shortlist, margins, chosen.depth, lam, gamma).image_ids
        failed = self._failed.get(query_id, {})
        cards = Candidates(
            self._session.database, relevance, shortlist, after, scores, failed, chosen
        )
        missing = [i for i in (*chosen.image_ids, *chosen.missing) if i not in scores]
        n_pending = sum(image_id not in failed for image_id in missing)
        setting = (depth, lam, gamma)
        return QueryView(
            query=query,
            before=cards.make(shortlist.image_ids[:limit]),
            after=cards.make(after[:limit]),
            moved=cards.make(head),
            depth=len(head),
            lam=lam,
            gamma=gamma,
            n_shortlist=len(shortlist.image_ids),
            n_positives=n_positives(relevance),
            n_pending=n_pending,
            n_unscored=len(missing),
            outcome=None if n_pending else self._orders.outcome(query, margins, setting),
            exact=shortlist.exact,
            kind=score_kind(self._session.settings),
        )

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
        thin = self._session.settings.ranking.thin
        total = min(depth, thin or depth, len(shortlist.image_ids))
        done = 0
        self._failed.pop(query_id, None)
        for batch in self._session.trusted_models().reranker.rerank(query, shortlist, depth):
            done += len(batch)
            self._note_failures(query_id, batch)
            yield Progress("score", min(done, total), total, "pairs")
        self._orders.note(query_id)

    def add_upload(self, data: bytes, name: str) -> str:
        """Keep a dropped or pasted image and return its query id.

        Raises:
            ImageError: It is refused or cannot be decoded.
            WorkspaceError: The quota for uploads is used up.
        """
        return self._session.uploads.add(data, name).image_id

    def _note_failures(self, query_id: str, batch: Sequence[PairScore | FailedPair]) -> None:
        reasons = {pair.image_id: pair.reason for pair in batch if isinstance(pair, FailedPair)}
        if reasons:
            self._failed.setdefault(query_id, {}).update(reasons)


def _empty_view(
    query: ImageRecord, relevance: Relevance | None, depth: int, lam: float, gamma: float
) -> QueryView:
    return QueryView(
        query=query,
        before=(),
        after=(),
        moved=(),
        depth=depth,
        lam=lam,
        gamma=gamma,
        n_shortlist=0,
        n_positives=n_positives(relevance),
        n_pending=0,
        n_unscored=0,
        outcome=None,
        exact=True,
    )
