"""FashionIQ: R@10 and R@50 of each category in its own gallery, and their mean."""

from collections.abc import Sequence

from core.analysis.protocols.lists import answers, first_place, group_of, is_found, needs_positives
from core.analysis.protocols.measures import Measure, Values, mean_of_means, mean_value
from core.types.benchmarks import Benchmark, Rankings

CUTS = (10, 50)
SOURCE = "miccunifi/SEARLE a9c314b, src/validate.py fiq_compute_val_metrics"


def recall(benchmark: Benchmark, rankings: Rankings, ks: Sequence[int] = CUTS) -> Values:
    """Return for each k `FashionIQ R@k` and `FashionIQ R@k CATEGORY`, in the order of names.

    Formula: share of the category's queries whose target is among the first k of the category's
    own gallery; the mean weighs each category the same. Junk: none; the reference image stays in
    the list. Ties: the list's order. Empty: every query has one target; one without is
    refused. Source: miccunifi/SEARLE a9c314b, src/validate.py.
    Trap: the mean of all queries is another number, as categories differ in size.

    Raises:
        ProtocolError: A query has no list, no target, no category, or a list that ends before k
            without its target.
    """
    values: dict[int, dict[str, dict[str, float]]] = {k: {} for k in ks}
    for answer in answers(benchmark, rankings):
        needs_positives(answer.query)
        category = group_of(answer.query, "category")
        place = first_place(answer.image_ids, answer.query.positives)
        for k in ks:
            found = values[k].setdefault(category, {})
            found[answer.query.query_id] = is_found(answer, place, k)
    return tuple(
        value
        for k in ks
        for value in (
            mean_of_means(f"FashionIQ R@{k}", values[k]),
            *(mean_value(f"FashionIQ R@{k} {one}", values[k][one]) for one in sorted(values[k])),
        )
    )


MEASURES = (
    Measure(
        "FashionIQ R@10, 50",
        "share of queries whose target is among the first k of its category; mean of categories",
        SOURCE,
        recall,
    ),
)
