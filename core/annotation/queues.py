"""Which pairs are worth a look: hard cases of a query, and labels that the scores contradict."""

from collections.abc import Mapping, Sequence

from core.types import QueryOutcome, QueueItem, Relation, Relevance

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


def suspects(
    query_id: str, margins: Mapping[str, float], relevance: Relevance
) -> tuple[QueueItem, ...]:
    """Return the scored pairs of a query whose margin contradicts their label, worst first.

    suspicion (nats) = margin of a negative - mean margin of the query's scored positives, or mean
    margin of the query's scored negatives - margin of a positive; pairs above 0 are suspect. Means
    of the same query stand in for a threshold, since margins are not calibrated across queries.
    Without a scored positive there is nothing to hold a negative against, and the other way round.

    Args:
        query_id: The query.
        margins: Nats by image_id of the candidates that were scored.
        relevance: The query's ground truth.
    """
    means = {
        relation: _mean([m for i, m in margins.items() if relevance.relation(i) == relation])
        for relation in ("positive", "negative")
    }
    found: list[QueueItem] = []
    for image_id, margin in margins.items():
        relation = relevance.relation(image_id)
        item = _suspect(query_id, image_id, relation, margin, means)
        if item is not None:
            found.append(item)
    return tuple(sorted(found, key=suspicion_order))


def suspicion_order(item: QueueItem) -> tuple[float, str, str]:
    """Return what suspect labels are sorted by: largest suspicion first, then the ids."""
    return (-(item.suspicion or 0.0), item.query_id, item.image_id)


def _suspect(
    query_id: str,
    image_id: str,
    relation: Relation,
    margin: float,
    means: Mapping[str, float | None],
) -> QueueItem | None:
    other = {"negative": "positive", "positive": "negative"}.get(relation)
    mean = None if other is None else means[other]
    if mean is None or image_id == query_id:
        return None
    suspicion = margin - mean if relation == "negative" else mean - margin
    if suspicion <= 0:
        return None
    side = "above" if relation == "negative" else "below"
    return QueueItem(
        query_id,
        image_id,
        relation,
        f"labelled {relation}, {suspicion:.2f} nats {side} the query's mean {other}",
        margin=margin,
        suspicion=suspicion,
    )


def _n_above(rank: int, image_id: str, after: Sequence[str], relevance: Relevance) -> str:
    n = sum(relevance.relation(i) == "negative" for i in after[: rank - 1] if i != image_id)
    return "1 negative" if n == 1 else f"{n} negatives"


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
