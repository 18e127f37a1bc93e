"""i-CIR: mAP over composed queries, the mean of instance means, the mean of instance minima."""

from core.analysis.metrics import found_ranks
from core.analysis.protocols.average_precision import trapezoid_ap
from core.analysis.protocols.lists import Answer, answers, group_of
from core.analysis.protocols.measures import Measure, Values, mean_of_means, mean_value
from core.errors import ProtocolError
from core.types.benchmarks import Benchmark, MeasuredValue, Rankings
from core.types.corpus import Relevance

SOFTENING = 1e-5
SOURCE = "billpsomas/icir 463cc1d, utils.py compute_ap, run_retrieval.py save_results"


def mean_ap(benchmark: Benchmark, rankings: Rankings) -> Values:
    """Return `i-CIR mAP`, `mmAP` and `minmAP`.

    Formula: trapezoid AP with the recall step 1 / (positives found + 1e-5) over the instance's own
    database; mAP is the mean over queries, mmAP over instances of their mean, minmAP over instances
    of their lowest AP. Junk: none. Ties: the list's order. Empty: a query without a positive has
    AP 0 and counts. Source: billpsomas/icir 463cc1d, utils.py compute_ap, run_retrieval.py.
    Trap: the divisor is the positives found, so a perfect list has an AP just below 1, and a list
    that misses positives would have too high an AP: such a list is refused here.

    Raises:
        ProtocolError: A query has no list or no instance, or its list misses a positive.
    """
    instances: dict[str, dict[str, float]] = {}
    for answer in answers(benchmark, rankings):
        _needs_all_positives(answer)
        ranks = found_ranks(
            answer.image_ids, Relevance(answer.query.query_id, answer.query.positives)
        )
        ap = trapezoid_ap(ranks, 1 / (len(ranks) + SOFTENING))
        instances.setdefault(group_of(answer.query, "instance"), {})[answer.query.query_id] = ap
    aps = {query: ap for found in instances.values() for query, ap in found.items()}
    lowest = [min(found.values()) for found in instances.values()]
    return (
        mean_value("i-CIR mAP", aps),
        mean_of_means("i-CIR mmAP", instances),
        MeasuredValue("i-CIR minmAP", sum(lowest) / len(lowest) if lowest else None, len(aps)),
    )


def _needs_all_positives(answer: Answer) -> None:
    missed = answer.query.positives - frozenset(answer.image_ids)
    if missed:
        raise ProtocolError(
            f"The list of query '{answer.query.query_id}' misses {len(missed):,} of its "
            f"{len(answer.query.positives):,} positives, such as '{min(missed)}', and i-CIR "
            "divides by those found; give lists of all "
            f"{answer.n_available:,} images of the instance."
        )


MEASURES = (
    Measure(
        "i-CIR mAP, mmAP, minmAP",
        "trapezoid AP / (positives + 1e-5) in the instance's database; means and minima",
        SOURCE,
        mean_ap,
    ),
)
