"""TREC: the measures of trec_eval on qrels and a run, in its order."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from core.analysis.protocols.lists import Answer, answers
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, BenchmarkQuery, Rankings

SOURCE = "usnistgov/trec_eval through pytrec_eval-terrier 0.5.11; means of ir_measures 0.4.3"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Gains of one query: `listed` (n,) in trec_eval's order, `ideal` (m,) of all judged, falling.

    A gain is the grade, 0 where it is negative or not judged; 1 and above is relevant.
    """

    listed: NDArray[np.float64]
    ideal: NDArray[np.float64]

    @property
    def n_relevant(self) -> int:
        """How many relevant images there are, listed or not."""
        return int((self.ideal >= 1).sum())

    def ranks(self, k: int | None = None) -> list[int]:
        """Return the 1-based ranks of the relevant images within k, rising."""
        return [int(place) + 1 for place in np.flatnonzero(self.listed[:k] >= 1)]


_Of = Callable[[Judged], float]


def measured(benchmark: Benchmark, rankings: Rankings, name: str, of: _Of) -> Values:
    """Return one measure of trec_eval, averaged over all queries of the qrels.

    Formula: `of`. Junk: none; judged 0 or less is not relevant and takes a rank. Ties: order is by
    falling score in float32, equal scores by falling id (bytes of UTF-8); the order of the list
    counts only where it has no scores. Empty: a query without a list, or without a relevant image,
    counts 0, as ir_measures does (pytrec_eval leaves queries without a list out).
    Source: usnistgov/trec_eval through pytrec_eval-terrier 0.5.11 (scores that differ by 1e-10
    were seen to tie there).
    Trap: `map_cut` divides by all relevant images, not by min(k, relevant).

    Raises:
        ProtocolError: A list repeats an image or has a score that is not finite.
    """
    values = {query.query_id: 0.0 for query in benchmark.queries}
    for answer in answers(benchmark, rankings, may_lack=True):
        one = _judged(answer)
        if one.n_relevant:
            values[answer.query.query_id] = of(one)
    return (mean_value(name, values),)


def grades_of(query: BenchmarkQuery) -> dict[str, float]:
    """Return the judged grades of a query; 1 for each positive where the files have none."""
    return dict(query.grades) if query.grades else dict.fromkeys(query.positives, 1.0)


def average_precision(one: Judged, k: int | None = None) -> float:
    """Return the sum of the precision at each relevant image within k / all relevant."""
    return sum(i / rank for i, rank in enumerate(one.ranks(k), start=1)) / one.n_relevant


def precision(one: Judged, k: int) -> float:
    """Return relevant images within k / k, also where the list is shorter."""
    return len(one.ranks(k)) / k


def recall(one: Judged, k: int) -> float:
    """Return relevant images within k / all relevant."""
    return len(one.ranks(k)) / one.n_relevant


def success(one: Judged, k: int) -> float:
    """Return 1.0 where a relevant image is within k."""
    return float(bool(one.ranks(k)))


def r_precision(one: Judged) -> float:
    """Return the precision at the number of relevant images."""
    return precision(one, one.n_relevant)


def reciprocal_rank(one: Judged) -> float:
    """Return 1 / rank of the first relevant image, 0 where none is listed."""
    ranks = one.ranks()
    return 1 / ranks[0] if ranks else 0.0


def ndcg(one: Judged, k: int | None = None) -> float:
    """Return the sum of grade / log2(rank + 1) within k / the same of the ideal list."""
    return _dcg(one.listed[:k]) / _dcg(one.ideal[:k])


def _judged(answer: Answer) -> Judged:
    grades = {image: max(0.0, grade) for image, grade in grades_of(answer.query).items()}
    image_ids: Sequence[str] = answer.image_ids
    if answer.scores is not None:
        scores = answer.scores.astype(np.float32).tolist()
        keys = sorted(zip(scores, (image.encode() for image in image_ids), strict=True))
        image_ids = [image.decode() for _, image in reversed(keys)]
    listed = np.array([grades.get(image, 0.0) for image in image_ids], np.float64)
    return Judged(listed, -np.sort(-np.array(list(grades.values()), np.float64)))


def _dcg(gains: NDArray[np.float64]) -> float:
    return float(np.sum(gains / np.log2(np.arange(2, len(gains) + 2))))


def _rows() -> Iterator[tuple[str, str, _Of]]:
    yield "map", "sum of the precision at each relevant image / all relevant", average_precision
    for k in (10, 100, 1000):
        of = partial(average_precision, k=k)
        yield f"map_cut_{k}", "the same within the first k, still / all relevant", of
    for k in (1, 5, 10):
        yield f"P_{k}", "relevant images within the first k / k", partial(precision, k=k)
    for k in (10, 100, 1000):
        of = partial(recall, k=k)
        yield f"recall_{k}", "relevant images within the first k / all relevant", of
    yield "ndcg", "sum of grade / log2(rank + 1) / the ideal sum", ndcg
    yield "ndcg_cut_10", "the same within the first 10", partial(ndcg, k=10)
    yield "recip_rank", "1 / rank of the first relevant image", reciprocal_rank
    yield "Rprec", "precision at the number of relevant images", r_precision
    yield "success_1", "whether the first image is relevant", partial(success, k=1)


MEASURES = tuple(
    Measure(name, formula, SOURCE, partial(measured, name=name, of=of))
    for name, formula, of in _rows()
)
