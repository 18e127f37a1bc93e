"""Revisited Oxford and Paris: trapezoid mAP and mP@k in the settings easy, medium and hard."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Literal

from core.analysis.metrics import found_ranks
from core.analysis.protocols.average_precision import trapezoid_ap
from core.analysis.protocols.lists import Answer, answers
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, BenchmarkQuery, Rankings
from core.types.corpus import Relevance

Setting = Literal["easy", "medium", "hard"]
SETTINGS: tuple[Setting, ...] = ("easy", "medium", "hard")
CUTS = (1, 5, 10)
SOURCE = "filipradenovic/revisitop be39832, python/evaluate.py compute_map"


def relevance_of(query: BenchmarkQuery, setting: Setting) -> Relevance:
    """Return what is sought and what is taken out of the list in one setting.

    Easy seeks `easy` and ignores junk and `hard`; medium seeks both and ignores junk; hard seeks
    `hard` and ignores junk and `easy`.
    """
    easy, hard = query.marks.get("easy", frozenset()), query.marks.get("hard", frozenset())
    sought = {"easy": easy, "medium": easy | hard, "hard": hard}[setting]
    return Relevance(query.query_id, sought, query.junk | ((easy | hard) - sought))


def mean_ap(benchmark: Benchmark, rankings: Rankings, setting: Setting) -> Values:
    """Return `revisited mAP SETTING`.

    Formula: mean over queries of the trapezoid AP over all positives of the setting, no cut-off.
    Junk: ignored images are taken out before ranks are counted. Ties: the list's order. Empty:
    queries without a positive in the setting are left out; with none at all the official code
    divides by zero, and this raises. Source: filipradenovic/revisitop be39832,
    python/evaluate.py compute_map.
    Trap: a list that is cut short still divides by all positives; the official examples order by
    an unstable sort, so that equal scores may stand in another order there.

    Raises:
        ProtocolError: A query has no list, or no query has a positive in this setting.
    """
    values = {
        answer.query.query_id: trapezoid_ap(
            found_ranks(answer.image_ids, relevance), 1 / len(relevance.positives)
        )
        for answer, relevance in _sought(benchmark, rankings, setting)
    }
    return (mean_value(f"revisited mAP {setting}", values),)


def mean_precision(
    benchmark: Benchmark, rankings: Rankings, setting: Setting, ks: Sequence[int] = CUTS
) -> Values:
    """Return `revisited mP@k SETTING` for each k.

    Formula: mean over queries of (positives among the first q) / q with q = min(k, rank of the last
    positive listed). Junk, ties and empty queries as for the mAP. Source:
    filipradenovic/revisitop be39832, python/evaluate.py compute_map.
    Trap: q shrinks to the last positive's rank, so 2 positives at ranks 1 and 2 have mP@10 = 1.

    Raises:
        ProtocolError: A list holds no positive, which the official code has no number for.
    """
    values: dict[int, dict[str, float]] = {k: {} for k in ks}
    for answer, relevance in _sought(benchmark, rankings, setting):
        ranks = found_ranks(answer.image_ids, relevance)
        query_id = answer.query.query_id
        if not ranks:
            raise ProtocolError(
                f"The list of query '{query_id}' holds {len(answer.image_ids):,} images and none "
                f"of its {setting} positives, and the official code has no mP@k of such a list; "
                f"give lists of all {answer.n_available:,} images."
            )
        for k in ks:
            q = min(k, ranks[-1])
            values[k][query_id] = sum(rank <= q for rank in ranks) / q
    return tuple(mean_value(f"revisited mP@{k} {setting}", values[k]) for k in ks)


def _sought(
    benchmark: Benchmark, rankings: Rankings, setting: Setting
) -> Iterator[tuple[Answer, Relevance]]:
    is_empty = True
    for answer in answers(benchmark, rankings):
        relevance = relevance_of(answer.query, setting)
        if relevance.positives:
            is_empty = False
            yield answer, relevance
    if is_empty:
        raise ProtocolError(
            f"No query of {benchmark.name} has a positive in the setting '{setting}'; "
            "it has no mean there."
        )


MEASURES = (
    *(
        Measure(
            f"revisited mAP {setting}",
            "mean of trapezoid AP over all positives of the setting, the other images ignored",
            SOURCE,
            partial(mean_ap, setting=setting),
        )
        for setting in SETTINGS
    ),
    *(
        Measure(
            f"revisited mP@1, 5, 10 {setting}",
            "positives among the first q / q, q = min(k, rank of the last positive)",
            SOURCE,
            partial(mean_precision, setting=setting),
        )
        for setting in SETTINGS
    ),
)
