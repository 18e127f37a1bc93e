"""Run the stages of a pipeline one after another, each on the order that the one before left."""

from collections.abc import Iterator, Sequence

from core.reranking.built import RunningStage
from core.reranking.ordering import Scored, StageScores, order_of, reordered
from core.types.corpus import ImageRecord
from core.types.orders import Fusion, Order
from core.types.scores import FailedPair, PairScore, Shortlist


class Cascade:
    """The second stage of a bench: one stage, or several in a row.

    Args:
        stages: In the order in which they run; at least one.
    """

    def __init__(self, stages: Sequence[RunningStage]) -> None:
        self.stages = tuple(stages)

    @property
    def last(self) -> RunningStage:
        """The stage whose scores order the first places."""
        return self.stages[-1]

    def n_pairs(self, depth: int, n_listed: int) -> int:
        """Return how many pairs of one query all stages together are to score.

        Args:
            depth: Of the first stage.
            n_listed: How many candidates the shortlist holds.
        """
        depths = [depth, *(stage.step.depth for stage in self.stages[1:])]
        return sum(min(one, n_listed) for one in depths)

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the last stage's stored scores of one query by image_id; calls no model."""
        return self.last.reranker.cached(query, image_ids)

    def scores(self, query: ImageRecord) -> tuple[StageScores, ...]:
        """Return the stages with what is stored of one query, read when it is asked for."""
        return tuple(
            _stored(stage, query, self.depth_of(place)) for place, stage in enumerate(self.stages)
        )

    def depth_of(self, place: int) -> int | None:
        """Return a stage's own depth; None of the first, which takes the depth that is asked."""
        return self.stages[place].step.depth if place else None

    def order(self, query: ImageRecord, shortlist: Shortlist, fusion: Fusion) -> Order:
        """Return the query's order as far as stored scores tell; calls no model."""
        return order_of(shortlist, self.scores(query), fusion)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the last stage's scores batch by batch; each batch is stored before the next.

        A batch of an earlier stage is yielded without its scores, so with its failures alone.

        Args:
            query: The query.
            shortlist: The first stage's order.
            depth: How many of it the first stage of the pipeline re-orders.

        Raises:
            ImageError: The query itself cannot be decoded.
            ModelError: A model failed.
        """
        for _, batch in self.work(query, shortlist, depth):
            yield batch

    def work(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[tuple[int, Sequence[PairScore | FailedPair]]]:
        """Yield what `rerank` yields, each batch with the number of pairs that are done by it."""
        fusion = Fusion(depth, 0.0, 1.0)
        before, known = shortlist, list[StageScores]()
        for place, stage in enumerate(self.stages):
            n = depth if place == 0 else stage.step.depth
            is_last = place == len(self.stages) - 1
            for batch in stage.reranker.rerank(query, before, n):
                yield len(batch), batch if is_last else _failures(batch)
            if not is_last:
                known.append(_stored(stage, query, n))
                before = _after(shortlist, known, fusion)


def _failures(batch: Sequence[PairScore | FailedPair]) -> list[PairScore | FailedPair]:
    return [pair for pair in batch if isinstance(pair, FailedPair)]


def _after(shortlist: Shortlist, known: Sequence[StageScores], fusion: Fusion) -> Shortlist:
    """Return the order that the stages so far left, as a shortlist for the next."""
    return reordered(shortlist, order_of(shortlist, known, fusion).after)


def _stored(stage: RunningStage, query: ImageRecord, depth: int | None) -> StageScores:
    def known(image_ids: Sequence[str]) -> dict[str, Scored]:
        scores = stage.reranker.cached(query, image_ids)
        return {i: Scored(one.margin, one.seconds, one.shares) for i, one in scores.items()}

    return StageScores(str(stage.step.call), stage.kind, depth, known)
