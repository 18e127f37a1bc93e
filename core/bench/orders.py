"""The one place where orders are made: stored scores of a query, stage by stage, to its order."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.analysis.evaluation import Counts, StageCount, is_withheld
from core.analysis.outcomes import Thresholds, query_outcome
from core.bench.session import Session
from core.bench.stage_use import stage_uses, tokens_per_image
from core.recent import Recent
from core.reranking.ordering import Known, Scored, StageScores, order_of
from core.types.corpus import ImageRecord, Relevance
from core.types.orders import Fusion, Order
from core.types.rankings import QueryOutcome
from core.types.runs import StageUse

_FUSIONS_KEPT = 16


@dataclass(frozen=True, slots=True, eq=False)
class Noted:
    """One evaluated query: of every stage the scores and seconds by image_id, never changed.

    Nothing is noted of a stage whose scores hold for one order alone: it is asked again.
    """

    stages: tuple[Mapping[str, Scored], ...]

    @property
    def scores(self) -> dict[str, float]:
        """The last stage's scores by image_id."""
        return {image_id: one.score for image_id, one in self.stages[-1].items()}


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """What one fusion made of a noted query."""

    noted: Noted
    outcome: QueryOutcome | None
    counts: Counts
    n_pairs: int = 0

    @property
    def seconds(self) -> float | None:
        """Computing time of all stages' scores; None where one is not known."""
        told = [one.seconds for one in self.counts]
        known = [one for one in told if one is not None]
        return sum(known) if known and len(known) == len(told) else None


class Orders:
    """Makes the order of a query under the bench's pipeline or another one.

    Every screen, queue, slice and export asks here, so that they rank alike. Remembered is which
    queries were evaluated, with their scores, and their outcomes per fusion, so that a page that
    watches an evaluation, or moves a slider back, computes only what is new.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._noted: dict[str, Noted] = {}
        self._made: Recent[Fusion, tuple[int, dict[str, _Made]]] = Recent(_FUSIONS_KEPT)
        self._tokens: dict[str, float | None] = {}
        self._revision = 0

    @property
    def revision(self) -> int:
        """A number that grows whenever a query is noted."""
        return self._revision

    def of(
        self, query: ImageRecord, fusion: Fusion, pipeline: Sequence[StageScores] | None = None
    ) -> Order | None:
        """Return a query's order from stored scores, or None without an index.

        Args:
            query: A query of the corpus or an upload.
            fusion: Depth of the first stage, and how cosine and score are joined.
            pipeline: Other stages than the bench's own.

        Raises:
            ImageError: The query cannot be decoded.
        """
        shortlist = self._session.shortlist(query)
        if shortlist is None:
            return None
        stages = self._session.models().cascade.scores(query) if pipeline is None else pipeline
        return order_of(shortlist, stages, fusion)

    def noted(self, query_id: str, fusion: Fusion) -> Order | None:
        """Return the order of an evaluated query from the scores it was noted with."""
        noted = self._known(query_id)
        if noted is None:
            return None
        query = self._session.queries[query_id]
        return self.of(query, fusion, self._stages(query, noted))

    def with_scores(
        self, query: ImageRecord, fusion: Fusion, scores: Mapping[str, float]
    ) -> Order | None:
        """Return a query's order with other scores of the last stage, by image_id."""
        own = self._session.models().cascade.scores(query)
        found = {image_id: Scored(score, None) for image_id, score in scores.items()}
        return self.of(query, fusion, (*own[:-1], _with(own[-1], found)))

    def evaluated(self) -> dict[str, Noted]:
        """Return what is known of every evaluated query, by query id."""
        with self._lock:
            return dict(self._noted)

    def note(self, query_id: str) -> None:
        """Take up a query of the corpus whose pairs have been scored."""
        query = self._session.queries.get(query_id)
        shortlist = None if query is None else self._session.shortlist(query)
        if query is None or shortlist is None:
            return
        stages = self._session.models().cascade.scores(query)
        running = self._session.models().cascade.stages
        noted = Noted(
            tuple(
                {} if of.reads_order else stage.known(shortlist.image_ids)
                for of, stage in zip(running, stages, strict=True)
            )
        )
        with self._lock:
            self._noted[query_id] = noted
            self._revision += 1

    def outcomes(self, fusion: Fusion) -> tuple[QueryOutcome, ...]:
        """Return the outcomes of evaluated queries that have a positive, sorted by query id."""
        made = self._all(fusion)
        return tuple(one.outcome for _, one in sorted(made.items()) if one.outcome is not None)

    def orders(self, fusion: Fusion) -> dict[str, Order]:
        """Return the order of every evaluated query, by query id."""
        found = {query_id: self.noted(query_id, fusion) for query_id in sorted(self.evaluated())}
        return {query_id: order for query_id, order in found.items() if order is not None}

    def withheld(self, fusion: Fusion, query_ids: Iterable[str]) -> bool:
        """Return whether too many pairs of these queries have no score to show an mAP.

        The rule is `core.analysis.evaluation.is_withheld`, over the pairs that the pipeline asks
        for.
        """
        return is_withheld(self._counts(fusion, query_ids))

    def n_pairs(self, fusion: Fusion, query_ids: Iterable[str]) -> int:
        """Return how many pairs of these queries the last stage scored or should have scored."""
        made = self._all(fusion)
        return sum(made[query_id].n_pairs for query_id in query_ids if query_id in made)

    def seconds_per_query(self, fusion: Fusion) -> float | None:
        """Return the mean seconds that scoring a query's pairs took when it was computed.

        Stored scores keep the time they once took, so reading them never counts. None before the
        first query, and where no time is known, as of imported scores.
        """
        told = [one.seconds for one in self._all(fusion).values() if one.seconds is not None]
        return sum(told) / len(told) if told else None

    def uses(self, fusion: Fusion, query_ids: Iterable[str]) -> tuple[StageUse, ...]:
        """Return what every stage costs per query, in the mean over these queries."""
        counts = self._counts(fusion, query_ids)
        return stage_uses(self._session, counts, self._tokens_per_image()) if counts else ()

    def uses_of(self, order: Order) -> tuple[StageUse, ...]:
        """Return what every stage of the bench's pipeline costs for one query."""
        return stage_uses(self._session, [_counts_of(order)], self._tokens_per_image())

    def outcome(self, query: ImageRecord, order: Order | None) -> QueryOutcome | None:
        """Return one query's outcome, or None without an index, ground truth or positive."""
        return self.outcome_under(self._session.relevance(query.image_id), query, order)

    def outcome_under(
        self, relevance: Relevance | None, query: ImageRecord, order: Order | None
    ) -> QueryOutcome | None:
        """Return one query's outcome under a ground truth other than the filed one."""
        if relevance is None or order is None:
            return None
        ranking = self._session.settings.ranking
        return query_outcome(
            order,
            relevance,
            query.instance_id,
            k=ranking.k,
            thresholds=Thresholds(ranking.easy, ranking.change),
        )

    def _known(self, query_id: str) -> Noted | None:
        with self._lock:
            return self._noted.get(query_id)

    def _stages(self, query: ImageRecord, noted: Noted) -> tuple[StageScores, ...]:
        cascade = self._session.models().cascade
        return tuple(
            StageScores(str(stage.step.call), stage.kind, cascade.depth_of(place), known_in(scores))
            if not stage.reads_order
            else own
            for place, (stage, own, scores) in enumerate(
                zip(cascade.stages, cascade.scores(query), noted.stages, strict=True)
            )
        )

    def _tokens_per_image(self) -> tuple[float | None, ...]:
        """Return `tokens_per_image` of every stage; read once, since every summary asks for it."""
        for stage in self._session.models().cascade.stages:
            name = stage.scorer.fingerprint
            if self._tokens.get(name) is None:
                self._tokens[name] = tokens_per_image(self._session, stage)
        stages = self._session.models().cascade.stages
        return tuple(self._tokens[stage.scorer.fingerprint] for stage in stages)

    def _counts(self, fusion: Fusion, query_ids: Iterable[str]) -> list[Counts]:
        made = self._all(fusion)
        found = [made[query_id].counts for query_id in query_ids if query_id in made]
        return [counts for counts in found if counts]

    def _all(self, fusion: Fusion) -> dict[str, _Made]:
        """Return what a fusion makes of every evaluated query; only new queries are computed."""
        revision = self.revision  # before the queries: what is kept is never newer than it says
        known, kept = self._made.get(fusion) or (-1, {})
        if known == revision:
            return kept
        noted = self.evaluated()
        made = {q: one for q, one in kept.items() if noted.get(q) is one.noted}
        for query_id in noted.keys() - made.keys():
            made[query_id] = self._make(query_id, noted[query_id], fusion)
        return self._made.put(fusion, (revision, made))[1]

    def _make(self, query_id: str, noted: Noted, fusion: Fusion) -> _Made:
        query = self._session.queries[query_id]
        order = self.of(query, fusion, self._stages(query, noted))
        if order is None:
            return _Made(noted, None, ())
        return _Made(noted, self.outcome(query, order), _counts_of(order), order.n_pairs)


def _counts_of(order: Order) -> Counts:
    return tuple(
        StageCount(stage.n_asked, len(stage.unscored), stage.seconds) for stage in order.stages
    )


def known_in(scores: Mapping[str, Scored]) -> Known:
    """Return what looks up the scores of some candidates in a table of all."""
    return lambda image_ids: {i: scores[i] for i in image_ids if i in scores}


def _with(stage: StageScores, scores: Mapping[str, Scored]) -> StageScores:
    return StageScores(stage.stage, stage.kind, stage.depth, known_in(scores))
