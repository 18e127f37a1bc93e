"""Stanford Online Products and In-Shop: the share of queries with a positive among the first k."""

from collections.abc import Sequence
from functools import partial

from core.analysis.protocols.lists import answers, first_place, is_found
from core.analysis.protocols.measures import Measure, Values, mean_value
from core.types.benchmarks import Benchmark, Rankings

SOP_CUTS = (1, 10, 100, 1000)
INSHOP_CUTS = (1, 10, 20, 30)
SOURCE = "uvavision/RerankingTransformer 81fca3c, RRT_SOP/utils/metrics.py recall_at_ks"


def recall(benchmark: Benchmark, rankings: Rankings, title: str, ks: Sequence[int]) -> Values:
    """Return `TITLE R@k` for each k.

    Formula: share of queries with at least one positive among the first k: a hit rate, not the
    share of positives found. Junk: none; SOP removes the query itself. Ties: the list's order.
    Empty: a query without a positive is a miss. Source: uvavision/RerankingTransformer 81fca3c,
    RRT_SOP/utils/metrics.py recall_at_ks; the same as evaluate_recall.m of
    rksltnl/Deep-Metric-Learning-CVPR16 02bcf73.
    Trap: the official code drops the first neighbour as the query itself, which it need not be
    where images are equal; this removes the query by its id.

    Raises:
        ProtocolError: A query has no list, or one that ends before k without a positive.
    """
    values: dict[int, dict[str, float]] = {k: {} for k in ks}
    for answer in answers(benchmark, rankings):
        place = first_place(answer.image_ids, answer.query.positives)
        for k in ks:
            values[k][answer.query.query_id] = is_found(answer, place, k)
    return tuple(mean_value(f"{title} R@{k}", values[k]) for k in ks)


_FORMULA = "share of queries with a positive among the first k"
SOP = (
    Measure("SOP R@1, 10, 100, 1000", _FORMULA, SOURCE, partial(recall, title="SOP", ks=SOP_CUTS)),
)
INSHOP = (
    Measure(
        "In-Shop R@1, 10, 20, 30",
        _FORMULA,
        SOURCE,
        partial(recall, title="In-Shop", ks=INSHOP_CUTS),
    ),
)
