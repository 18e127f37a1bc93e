"""INSTRE in Iscen's split: trapezoid mAP over the whole list."""

from core.analysis.metrics import found_ranks
from core.analysis.protocols.average_precision import trapezoid_ap
from core.analysis.protocols.lists import answers, needs_positives
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, Rankings
from core.types.corpus import Relevance

SOURCE = (
    "facebookresearch/vissl 09270ed, instance_retrieval_utils/evaluate.py score_ap_from_ranks_1"
)


def mean_ap(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `INSTRE mAP`.

    Formula: mean over queries of the trapezoid AP over all positives, no cut-off. Junk: none.
    Ties: the list's order. Empty: every query has positives. Source: facebookresearch/vissl
    09270ed, vissl/utils/instance_retrieval_utils/data_util.py InstreDataset, evaluate.py.
    Trap: the official code reverses a rising sort, so that equal scores stand there in falling
    order of row.

    Raises:
        ProtocolError: A query has no list or no positive.
    """
    aps: dict[str, float] = {}
    for answer in answers(benchmark, rankings):
        needs_positives(answer.query)
        relevance = Relevance(answer.query.query_id, answer.query.positives)
        ranks = found_ranks(answer.image_ids, relevance)
        aps[answer.query.query_id] = trapezoid_ap(ranks, 1 / len(relevance.positives))
    return (mean_value("INSTRE mAP", aps),)


MEASURES = (
    Measure("INSTRE mAP", "mean of trapezoid AP over all positives, whole list", SOURCE, mean_ap),
)
