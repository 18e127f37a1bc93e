"""A middle stage that thins the shortlist: only the best by a cheap score reach the last scorer."""

from collections.abc import Iterator, Mapping, Sequence

from core.reranking.pointwise import PointwiseReranker
from core.types.corpus import ImageRecord
from core.types.rankings import Selection
from core.types.scores import FailedPair, PairScore, Shortlist


class ThinnedReranker:
    """Of the first `depth` candidates, only the `n` best by the middle stage are scored.

    Args:
        middle: Scores all of the first `depth`; cheap, such as MaxSim.
        last: Scores the `n` best of them.
        n: How many the last stage scores.
    """

    def __init__(self, middle: PointwiseReranker, last: PointwiseReranker, n: int) -> None:
        self._middle = middle
        self._last = last
        self._n = n

    def cached(self, query: ImageRecord, image_ids: Sequence[str]) -> dict[str, PairScore]:
        """Return the last stage's stored scores of one query by image_id; calls no model."""
        return self._last.cached(query, image_ids)

    def selection(self, query: ImageRecord, shortlist: Shortlist, depth: int) -> Selection:
        """Return what the middle stage's stored scores select; calls no model."""
        scores = self._middle.cached(query, shortlist.image_ids[:depth])
        middle = {image_id: score.margin for image_id, score in scores.items()}
        seconds = sum(score.seconds or 0.0 for score in scores.values())
        return thin(shortlist, middle, depth, self._n, seconds)

    def rerank(
        self, query: ImageRecord, shortlist: Shortlist, depth: int
    ) -> Iterator[Sequence[PairScore | FailedPair]]:
        """Yield the scores of the selected candidates, after an empty batch per middle step.

        A candidate without a middle score is yielded as failed, with the reason.

        Raises:
            ImageError: The query itself cannot be decoded.
            ModelError: A model failed.
        """
        for batch in self._middle.rerank(query, shortlist, depth):
            yield [pair for pair in batch if isinstance(pair, FailedPair)]
        chosen = self.selection(query, shortlist, depth)
        rows = {image_id: row for row, image_id in enumerate(shortlist.image_ids)}
        kept = Shortlist(
            shortlist.query_id,
            chosen.image_ids,
            shortlist.cosines[[rows[image_id] for image_id in chosen.image_ids]],
            shortlist.exact,
        )
        yield from self._last.rerank(query, kept, len(chosen.image_ids))


def thin(
    shortlist: Shortlist, middle: Mapping[str, float], depth: int, n: int, seconds: float = 0.0
) -> Selection:
    """Return the shortlist with the n best of its first `depth` by `middle` in front.

    The n best keep their shortlist order among themselves, so that it still breaks the last
    stage's ties; the others follow by middle score, ties by shortlist rank (on the demo, from 50
    to 20 by MaxSim, mAP is 0.4357; with the others in shortlist order 0.4334). Candidates without
    a middle score keep their places while the rest permute among the other places; everything
    after `depth` is kept.

    Args:
        shortlist: The first stage's order.
        middle: The middle stage's scores by image_id, higher is better.
        depth: How many of the shortlist the middle stage scores.
        n: How many of those the last stage scores, at least 1.
        seconds: What computing `middle` took.
    """
    head = shortlist.image_ids[:depth]
    places = [row for row, image_id in enumerate(head) if image_id in middle]
    by_score = sorted(places, key=lambda row: -middle[head[row]])  # stable: ties by shortlist rank
    order = sorted(by_score[:n]) + by_score[n:]
    rows = list(range(len(shortlist.image_ids)))
    for place, row in zip(places, order, strict=True):
        rows[place] = row
    n = min(n, len(places))
    return Selection(
        shortlist=Shortlist(
            shortlist.query_id,
            tuple(shortlist.image_ids[row] for row in rows),
            shortlist.cosines[rows],
            shortlist.exact,
        ),
        depth=places[n - 1] + 1 if n else 0,
        image_ids=tuple(head[row] for row in order[:n]),
        middle=dict(middle),
        missing=tuple(image_id for image_id in head if image_id not in middle),
        seconds=seconds,
    )
