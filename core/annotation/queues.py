"""Which pairs of a query are worth a look: its hard cases."""

from collections.abc import Mapping, Sequence

from core.types.annotation import QueueItem
from core.types.corpus import Relevance
from core.types.rankings import QueryOutcome

PER_QUERY = 5
"""Most intruders, and most overtaken positives, that one query puts into a queue."""


def hard_pairs(
    outcome: QueryOutcome,
    before: Sequence[str],
    after: Sequence[str],
    relevance: Relevance,
    margins: Mapping[str, float],
) -> tuple[QueueItem, ...]:
    """Return a query's intruders from the best rank down, then the positives that they overtook.

    At most `PER_QUERY` of each; the query itself is never one. A positive counts as overtaken when
    it stands below the first intruder. Where no positive is listed, the best negatives stand in
    for intruders: their labels are what may be wrong.

    Args:
        outcome: The query's outcome, for its AP and intruders.
        before: The shortlist in its own order.
        after: The same images after re-ranking.
        relevance: The query's ground truth.
        margins: Nats by image_id of the candidates that were scored.
    """
    ranks_before = {image_id: rank for rank, image_id in enumerate(before, start=1)}
    ranks = {image_id: rank for rank, image_id in enumerate(after, start=1)}
    positives = [i for i in after if i in relevance.positives]
    intruders = outcome.intruder_ids[:PER_QUERY]
    ap = f"AP {outcome.ap_after:.3f}"
    chosen = [(i, f"intruder at rank {ranks[i]}, {ap}") for i in intruders]
    if not positives:
        negatives = [i for i in after if relevance.relation(i) == "negative"][:PER_QUERY]
        chosen = [(i, f"negative at rank {ranks[i]}, no positive listed") for i in negatives]
    first = ranks[intruders[0]] if intruders else len(ranks)
    positives = [i for i in positives if ranks[i] > first]
    chosen += [
        (i, f"positive at rank {ranks[i]}, below {_n_above(ranks[i], i, after, relevance)}, {ap}")
        for i in positives[:PER_QUERY]
    ]
    return tuple(
        QueueItem(
            outcome.query_id,
            image_id,
            relevance.relation(image_id),
            reason,
            ranks_before[image_id],
            ranks[image_id],
            margins.get(image_id),
        )
        for image_id, reason in chosen
        if image_id != outcome.query_id
    )


def _n_above(rank: int, image_id: str, after: Sequence[str], relevance: Relevance) -> str:
    n = sum(relevance.relation(i) == "negative" for i in after[: rank - 1] if i != image_id)
    return "1 negative" if n == 1 else f"{n} negatives"
