"""AMES' evaluation of re-ranking on Revisited Oxford and Paris: one pass per setting."""

from collections.abc import Sequence
from typing import Literal

from core.analysis.metrics import found_ranks
from core.analysis.protocols.average_precision import trapezoid_ap
from core.analysis.protocols.lists import answers
from core.analysis.protocols.measures import Values, mean_value
from core.analysis.protocols.revisited import relevance_of
from core.types.benchmarks import Benchmark, BenchmarkQuery, Rankings

Pass = Literal["medium", "hard"]
SOURCE = "pavelsuma/ames c6af26e, src/utils/metrics.py rerank, src/utils/revisited.py compute_map"


def ignored_last(image_ids: Sequence[str], query: BenchmarkQuery, setting: Pass) -> tuple[str, ...]:
    """Return a first-stage list with what the setting ignores moved behind all else.

    The first `depth` of it are what AMES re-ranks. Source: pavelsuma/ames c6af26e,
    src/utils/metrics.py rerank, after DELG. Trap: medium moves the junk alone and hard the easy
    positives too, so that two different lists are re-ranked, and one pass cannot give both numbers.
    """
    ignored = relevance_of(query, setting).junk
    kept = [image for image in image_ids if image not in ignored]
    return (*kept, *(image for image in image_ids if image in ignored))


def mean_ap(benchmark: Benchmark, rankings: Rankings, setting: Pass) -> Values:
    """Return `AMES mAP SETTING` of the pass that re-ranked this setting's list.

    Formula: trapezoid AP / min(positives, K), K the length of the list. Junk: as in the revisited
    protocol, taken out before ranks are counted. Ties: the list's order. Empty: queries without a
    positive are left out; a list without any has 0. Source: pavelsuma/ames c6af26e,
    src/utils/revisited.py compute_map. Trap: K is part of the protocol; positives beyond it are
    missed, but the divisor is K where there are more positives than that.

    Args:
        benchmark: Ground truth of the revisited protocol.
        rankings: The re-ranked lists of `ignored_last`, all K images of each.
        setting: Which pass they are of.

    Raises:
        ProtocolError: A query has no list.
    """
    values: dict[str, float] = {}
    for answer in answers(benchmark, rankings):
        relevance = relevance_of(answer.query, setting)
        if relevance.positives:
            n = min(len(relevance.positives), max(1, len(answer.image_ids)))
            ranks = found_ranks(answer.image_ids, relevance)
            values[answer.query.query_id] = trapezoid_ap(ranks, 1 / n)
    return (mean_value(f"AMES mAP {setting}", values),)
